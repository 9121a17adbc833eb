using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

public static partial class Url
{
    // unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"   (RFC 3986 §2.3)
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private static readonly SearchValues<char> UnreservedCharacters = SearchValues.Create(Unreserved);

    /// <summary>Percent-encodes text as UTF-8, but for unreserved characters (RFC 3986 §2.3) and those that are named safe.</summary>
    /// <param name="text">The text.</param>
    /// <param name="safe">Further ASCII characters that stay; by default the slash, for whole paths.</param>
    public static string Quote(string text, string safe = "/")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(safe);
        var quoted = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && (UnreservedCharacters.Contains((char)rune.Value) || safe.Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                quoted.Append((char)rune.Value);
                continue;
            }

            foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) quoted.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return quoted.ToString();
    }

    /// <summary>Undoes <see cref="Quote"/>: percent-encoded bytes are UTF-8, what is not becomes U+FFFD; a plus sign stays one.</summary>
    /// <param name="text">The text; a percent sign that begins no byte stays.</param>
    public static string Unquote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        var unquoted = new StringBuilder(text.Length);
        var bytes = new ArrayBufferWriter<byte>(16);
        int i = 0;
        while (i < text.Length)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Write([value]);
                i += 3;
                continue;
            }

            Flush(bytes, unquoted);
            unquoted.Append(text[i++]);
        }

        Flush(bytes, unquoted);
        return unquoted.ToString();
    }

    /// <summary>Names and values as a query or a form's body (application/x-www-form-urlencoded): <c>a=1&amp;b=x+y</c>.</summary>
    /// <param name="pairs">Names and values in order.</param>
    public static string EncodeQuery(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var query = new StringBuilder();
        foreach ((string name, string value) in pairs)
        {
            if (query.Length > 0) query.Append('&');
            query.Append(Plus(name)).Append('=').Append(Plus(value));
        }

        return query.ToString();
    }

    /// <summary>
    /// Names and values of a query or a form's body. Only <c>&amp;</c> separates: a semicolon is part of a value, since two readers that
    /// disagree about it can be played against each other (CVE-2021-23336). Empty pieces are skipped.
    /// </summary>
    /// <param name="query">The query, with or without its question mark.</param>
    /// <param name="limit">The most pairs taken.</param>
    /// <exception cref="ArgumentException">There are more pairs than the limit.</exception>
    public static IReadOnlyList<(string Name, string Value)> ParseQuery(string query, int limit = 10_000)
    {
        ArgumentNullException.ThrowIfNull(query);
        var pairs = new List<(string, string)>();
        ReadOnlySpan<char> rest = query.AsSpan();
        if (rest.StartsWith("?")) rest = rest[1..];
        foreach (Range range in rest.Split('&'))
        {
            ReadOnlySpan<char> piece = rest[range];
            if (piece.IsEmpty) continue;
            if (pairs.Count == limit) throw new ArgumentException($"The query has more than {limit} pairs.", nameof(query));
            int equals = piece.IndexOf('=');
            string name = (equals < 0 ? piece : piece[..equals]).ToString();
            string value = equals < 0 ? string.Empty : piece[(equals + 1)..].ToString();
            pairs.Add((Unquote(name.Replace('+', ' ')), Unquote(value.Replace('+', ' '))));
        }

        return pairs;
    }

    /// <summary>Resolves a reference against a base (RFC 3986 §5.2.2, strict): text in, text out, nothing encoded or decoded.</summary>
    /// <param name="baseUrl">An absolute URL.</param>
    /// <param name="reference">A URL, or a part of one.</param>
    /// <exception cref="ArgumentException">The base has no scheme.</exception>
    public static string Join(string baseUrl, string reference)
    {
        UrlParts based = Split(baseUrl);
        UrlParts given = Split(reference);
        if (based.Scheme is null) throw new ArgumentException("A base has a scheme.", nameof(baseUrl));
        if (given.Scheme is not null) return (given with { Path = RemoveDots(given.Path) }).ToString();
        if (given.Authority is not null) return (given with { Scheme = based.Scheme, Path = RemoveDots(given.Path) }).ToString();
        if (given.Path.Length == 0) return (based with { Query = given.Query ?? based.Query, Fragment = given.Fragment }).ToString();
        string path = given.Path.StartsWith('/') ? given.Path : Merge(based, given.Path);
        return (based with { Path = RemoveDots(path), Query = given.Query, Fragment = given.Fragment }).ToString();
    }

    /// <summary>The parts of a URL or reference as they stand (RFC 3986 §3 and appendix B); nothing is checked, decoded or repaired.</summary>
    /// <param name="url">A URL, or a part of one.</param>
    public static UrlParts Split(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string rest = url;
        string? fragment = Cut(ref rest, '#');
        string? query = Cut(ref rest, '?');
        string? scheme = null;
        int colon = rest.AsSpan().IndexOfAny(':', '/');
        if (colon > 0 && rest[colon] == ':' && char.IsAsciiLetter(rest[0])
            && rest.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0)
        {
            scheme = rest[..colon];
            rest = rest[(colon + 1)..];
        }

        if (!rest.StartsWith("//", StringComparison.Ordinal)) return new UrlParts(scheme, null, rest, query, fragment);
        int slash = rest.IndexOf('/', 2);
        return slash < 0
            ? new UrlParts(scheme, rest[2..], string.Empty, query, fragment)
            : new UrlParts(scheme, rest[2..slash], rest[slash..], query, fragment);
    }

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static string? Cut(ref string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        if (index < 0) return null;
        string after = text[(index + 1)..];
        text = text[..index];
        return after;
    }

    // RFC 3986 §5.2.3
    private static string Merge(UrlParts based, string path) =>
        based.Authority is not null && based.Path.Length == 0 ? "/" + path : based.Path[..(based.Path.LastIndexOf('/') + 1)] + path;

    // RFC 3986 §5.2.4, segment by segment
    private static string RemoveDots(string path)
    {
        if (!path.Contains('.', StringComparison.Ordinal)) return path;
        bool absolute = path.StartsWith('/');
        string[] segments = (absolute ? path[1..] : path).Split('/');
        var kept = new List<string>(segments.Length);
        for (int i = 0; i < segments.Length; i++)
        {
            bool last = i == segments.Length - 1;
            switch (segments[i])
            {
                case ".":
                    if (last) kept.Add(string.Empty);
                    break;
                case "..":
                    if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
                    if (last) kept.Add(string.Empty);
                    break;
                default:
                    kept.Add(segments[i]);
                    break;
            }
        }

        return (absolute ? "/" : string.Empty) + string.Join('/', kept);
    }

    private static string Plus(string text) => Quote(text, " ").Replace(' ', '+');

    private static void Flush(ArrayBufferWriter<byte> bytes, StringBuilder text)
    {
        if (bytes.WrittenCount == 0) return;
        text.Append(Encoding.UTF8.GetString(bytes.WrittenSpan));
        bytes.ResetWrittenCount();
    }
}

