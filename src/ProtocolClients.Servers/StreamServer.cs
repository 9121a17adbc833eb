using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ProtocolClients.Servers;

/// <summary>
/// Serves connections with a handler: concurrency, limits, tracking and an orderly stop. Where connections come from is a
/// matter of <see cref="TcpServer"/>, <see cref="UnixServer"/> and <see cref="InMemoryServer"/>. Nothing that happens on one
/// connection ends the server.
/// </summary>
public abstract class StreamServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (ServerConnection Connection, Task Task)> _connections = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim? _turns;
    private readonly ConnectionHandler _handler;
    private readonly KeyValuePair<string, object?> _tag;
    private long _lastId;
    private long _accepted;
    private long _refused;
    private bool _stopped;

    private protected StreamServer(ConnectionHandler handler, ServerOptions? options, string address)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Options = ServerOptions.Check(options);
        _handler = handler;
        _tag = new KeyValuePair<string, object?>("server.address", address);
        if (Options.Concurrency.Limit is { } limit) _turns = new SemaphoreSlim(limit);
        Logger = (ILogger?)Options.LoggerFactory?.CreateLogger("ProtocolClients.Servers") ?? NullLogger.Instance;
    }

    /// <summary>What the server was started with.</summary>
    public ServerOptions Options { get; }

    /// <summary>Connections open now, those that wait for their turn included.</summary>
    public int ActiveConnections
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    /// <summary>Connections that got past the limits, ever.</summary>
    public long AcceptedConnections => Interlocked.Read(ref _accepted);

    /// <summary>Connections closed at once because of a limit, ever.</summary>
    public long RefusedConnections => Interlocked.Read(ref _refused);

    /// <summary>Cancelled when the server begins to stop.</summary>
    public CancellationToken Stopping => _stopping.Token;

    internal ILogger Logger { get; }

    /// <summary>Serves a stream that came from elsewhere, for instance from memory, under the same limits.</summary>
    /// <param name="stream">
    /// The stream, which the server owns from here on, whatever happens.
    /// </param>
    /// <param name="remote">The peer's address, where it has one.</param>
    /// <param name="control">
    /// How the connection is reset and half-closed. Null for the stream itself, where it implements
    /// <see cref="IConnectionControl"/>; otherwise an abort disposes it and a half-close is refused.
    /// </param>
    /// <returns>Ends when the connection is closed; at once when a limit refused it. Never fails.</returns>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task Accept(Stream stream, EndPoint? remote = null, IConnectionControl? control = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        control ??= stream as IConnectionControl ?? new StreamControl(stream);
        if (TryAdmit(stream, control, remote, local: null, out Task served)) return served;
        stream.Dispose();
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        return served;
    }

    /// <summary>
    /// Stops in order: accepts no more, closes what waits for its turn, signals <see cref="ServerConnection.Stopping"/>, waits
    /// for the handlers as long as <paramref name="grace"/> says, aborts the rest, and waits until every handler has returned.
    /// May be called again and at the same time: the shortest grace holds. A handler that ignores the token it was given keeps
    /// this waiting, and so does one that awaits this itself.
    /// </summary>
    /// <param name="grace">How long handlers may take; zero aborts at once.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (grace != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        bool first;
        lock (_gate)
        {
            first = !_stopped;
            _stopped = true;
        }

        if (first) Logger.Stopping(ActiveConnections, grace);
        if (first) await _stopping.CancelAsync().ConfigureAwait(false);
        await StopListeningAsync().ConfigureAwait(false);
        Task drained = Drained();
        try
        {
            // Not under the server's own token, which was cancelled to begin this very wait.
            await drained.WaitAsync(grace, Options.TimeProvider, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            AbortAll();
            await drained.ConfigureAwait(false);
        }

        if (first) Logger.Stopped(AcceptedConnections, RefusedConnections);
    }

    /// <summary>Stops at once: <see cref="StopAsync"/> without grace.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends listening and waits until nothing more is accepted. Called once for every stop.</summary>
    private protected virtual Task StopListeningAsync() => Task.CompletedTask;

    /// <summary>Serves a socket that was accepted, and owns it. Returns at once.</summary>
    private protected void Take(Socket socket)
    {
        try
        {
            // Answers are written whole: holding small ones back (RFC 896) would only add a round trip to each.
            if (socket.ProtocolType == ProtocolType.Tcp) socket.NoDelay = true;
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (!TryAdmit(stream, new SocketControl(socket), socket.RemoteEndPoint, socket.LocalEndPoint, out _)) stream.Dispose();
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // False when a limit refuses the stream; the caller then closes it.
    private bool TryAdmit(Stream stream, IConnectionControl control, EndPoint? remote, EndPoint? local, out Task served)
    {
        string reason;
        ServerConnection? connection = null;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IPAddress? address = (remote as IPEndPoint)?.Address;
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        lock (_gate)
        {
            reason = "";
            if (_stopped) reason = "the server stops";
            else if (_connections.Count >= Options.MaxConnections) reason = nameof(ServerOptions.MaxConnections);
            else if (address is not null && _perAddress.GetValueOrDefault(address) >= Options.MaxConnectionsPerAddress)
                reason = nameof(ServerOptions.MaxConnectionsPerAddress);
            if (reason.Length == 0)
            {
                connection = new ServerConnection(++_lastId, stream, control, remote, local, Options, Logger, _stopping.Token);
                if (address is not null) _perAddress[address] = _perAddress.GetValueOrDefault(address) + 1;
                _connections.Add(connection.Id, (connection, done.Task));
            }
        }

        if (connection is not null)
        {
            Interlocked.Increment(ref _accepted);
            served = done.Task;
            _ = ServeAsync(connection, address, done);
            return true;
        }

        Interlocked.Increment(ref _refused);
        ServersMeter.Refused.Add(1, _tag, new KeyValuePair<string, object?>("refusal.reason", reason));
        Logger.Refused(remote, reason);
        served = Task.CompletedTask;
        return false;
    }

    // Runs on the caller up to the wait for a turn, so that connections stand in line in the order in which they came.
    private async Task ServeAsync(ServerConnection connection, IPAddress? address, TaskCompletionSource done)
    {
        ServersMeter.Accepted.Add(1, _tag);
        ServersMeter.Active.Add(1, _tag);
        Logger.Accepted(connection.Id, connection.RemoteEndPoint);
        try
        {
            if (await OpenAsync(connection).ConfigureAwait(false)) await TakeTurnAsync(connection).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Report(connection, failure);
        }

        try
        {
            await connection.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // A wrap's own layer failed at its disposal.
            Logger.HandlerFailed(failure, connection.Id);
        }

        Logger.Closed(connection.Id);
        ServersMeter.Active.Add(-1, _tag);
        lock (_gate)
        {
            _connections.Remove(connection.Id);
            if (address is not null && --_perAddress[address] == 0) _perAddress.Remove(address);
        }

        done.SetResult();
    }

    // Before a turn is taken: a peer that dawdles in its handshake keeps nobody else waiting.
    private async Task<bool> OpenAsync(ServerConnection connection)
    {
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is AuthenticationException || (failure is IOException && failure is not ServerLimitException))
        {
            Logger.HandshakeFailed(failure, connection.Id, connection.RemoteEndPoint, failure.Message);
            return false;
        }
    }

    private async Task TakeTurnAsync(ServerConnection connection)
    {
        if (_turns is not null)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, connection.Aborted);
            await _turns.WaitAsync(either.Token).ConfigureAwait(false);
        }

        try
        {
            // Leaves the accepting loop before anything of the handler runs.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

            // The turn may have come because a stop made the one before return.
            _stopping.Token.ThrowIfCancellationRequested();
            await _handler(connection, connection.Aborted).ConfigureAwait(false);
        }
        finally
        {
            _turns?.Release();
        }
    }

    private void Report(ServerConnection connection, Exception failure)
    {
        switch (failure)
        {
            case ServerLimitException limit:
                Logger.LimitReached(connection.Id, connection.RemoteEndPoint, limit.Limit);
                break;
            case OperationCanceledException when connection.Limit is { } limit:
                Logger.LimitReached(connection.Id, connection.RemoteEndPoint, limit);
                break;
            case OperationCanceledException when connection.Aborted.IsCancellationRequested || _stopping.IsCancellationRequested:
                Logger.Aborted(connection.Id);
                break;
            case InvalidDataException:
                Logger.BadData(connection.Id, connection.RemoteEndPoint, failure.Message);
                break;
            case IOException or SocketException:
                Logger.Lost(failure, connection.Id, failure.Message);
                break;
            default:
                Logger.HandlerFailed(failure, connection.Id);
                break;
        }
    }

    private Task Drained()
    {
        lock (_gate) return Task.WhenAll(_connections.Values.Select(static entry => entry.Task));
    }

    private void AbortAll()
    {
        ServerConnection[] rest;
        lock (_gate) rest = [.. _connections.Values.Select(static entry => entry.Connection)];
        if (rest.Length > 0) Logger.AbortingRest(rest.Length);
        foreach (ServerConnection connection in rest) connection.Abort();
    }
}
