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

    private readonly FtpClientOptions _options = options.Ftp ?? new FtpClientOptions
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
    /// <param name="foreign">Whether a peer named it, so that it gets nothing of the caller's.</param>
    public FtpClient For(FtpUrl url, bool foreign)
    {
        Credentials? credentials = CredentialsFor(url, foreign);
        var key = new Key(url.IsImplicitTls, url.Host, url.Port, credentials);
        return _clients.GetOrAdd(
            key, static (key, state) => new Lazy<FtpClient>(() => new FtpClient(state.url.Uri, state.options with { Credentials = key.Credentials })), (url, options: _options)).Value;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<FtpClient> client in _clients.Values) await client.Value.DisposeAsync().ConfigureAwait(false);
    }

    // First to last: the URL's own, the options', the file's entry for this very host. A user without a password: the file may know it.
    private Credentials? CredentialsFor(FtpUrl url, bool foreign)
    {
        if (url.Credentials is { } named)
            return named.Secret!.Reveal().Length > 0 ? named : options.Netrc?.Find(url.Host, named.User)?.Credentials ?? named;
        return (foreign ? null : _options.Credentials) ?? options.Netrc?.Find(url.Host)?.Credentials;
    }

    private readonly record struct Key(bool IsImplicitTls, string Host, int Port, Credentials? Credentials);
}
