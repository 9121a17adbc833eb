using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Hosts as the jar and the HSTS store compare them: canonical once, then ordinal.</summary>
internal static class CookieHost
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");

    /// <summary>Whether a name is in the form that <see cref="HostName"/> gives, seen without asking it: plain names are most of them.</summary>
    public static bool IsCanonical(ReadOnlySpan<char> name) =>
        !name.IsEmpty && name.Length <= 253 && name[^1] != '.' && name[0] != '.' && !name.ContainsAnyExcept(Plain)
        && name.IndexOf("..", StringComparison.Ordinal) < 0 && name.IndexOf("xn--", StringComparison.Ordinal) < 0
        && !char.IsAsciiDigit(name[name.LastIndexOf('.') + 1]);

    /// <summary>The canonical host of a URL; null when there is none that a cookie could be for.</summary>
    public static string? Of(Uri url)
    {
        string host = url.IdnHost;
        if (IsCanonical(host)) return host;
        return HostName.TryCanonical(host, out string? canonical, out _) ? canonical : null;
    }

    /// <summary>Whether a canonical host is an address: those have no parents, and cookies of theirs are theirs alone.</summary>
    public static bool IsAddress(ReadOnlySpan<char> canonical)
    {
        // A name never ends in a number (WHATWG), an IPv6 address has a colon.
        if (canonical.Contains(':')) return true;
        ReadOnlySpan<char> last = canonical[(canonical.LastIndexOf('.') + 1)..];
        return !last.IsEmpty && !last.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>RFC 6265bis §5.1.3, both canonical: the same, or a name under the domain.</summary>
    public static bool DomainMatches(ReadOnlySpan<char> host, ReadOnlySpan<char> domain) =>
        host.SequenceEqual(domain)
        || (host.Length > domain.Length && host[^(domain.Length + 1)] == '.' && host.EndsWith(domain, StringComparison.Ordinal) && !IsAddress(host));

    /// <summary>This machine itself, whose traffic nobody else reads.</summary>
    public static bool IsLoopback(ReadOnlySpan<char> canonical) =>
        canonical is "localhost" or "::1" || (canonical.StartsWith("127.", StringComparison.Ordinal) && IsAddress(canonical));
}
