using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// The one way from a URL's text to a URL: strict, in one pass, into one object that checks and connects alike. A blank, a
/// control character, a backslash, a host that maps or decodes to a delimiter, an abbreviated IPv4 address, an encoded dot segment are
/// refused, never repaired: what two parsers read differently is how checks are bypassed (CVE-2023-24329, CVE-2022-27780, CVE-2019-9636).
/// The result's host is ASCII (UTS #46, non-transitional), so that DNS, TLS and policies see the same name.
/// </summary>
public static partial class UrlText
{
    // A URL passes several doors, each of which checks: what this thread made of a text last is its own canonical text already.
    [ThreadStatic]
    private static Uri? _last;

    // Of a list of URLs many are of one server: its name is checked once in a row. One with userinfo is not kept.
    [ThreadStatic]
    private static (string Scheme, string Text, string Checked) _lastAuthority;

    /// <summary>Reads an absolute URL (RFC 3986 §4.3). Non-ASCII letters are taken and percent-encoded (RFC 3987).</summary>
    /// <param name="text">The URL.</param>
    /// <exception cref="ArgumentException">It is malformed; the message says how, and never repeats the text, which may hold a password.</exception>
    public static Uri Parse(string text) =>
        TryParse(text, out Uri? url, out string? error) ? url : throw new ArgumentException($"Not a URL: {error}.", nameof(text));

    /// <summary>Reads an absolute URL by one standard or the other.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="syntax">Whether text that browsers repair is refused, or repaired as by them (<see cref="WebUrl"/>) and then read.</param>
    /// <exception cref="ArgumentException">It is malformed; the message says how, and never repeats the text.</exception>
    public static Uri Parse(string text, UrlSyntax syntax) => syntax switch
    {
        UrlSyntax.Strict => Parse(text),
        UrlSyntax.Web => WebUrl.Parse(text).ToUri(),
        _ => throw new ArgumentOutOfRangeException(nameof(syntax)),
    };

