using System.Text.Json;
using System.Text.Json.Serialization;

namespace ProtocolClients;

/// <summary>A jar as JSON: <c>{ "version": 1, "cookies": [ … ] }</c>, all that a cookie has.</summary>
internal static class CookieJson
{
    private const int Version = 1;

    public static bool IsJson(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) file = file[3..];
        file = file.TrimStart(" \t\r\n"u8);
        return !file.IsEmpty && file[0] == '{';
    }

    public static byte[] Write(HttpCookie[] cookies) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new CookieFile { Version = Version, Cookies = [.. cookies.Select(CookieEntry.Of)] },
            CookieJsonContext.Default.CookieFile);

    public static IEnumerable<HttpCookie> Read(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) file = file[3..];
        CookieFile? read;
        try
        {
            read = JsonSerializer.Deserialize(file, CookieJsonContext.Default.CookieFile);
        }
        catch (JsonException cause)
        {
#pragma warning disable MA0054 // The cause repeats pieces of the file, and those are secrets.
            throw new FormatException($"The cookie file is no JSON of a jar: line {(cause.LineNumber ?? 0) + 1}.");
#pragma warning restore MA0054
        }

        if (read?.Version != Version) throw new FormatException($"The cookie file is not of version {Version}.");
        return (read.Cookies ?? []).Select((entry, index) => entry?.ToCookie() ?? throw new FormatException($"Cookie {index + 1} of the file lacks a name, value, domain or path."));
    }
}

internal sealed class CookieFile
{
    public int Version { get; set; }

    public CookieEntry?[]? Cookies { get; set; }
}

internal sealed class CookieEntry
{
    public string? Name { get; set; }

    public string? Value { get; set; }

    public string? Domain { get; set; }

    // Left out it is true: the narrower of the two.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool HostOnly { get; set; } = true;

    public string? Path { get; set; }

    public DateTimeOffset? Expires { get; set; }

    public bool Secure { get; set; }

    public bool HttpOnly { get; set; }

    public CookieSameSite SameSite { get; set; }

    public DateTimeOffset Created { get; set; }

    public static CookieEntry Of(HttpCookie cookie) => new()
    {
        Name = cookie.Name,
        Value = cookie.Value,
        Domain = cookie.Domain,
        HostOnly = cookie.HostOnly,
        Path = cookie.Path,
        Expires = cookie.Expires,
        Secure = cookie.Secure,
        HttpOnly = cookie.HttpOnly,
        SameSite = cookie.SameSite,
        Created = cookie.Created,
    };

    public HttpCookie? ToCookie() => Name is null || Value is null || Domain is null || Path is null ? null : new HttpCookie(Name, Value)
    {
        Domain = Domain,
        HostOnly = HostOnly,
        Path = Path,
        Expires = Expires,
        Secure = Secure,
        HttpOnly = HttpOnly,
        SameSite = SameSite,
        Created = Created,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(CookieFile))]
internal sealed partial class CookieJsonContext : JsonSerializerContext;
