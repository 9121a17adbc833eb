namespace ProtocolClients;

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
