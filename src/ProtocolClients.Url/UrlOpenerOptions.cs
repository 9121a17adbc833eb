using System.Collections.Immutable;

namespace ProtocolClients;

/// <summary>
/// How a <see cref="UrlOpener"/> works. What all rooms have in common (transport, credentials, deadlines, limits, resilience, logs,
/// time) stands here; what one room does differently in the options of that room.
/// </summary>
public sealed record UrlOpenerOptions : ClientOptions
{
    /// <summary>The defaults.</summary>
    public static UrlOpenerOptions Default { get; } = new();

    /// <summary>
    /// The options for http and https; null for the defaults with the common ones of this record. When they are given, they
    /// stand alone: nothing of this record is mixed in.
    /// </summary>
    public HttpSessionOptions? Http { get; init; }

    /// <summary>
    /// The options for ftp and ftps; null for the defaults with the common ones of this record, and as many connections as are asked for at
    /// once, 64 at most. When they are given, they stand alone: nothing of this record is mixed in but <see cref="Netrc"/>. A URL's userinfo goes
    /// before their credentials.
    /// </summary>
    public FtpClientOptions? Ftp { get; init; }

    /// <summary>
    /// Whether ftp goes through a tunnel where the proxy is one of HTTP. Off, such a proxy is asked for <c>ftp://…</c> over HTTP, as curl does: few
    /// open tunnels to ports of FTP. It reads all that passes, so a password always takes the tunnel, as does ftps, unless
    /// <see cref="TlsMode.None"/> names clear text; so do clients with an <see cref="AddressPolicy"/>. Proxies of SOCKS always are tunnels.
    /// </summary>
    public bool TunnelFtp { get; init; }

    /// <summary>
    /// Credentials by host from a file, for URLs without userinfo when the options have none either; null for none: <c>Netrc.Load()</c> reads
    /// the user's. For http, <see cref="Http"/> has its own when it is given.
    /// </summary>
    public Netrc? Netrc { get; init; }

    /// <summary>
    /// Opens <c>file:</c> URLs (RFC 8089) of this machine. Off, because a program that opens URLs of others would read its
    /// own files for them (CVE-2011-1521); never reached by a redirect, whatever this says.
    /// </summary>
    public bool AllowFile { get; init; }

    /// <summary>Which standard reads the URLs that the opener is given; the strict one by default, browsers' for links as people paste them.</summary>
    public UrlSyntax Syntax { get; init; }

    /// <summary>
    /// Handlers by scheme, in lower case, before the built-in ones of the same scheme. They are the caller's: the opener does
    /// not dispose them.
    /// </summary>
    public ImmutableDictionary<string, IUrlHandler> Handlers { get; init; } = ImmutableDictionary.Create<string, IUrlHandler>(StringComparer.Ordinal);
}
