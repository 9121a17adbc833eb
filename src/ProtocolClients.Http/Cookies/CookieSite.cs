namespace ProtocolClients;

/// <summary>Whether two URLs are of one site (RFC 6265bis §5.2): the same scheme, and the same registrable domain.</summary>
internal static class CookieSite
{
    public static bool IsSame(Uri one, Uri other, PublicSuffixList suffixes)
    {
        if (!string.Equals(one.Scheme, other.Scheme, StringComparison.Ordinal)) return false;
        if (CookieHost.Of(one) is not { } a || CookieHost.Of(other) is not { } b) return false;
        if (string.Equals(a, b, StringComparison.Ordinal)) return true;
        // Under different top-level names no list is needed, and addresses are sites of their own.
        if (!LastLabel(a).SequenceEqual(LastLabel(b)) || CookieHost.IsAddress(a) || CookieHost.IsAddress(b)) return false;
        ReadOnlySpan<char> domain = suffixes.Registrable(a);
        return !domain.IsEmpty && domain.SequenceEqual(suffixes.Registrable(b));
    }

    public static bool IsSafe(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace;

    private static ReadOnlySpan<char> LastLabel(string host) => host.AsSpan(host.LastIndexOf('.') + 1);
}
