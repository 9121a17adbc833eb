using System.Collections.Concurrent;

namespace ProtocolClients;

/// <summary>
/// The clients behind ftp URLs: one for each server and user, as they are first asked for. A client has one user, so that a connection that
/// somebody logged in is no other's.
/// </summary>
internal sealed class FtpClients(UrlOpenerOptions options) : IAsyncDisposable
{
    // Who asks for many parts at once, says how many; a server that takes fewer gets fewer.
    private const int MaxConnections = 64;

    private readonly ConcurrentDictionary<Key, Lazy<FtpClient>> _clients = new();

    /// <summary>What the clients have in common; their credentials are each one's own.</summary>
    public FtpClientOptions Options { get; } = options.Ftp ?? new FtpClientOptions
    {
        Transport = options.Transport,
        // A token is one of another protocol.
        Credentials = options.Credentials is { TokenSource: null } password ? password : null,
        Deadlines = options.Deadlines,
        Limits = options.Limits,
        Resilience = options.Resilience,
        LoggerFactory = options.LoggerFactory,
        WireLog = options.WireLog,
        TimeProvider = options.TimeProvider,
        MaxConnections = MaxConnections,
    };

    /// <summary>The client for a URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="credentials">Who the client says it is; null for anonymous.</param>
    public FtpClient For(FtpUrl url, Credentials? credentials)
    {
        var key = new Key(url.IsImplicitTls, url.Host, url.Port, credentials);
        return _clients.GetOrAdd(
            key, static (key, state) => new Lazy<FtpClient>(() => new FtpClient(state.url.Uri, state.Options with { Credentials = key.Credentials })), (url, Options)).Value;
    }

    /// <summary>
    /// Who asks for a URL, first to last: its own userinfo, the options, the file's entry for this very host. Of a user without a password the file
    /// may know it. A URL that a peer named gets nothing of the options.
    /// </summary>
    public Credentials? CredentialsFor(FtpUrl url, bool foreign)
    {
        if (url.Credentials is { } named)
            return named.Secret!.Reveal().Length > 0 ? named : options.Netrc?.Find(url.Host, named.User)?.Credentials ?? named;
        return (foreign ? null : Options.Credentials) ?? options.Netrc?.Find(url.Host)?.Credentials;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<FtpClient> client in _clients.Values) await client.Value.DisposeAsync().ConfigureAwait(false);
    }

    private readonly record struct Key(bool IsImplicitTls, string Host, int Port, Credentials? Credentials);
}
