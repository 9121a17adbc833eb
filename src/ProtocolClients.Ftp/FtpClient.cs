using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A client of one FTP server. Safe for many tasks: each operation takes a control connection of a small pool, and leaves it as it found it.
/// It connects when it is first used. Paths are relative to the folder of the login unless they begin with a slash.
/// <code>
/// await using var ftp = new FtpClient("ftps://files.example.org", new() { Credentials = new("user", "secret") });
/// await foreach (FtpEntry entry in ftp.ListAsync("/pub")) Console.WriteLine($"{entry.Size,12} {entry.Name}");
/// await ftp.DownloadAsync("/pub/a.gz", "a.gz");
/// </code>
/// </summary>
public sealed partial class FtpClient : FtpAccess
{
    private readonly ConnectionPool<FtpConnection> _pool;
    private readonly ResiliencePolicy _policy;
    private int _opening;
    private long _openings;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="url"><c>ftp://host</c> or <c>ftps://host</c> (TLS from the first byte), with a port and userinfo if need be. A path is not looked at.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The URL is malformed, or of another scheme.</exception>
    public FtpClient(string url, FtpClientOptions? options = null)
        : this(UrlText.Parse(url), options)
    {
    }

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="url">As the other constructor's.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The URL is of another scheme.</exception>
    public FtpClient(Uri url, FtpClientOptions? options = null)
        : base(new FtpConnector(FtpUrl.From(url), options ?? FtpClientOptions.Default))
    {
        _policy = new ResiliencePolicy(Options.Resilience, Time, Connector.Logger);
        _pool = new ConnectionPool<FtpConnection>(
            (_, token) => OpenConnectionAsync(token),
            new PoolOptions
            {
                MaxConnections = Options.MaxConnections,
                MaxIdleTime = Options.MaxIdleTime,
                TimeProvider = Time,
                MaxStill = Options.Deadlines.Command,
                Activity = () => Connector.Activity,
            });
    }

    /// <summary>Connects and logs in now, for who wants to fail early. The connection is kept for the first operation.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task ConnectAsync(CancellationToken cancellationToken = default) =>
        await RunAsync(FtpOperation.Connect, static (_, _, _) => ValueTask.FromResult(true), true, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// One connection for one task, with the protocol's state: working directory, commands of one's own. It counts among
    /// <see cref="FtpClientOptions.MaxConnections"/> until it is disposed: an operation of the client that finds all of them taken waits for one,
    /// and fails (<see cref="TransportError.PoolExhausted"/>) when nobody used any of them for as long as <see cref="Deadlines.Command"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the opening.</param>
    public Task<FtpSession> OpenSessionAsync(CancellationToken cancellationToken = default) =>
        FtpSession.OpenAsync(Connector, LeaseFromPoolAsync, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _pool.DisposeAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private protected override async ValueTask<FtpLease> LeaseAsync(CancellationToken cancellationToken) =>
        new(await LeaseFromPoolAsync(cancellationToken).ConfigureAwait(false));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Lease<FtpConnection>> LeaseFromPoolAsync(CancellationToken cancellationToken)
    {
        for (int alone = 0; ; alone++)
        {
            // Asked before: those that there were may be closed as too many by the time the refusal is here.
            bool hasOthers = Connector.LiveConnections > 0;
            bool hasRivals = Volatile.Read(ref _opening) > 0;
            long openings = Volatile.Read(ref _openings);
            try
            {
                return await _pool.LeaseAsync(Connector.Key, null, cancellationToken).ConfigureAwait(false);
            }
            catch (FtpReplyException refusal) when (refusal.IsTooMany && (hasOthers || Connector.LiveConnections > 0))
            {
                // The pool has a lower limit by now: the next lease waits in line for a connection that comes back.
            }
            catch (FtpReplyException refusal) when (refusal.IsTooMany && alone < Options.MaxConnections && (hasRivals || Volatile.Read(ref _openings) > openings + 1))
            {
                // None is open, but one was being opened beside this one (the attempt itself is one of those since), and the server counted it
                // even if it is gone by now: it is asked again, and not for ever.
            }
        }
    }

    private protected override ValueTask<TResult> AttemptAsync<TState, TResult>(
        FtpOperation operation,
        Func<TState, CancellationToken, ValueTask<TResult>> attempt,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken) =>
        _policy.RunAsync(operation.Replay, EndPoint, attempt, state, progress, cancellationToken);

    private async ValueTask<FtpConnection> OpenConnectionAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opening);
        Interlocked.Increment(ref _openings);
        Connector.Begin();
        try
        {
            return await FtpConnection.OpenAsync(Connector, cancellationToken).ConfigureAwait(false);
        }
        catch (FtpReplyException refusal) when (refusal.IsTooMany)
        {
            FtpLog.TooMany(Connector.Logger, EndPoint, _pool.LowerLimit(Connector.Key));
            throw;
        }
        finally
        {
            Connector.End();
            Interlocked.Decrement(ref _opening);
        }
    }
}
