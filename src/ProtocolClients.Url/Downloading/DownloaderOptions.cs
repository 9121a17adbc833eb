using System.Collections.Immutable;

namespace ProtocolClients;

/// <summary>How a <see cref="Downloader"/> works. What all rooms have in common stands in the base; it is for every download.</summary>
public sealed record DownloaderOptions : ClientOptions
{
    /// <summary>The defaults.</summary>
    public static DownloaderOptions Default { get; } = new();

    /// <summary>
    /// The options for http and https; null for the defaults with the common ones of this record. When they are given, they
    /// stand alone: nothing of this record is mixed in.
    /// </summary>
    public HttpSessionOptions? Http { get; init; }

    /// <summary>The options for ftp and ftps: see <see cref="UrlOpenerOptions.Ftp"/>.</summary>
    public FtpClientOptions? Ftp { get; init; }

    /// <summary>Whether ftp goes through a tunnel where the proxy is one of HTTP: see <see cref="UrlOpenerOptions.TunnelFtp"/>.</summary>
    public bool TunnelFtp { get; init; }

    /// <summary>Credentials by host: see <see cref="UrlOpenerOptions.Netrc"/>.</summary>
    public Netrc? Netrc { get; init; }

    /// <summary>Opens <c>file:</c> URLs: see <see cref="UrlOpenerOptions.AllowFile"/>.</summary>
    public bool AllowFile { get; init; }

    /// <summary>Handlers by scheme, in lower case, before the built-in ones of the same scheme. They are the caller's to dispose.</summary>
    public ImmutableDictionary<string, IUrlHandler> Handlers { get; init; } = UrlOpenerOptions.Default.Handlers;

    /// <summary>The most downloads at a time, of those that are handed over together.</summary>
    /// <value>The default is 4.</value>
    public int Parallel
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one at a time.");
    } = 4;

    /// <summary>The limit of all downloads together; null for none. The object, or <see cref="Downloader.RateLimit"/>, can be changed at any time.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>The limits of all downloads from one host together; null for none. The object can be changed at any time.</summary>
    public HostRateLimits? HostRateLimits { get; init; }

    /// <summary>
    /// The bytes of all downloads together after which none begins any more: that is a <see cref="QuotaReachedException"/>, of many downloads
    /// the outcome of each one that was left. Null for none. The object can be changed at any time.
    /// </summary>
    public ByteQuota? Quota { get; init; }

    /// <summary>
    /// What is known of servers from before, by which the first of several URLs is chosen, and to which this run adds what it sees; null for
    /// nothing. The caller keeps it: <see cref="ServerStatistics.LoadAsync"/>, <see cref="ServerStatistics.SaveAsync"/>.
    /// </summary>
    public ServerStatistics? ServerStatistics { get; init; }

    /// <summary>The rate below which a connection counts as stalled; null for none.</summary>
    public LowSpeed? LowSpeed { get; init; }
}
