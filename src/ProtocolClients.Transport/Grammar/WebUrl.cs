using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A URL as browsers read it (WHATWG URL Standard, §4): text of any kind in, one normal form out, or nothing. Immutable.
/// <see cref="ToUri"/> takes the normal form through the strict reader, so that what is checked and connected to is one object.
/// </summary>
/// <remarks>
/// Hosts are mapped by UTS #46, non-transitional, with the platform's ICU; labels that are longer than 63 bytes or empty are left to the
/// strict reader. What a browser takes and no client can open is refused there: port 0, hosts of unknown schemes that are no names.
/// </remarks>
public sealed class WebUrl : IEquatable<WebUrl>
{
    internal WebUrl(WebUrlParts parts)
    {
        Scheme = parts.Scheme;
        UserName = parts.UserName.ToString();
        Password = parts.Password.ToString();
        Host = parts.Host;
        Port = parts.Port;
        IsOpaque = parts.OpaquePath is not null;
        Path = parts.OpaquePath ?? string.Concat(parts.Segments.Select(static segment => "/" + segment));
        Segments = [.. parts.Segments];
        Query = parts.Query;
        Fragment = parts.Fragment;
        Href = Serialize();
    }

    /// <summary>The scheme in lower case, without the colon.</summary>
    public string Scheme { get; }

    /// <summary>The user's name, percent-encoded; empty for none.</summary>
    public string UserName { get; }

    /// <summary>The password, percent-encoded; empty for none.</summary>
    public string Password { get; }

    /// <summary>The host: a name in ASCII, an IPv4 address, an IPv6 address in brackets, for unknown schemes any text; null for none.</summary>
    public string? Host { get; }

    /// <summary>The port; null when it is none or the scheme's own.</summary>
    public int? Port { get; }

    /// <summary>The path, percent-encoded where the standard does so.</summary>
    public string Path { get; }

    /// <summary>Whether the path is one opaque text, as in <c>mailto:</c> and <c>data:</c>, and not segments.</summary>
    public bool IsOpaque { get; }

    /// <summary>The query without its question mark; null for none, which an empty one is not.</summary>
    public string? Query { get; }

    /// <summary>The fragment without its number sign; null for none.</summary>
    public string? Fragment { get; }

    internal string[] Segments { get; }

    private string Href { get; }

    /// <summary>Reads a URL.</summary>
    /// <param name="text">The text.</param>
    /// <param name="baseUrl">What a relative reference is resolved against; null for absolute URLs alone.</param>
    /// <exception cref="ArgumentException">The standard calls it a failure; the message never repeats the text, which may hold a password.</exception>
    public static WebUrl Parse(string text, WebUrl? baseUrl = null) =>
        TryParse(text, baseUrl, out WebUrl? url, out string? error) ? url : throw new ArgumentException($"Not a URL: {error}.", nameof(text));

    /// <summary>Reads a URL.</summary>
    /// <param name="text">The text.</param>
    /// <param name="baseUrl">What a relative reference is resolved against; null for absolute URLs alone.</param>
    /// <param name="url">The URL, when the standard takes it.</param>
    /// <param name="error">Why not otherwise, as a clause without the text itself.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, WebUrl? baseUrl, [NotNullWhen(true)] out WebUrl? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        if (text is null)
        {
            error = "it is empty";
            return false;
        }

        var parser = new WebUrlParser(text, baseUrl);
        error = parser.Run();
        if (error is null) url = new WebUrl(parser.Parts);
        return error is null;
    }

    /// <summary>
    /// The same URL as the object that clients check and connect to, through the strict reader. A percent sign that begins no byte is written
    /// <c>%25</c>, a backslash in a query or fragment <c>%5C</c>, where browsers send them bare.
    /// </summary>
    /// <exception cref="ArgumentException">It is a URL to a browser, and names nothing that can be opened; the message says why.</exception>
    public Uri ToUri() => UrlText.Parse(UrlText.RepairPercent(Href).Replace("\\", "%5C", StringComparison.Ordinal));

    /// <summary>The normal form. It holds the password: write <see cref="UrlText.WithoutUserInfo"/> of <see cref="ToUri"/> to logs.</summary>
    public override string ToString() => Href;

    /// <inheritdoc/>
    public bool Equals(WebUrl? other) => other is not null && Href == other.Href;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WebUrl);

    /// <inheritdoc/>
    public override int GetHashCode() => Href.GetHashCode(StringComparison.Ordinal);

    // §4.5 URL serializing
    private string Serialize()
    {
        var text = new StringBuilder(Scheme).Append(':');
        if (Host is not null)
        {
            text.Append("//");
            if (UserName.Length > 0 || Password.Length > 0)
            {
                text.Append(UserName);
                if (Password.Length > 0) text.Append(':').Append(Password);
                text.Append('@');
            }

            text.Append(Host);
            if (Port is { } port) text.Append(CultureInfo.InvariantCulture, $":{port}");
        }
        else if (!IsOpaque && Segments.Length > 1 && Segments[0].Length == 0)
        {
            // Else the path would be read as a host the next time.
            text.Append("/.");
        }

        text.Append(Path);
        if (Query is not null) text.Append('?').Append(Query);
        if (Fragment is not null) text.Append('#').Append(Fragment);
        return text.ToString();
    }
}