/// <summary>The parts of a URL as they stand; null is a part that is not there, which is not an empty one.</summary>
/// <param name="Scheme">Before the colon.</param>
/// <param name="Authority">After the two slashes: userinfo, host, port.</param>
/// <param name="Path">May be empty.</param>
/// <param name="Query">After the question mark.</param>
/// <param name="Fragment">After the number sign.</param>
public readonly record struct UrlParts(string? Scheme, string? Authority, string Path, string? Query, string? Fragment)
{
    /// <summary>Before the last @ of the authority; null when there is none.</summary>
    public string? UserInfo => Authority?.LastIndexOf('@') is { } at and >= 0 ? Authority[..at] : null;

    /// <summary>The host, with the brackets of an IPv6 address; null without an authority.</summary>
    public string? Host => HostAndPort is { } text ? text[..PortColon(text)] : null;

    /// <summary>The port's digits; null when there are none.</summary>
    public string? Port => HostAndPort is { } text && PortColon(text) + 1 < text.Length ? text[(PortColon(text) + 1)..] : null;

    /// <summary>The parts put together again.</summary>
    public override string ToString() => string.Concat(
        Scheme is null ? null : Scheme + ":",
        Authority is null ? null : "//" + Authority,
        Path,
        string.Concat(Query is null ? null : "?" + Query, Fragment is null ? null : "#" + Fragment));

    private string? HostAndPort => Authority?[(Authority.LastIndexOf('@') + 1)..];

    private static int PortColon(string text)
    {
        int colon = text.IndexOf(':', text.StartsWith('[') ? Math.Max(0, text.IndexOf(']', StringComparison.Ordinal)) : 0);
        return colon < 0 ? text.Length : colon;
    }
}