    /// <summary>Reads an absolute URL.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="url">The URL, when it is well-formed.</param>
    /// <param name="error">What is wrong with it otherwise, as a clause without the text itself.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        url = _last;
        error = null;
        if (url is not null && ReferenceEquals(url.OriginalString, text)) return true;
        url = null;
        error = Objection(text);
        if (error is not null) return false;
        int colon = text!.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !IsScheme(text.AsSpan(0, colon)))
        {
            error = "it begins with no scheme such as https:";
            return false;
        }

        string scheme = SchemeOf(text.AsSpan(0, colon));
        string canonical;
        if (!text.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal))
        {
            if (scheme is "http" or "https" or "ftp" or "ftps")
            {
                error = $"{scheme}: is followed by //";
                return false;
            }

            if (!TryTail(text[(colon + 1)..], scheme, hasAuthority: false, out string? tail, out error)) return false;
            // RFC 8089 §2 has file:/path too; the platform has not.
            canonical = scheme is "file" ? $"file://{tail}" : $"{scheme}:{tail}";
        }
        else
        {
            int start = colon + 3;
            int length = text.AsSpan(start).IndexOfAny('/', '?', '#');
            ReadOnlySpan<char> authority = length < 0 ? text.AsSpan(start) : text.AsSpan(start, length);
            (string lastScheme, string lastText, string? checkedAuthority) = _lastAuthority;
            if (!authority.SequenceEqual(lastText) || !string.Equals(lastScheme, scheme, StringComparison.Ordinal))
            {
                string name = authority.ToString();
                if (!TryAuthority(name, scheme, out checkedAuthority, out error)) return false;
                if (!name.Contains('@', StringComparison.Ordinal)) _lastAuthority = (scheme, name, checkedAuthority);
            }

            if (!TryTail(length < 0 ? string.Empty : text[(start + length)..], scheme, hasAuthority: true, out string? tail, out error)) return false;
            canonical = $"{scheme}://{checkedAuthority}{tail}";
        }

        // The platform takes a scheme of one letter for a drive, and makes it a file.
        if (Uri.TryCreate(canonical, UriKind.Absolute, out url) && url.Scheme == scheme)
        {
            _last = url;
            return true;
        }

        url = null;
        error = "its parts do not fit together";
        return false;
    }

    /// <summary>
    /// Resolves a reference from a peer (a Location, a link) against the URL it came from (RFC 3986 §5). What servers send and every
    /// client repairs is repaired: a blank becomes <c>%20</c>, a percent sign that begins no byte <c>%25</c>, an encoded dot segment a plain
    /// one; all else is checked as in <see cref="Parse(string)"/>.
    /// The result carries no userinfo: credentials are the caller's to give, not the peer's.
    /// </summary>
    /// <param name="baseUrl">The URL of the answer.</param>
    /// <param name="reference">The reference: absolute, or relative to the base.</param>
    /// <param name="url">The target.</param>
    /// <param name="error">What is wrong with it otherwise.</param>
    public static bool TryResolve(Uri baseUrl, string reference, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(baseUrl);
        ArgumentNullException.ThrowIfNull(reference);
        url = null;
        reference = Repaired(reference);
        // An empty reference is the base itself (RFC 3986 §4.4); text that is not empty is checked whole before any part is looked at.
        error = reference.Length == 0 ? null : Objection(reference);
        if (error is not null) return false;
        int end = reference.AsSpan().IndexOfAny('/', '?', '#');
        int colon = reference.AsSpan(0, end < 0 ? reference.Length : end).IndexOf(':');
        if (colon > 0 && IsScheme(reference.AsSpan(0, colon)))
        {
            if (!TryParse(reference, out url, out error)) return false;
        }
        else if (reference.StartsWith("//", StringComparison.Ordinal))
        {
            if (!TryParse(baseUrl.Scheme + ":" + reference, out url, out error)) return false;
        }
        else if (!Uri.TryCreate(baseUrl, EncodeNonAscii(reference), out url))
        {
            error = "it does not resolve against the URL that it came from";
            return false;
        }

        url = WithoutUserInfo(url);
        return true;
    }

    /// <summary>Whether two URLs are of one origin (RFC 6454 §5): scheme, host and port, to which secrets are bound.</summary>
    /// <param name="one">An absolute URL.</param>
    /// <param name="other">An absolute URL.</param>
    public static bool SameOrigin(Uri one, Uri other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(one, other)
            || (one.Port == other.Port
                && string.Equals(one.Scheme, other.Scheme, StringComparison.Ordinal)
                && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The URL without its userinfo: for requests, logs, and whatever a peer or a reader may see.</summary>
    /// <param name="url">An absolute URL.</param>
    public static Uri WithoutUserInfo(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.UserInfo.Length == 0) return url;
        return new Uri(url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped));
    }

    /// <summary>Whom a URL names: an address when the host is one, else a name to be looked up.</summary>
    /// <param name="url">An absolute URL with a host.</param>
    public static EndPoint EndPointOf(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        // Of ftps the platform knows no port.
        return EndPointOf(url.IdnHost, url.Port >= 0 ? url.Port : url.Scheme is "ftps" ? 990 : 0);
    }

    /// <summary>The endpoint of a host and a port: an address when the host is one, else a name to be looked up.</summary>
    /// <param name="host">A name, an IPv4 address, or an IPv6 address with or without brackets.</param>
    /// <param name="port">The port.</param>
    public static EndPoint EndPointOf(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        return AddressLiteral.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private static string? Objection(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "it is empty";
        // Nearly all that come are of such characters.
        if (!text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('\\', StringComparison.Ordinal)) return null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == ' ' || char.IsWhiteSpace(c)) return $"it has a blank at position {i} (write %20)";
            if (char.IsControl(c)) return $"it has a control character at position {i}";
            if (c == '\\') return $"it has a backslash at position {i} (write %5C)";
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(c)) return $"it has half a character at position {i}";
        }

        return null;
    }

    private static string SchemeOf(ReadOnlySpan<char> text) => text switch
    {
        "http" => "http",
        "https" => "https",
        "ftp" => "ftp",
        _ => text.ToString().ToLowerInvariant(),
    };

    // scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )   (RFC 3986 §3.1)
    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !char.IsAsciiLetter(text[0])) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return false;
        }

        return true;
    }

    // authority = [ userinfo "@" ] host [ ":" port ]   (RFC 3986 §3.2); the userinfo ends at the last @ (CVE-2020-8169)
    private static bool TryAuthority(string text, string scheme, [NotNullWhen(true)] out string? authority, [NotNullWhen(false)] out string? error)
    {
        authority = null;
        int at = text.LastIndexOf('@');
        string userInfo = at < 0 ? string.Empty : text[..at];
        if (PercentFault(userInfo) is { } fault)
        {
            error = fault;
            return false;
        }

        string rest = text[(at + 1)..];
        int colon = rest.IndexOf(':', rest.StartsWith('[') ? Math.Max(0, rest.IndexOf(']', StringComparison.Ordinal)) : 0);
        string host = colon < 0 ? rest : rest[..colon];
        string port = colon < 0 ? string.Empty : rest[colon..];
        if (host.Length > 0)
        {
            if (!HostName.TryCanonical(host, out string? canonical, out string? reason) || (host[0] == '[' && canonical.Contains('%', StringComparison.Ordinal)))
            {
                error = reason is null ? "its IPv6 address has a zone" : char.ToLowerInvariant(reason[0]) + reason[1..].TrimEnd('.');
                return false;
            }

            host = canonical.Contains(':', StringComparison.Ordinal) ? $"[{canonical}]" : canonical;
        }
        else if (scheme is not "file" || text.Length > 0)
        {
            error = "it names no host";
            return false;
        }

        if (scheme is "file" && (at >= 0 || port.Length > 0))
        {
            error = "a file: URL has neither a user nor a port";
            return false;
        }

        if (port.Length > 0 && !IsPort(port))
        {
            error = "its port is not a number from 1 to 65535";
            return false;
        }

        authority = (userInfo.Length == 0 ? string.Empty : EscapeUserInfo(userInfo) + "@") + host + (port is ":" ? string.Empty : port);
        error = null;
        return true;
    }

    private static bool IsPort(string text) =>
        text.Length == 1 || (text.Length <= 6 && ushort.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0);

    private static string EscapeUserInfo(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            // userinfo = *( unreserved / pct-encoded / sub-delims / ":" )
            if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "-._~%!$&'()*+,;=:".Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                escaped.Append((char)rune.Value);
                continue;
            }

            int length = rune.EncodeToUtf8(utf8);
            foreach (byte b in utf8[..length]) escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return escaped.ToString();
    }
}
