using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// The one way from a URL's text to a URL: strict, in one pass, into one object that checks and connects alike. A blank, a
/// control character, a backslash, a percent sign in the host, an abbreviated IPv4 address are refused, never repaired:
/// what two parsers read differently is how checks are bypassed (CVE-2023-24329, CVE-2022-27780, CVE-2019-9636).
/// The result's host is ASCII (UTS #46, non-transitional), so that DNS, TLS and policies see the same name.
/// </summary>
public static class UrlText
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false, AllowUnassigned = false };

    /// <summary>Reads an absolute URL (RFC 3986 §4.3). Non-ASCII letters are taken and percent-encoded (RFC 3987).</summary>
    /// <param name="text">The URL.</param>
    /// <exception cref="ArgumentException">It is malformed; the message says how, and never repeats the text, which may hold a password.</exception>
    public static Uri Parse(string text) =>
        TryParse(text, out Uri? url, out string? error) ? url : throw new ArgumentException($"Not a URL: {error}.", nameof(text));

    /// <summary>Reads an absolute URL.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="url">The URL, when it is well-formed.</param>
    /// <param name="error">What is wrong with it otherwise, as a clause without the text itself.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        error = Objection(text);
        if (error is not null) return false;
        int colon = text!.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !IsScheme(text.AsSpan(0, colon)))
        {
            error = "it begins with no scheme such as https:";
            return false;
        }

        string scheme = text[..colon].ToLowerInvariant();
        string canonical;
        if (!text.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal))
        {
            if (scheme is "http" or "https" or "ftp" or "ftps")
            {
                error = $"{scheme}: is followed by //";
                return false;
            }

            canonical = text;
        }
        else
        {
            int start = colon + 3;
            int length = text.AsSpan(start).IndexOfAny('/', '?', '#');
            string authority = length < 0 ? text[start..] : text.Substring(start, length);
            if (!TryAuthority(authority, scheme, out string? checkedAuthority, out error)) return false;
            canonical = $"{scheme}://{checkedAuthority}{(length < 0 ? string.Empty : text[(start + length)..])}";
        }

        if (Uri.TryCreate(canonical, UriKind.Absolute, out url)) return true;
        error = "its parts do not fit together";
        return false;
    }

    /// <summary>
    /// Resolves a reference from a peer (a Location, a link) against the URL it came from (RFC 3986 §5). A blank is
    /// percent-encoded, as servers send them unencoded and every client repairs them; all else is checked as in <see cref="Parse"/>.
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
        reference = reference.Trim(' ').Replace(" ", "%20", StringComparison.Ordinal);
        // An empty reference is the base itself (§4.4); text that is not empty is checked whole before any part is looked at.
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
        else if (!Uri.TryCreate(baseUrl, reference, out url))
        {
            error = "it does not resolve against the URL that it came from";
            return false;
        }

        url = WithoutUserInfo(url);
        return true;
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
        return EndPointOf(url.IdnHost, url.Port);
    }

    /// <summary>The endpoint of a host and a port: an address when the host is one, else a name to be looked up.</summary>
    /// <param name="host">A name, an IPv4 address, or an IPv6 address with or without brackets.</param>
    /// <param name="port">The port.</param>
    public static EndPoint EndPointOf(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        return IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }

    private static string? Objection(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "it is empty";
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
        string rest = text[(at + 1)..];
        string host;
        string port;
        if (rest.StartsWith('['))
        {
            int close = rest.IndexOf(']', StringComparison.Ordinal);
            host = close < 0 ? rest : rest[..(close + 1)];
            port = close < 0 ? string.Empty : rest[(close + 1)..];
            error = Ipv6Objection(host);
            if (error is not null) return false;
        }
        else
        {
            int colon = rest.IndexOf(':', StringComparison.Ordinal);
            host = colon < 0 ? rest : rest[..colon];
            port = colon < 0 ? string.Empty : rest[colon..];
            if (host.Length == 0 && (scheme is not "file" || text.Length > 0))
            {
                error = "it names no host";
                return false;
            }

            if (!TryHost(host, out host, out error)) return false;
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

    private static string? Ipv6Objection(string host)
    {
        if (!host.EndsWith(']')) return "its host begins with [ and does not end with ]";
        if (host.Contains('%', StringComparison.Ordinal)) return "its IPv6 address has a zone";
        return IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out IPAddress? address)
            && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? null : "its host is not an IPv6 address";
    }

    private static bool IsPort(string text) =>
        text.Length == 1 || (text.Length <= 6 && ushort.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0);

    /// <summary>The host as ASCII; every character is judged after the mapping, since a mapping can make a delimiter (℀ is a/c).</summary>
    private static bool TryHost(string text, out string host, [NotNullWhen(false)] out string? error)
    {
        host = text;
        try
        {
            if (!Ascii.IsValid(text)) host = Idn.GetAscii(text);
        }
        catch (ArgumentException)
        {
            error = "its host is not a valid international name (UTS #46)";
            return false;
        }

        host = host.ToLowerInvariant();
        error = HostObjection(host);
        return error is null;
    }

    private static string? HostObjection(string host)
    {
        if (host.Length == 0) return null;
        string bare = host.EndsWith('.') ? host[..^1] : host;
        if (bare.Length > 253) return "its host is longer than 253 characters";
        string last = bare;
        foreach (Range range in bare.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> label = bare.AsSpan()[range];
            if (label.Length is 0 or > 63) return "its host has an empty label, or one longer than 63 characters";
            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return "its host has a character that no host name has";
            }

            last = label.ToString();
        }

        // 0177.1, 127.1 and 2130706433 are addresses to some parsers and names to others (CVE-2021-29921).
        bool number = last.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 || last.StartsWith("0x", StringComparison.Ordinal);
        return number && !IsDottedQuad(host) ? "its host is neither a name nor an IPv4 address of four decimal numbers" : null;
    }

    private static bool IsDottedQuad(string host)
    {
        int count = 0;
        foreach (Range range in host.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> part = host.AsSpan()[range];
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _) || (part.Length > 1 && part[0] == '0')) return false;
            count++;
        }

        return count == 4;
    }

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
