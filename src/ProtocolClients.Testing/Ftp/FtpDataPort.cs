using System.Net;
using System.Net.Sockets;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>Where the next data connection comes from, or goes to. Serves one connection.</summary>
internal sealed class FtpDataPort : IDisposable
{
    private readonly FtpDataServer _server;
    private readonly TaskCompletionSource<FtpDataConnection> _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Socket? _listener;
    private readonly IPEndPoint? _target;

    private FtpDataPort(FtpDataServer server, MockFtpDataMode mode)
    {
        _server = server;
        Mode = mode;
    }

    private FtpDataPort(FtpDataServer server, MockFtpDataMode mode, Socket listener)
        : this(server, mode) => _listener = listener;

    private FtpDataPort(FtpDataServer server, MockFtpDataMode mode, IPEndPoint target)
        : this(server, mode) => _target = target;

    public MockFtpDataMode Mode { get; }

    /// <summary>Whether this server connects.</summary>
    public bool IsDialed => _target is not null;

    /// <summary>Whether there is no socket.</summary>
    public bool IsInMemory => _listener is null && _target is null;

    /// <summary>Whether the client's connection is there.</summary>
    public bool HasArrived => _arrived.Task.IsCompletedSuccessfully;

    /// <summary>The port that listens; 0 when this server connects.</summary>
    public int Port { get; private set; }

    /// <summary>Listens, and takes the first connection from the client's own address. One that is deaf holds its port, so that nobody else listens there.</summary>
    public static FtpDataPort Listen(FtpDataServer server, MockFtpDataMode mode, IPAddress local, IPAddress client, bool isDeaf)
    {
        var listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(local, 0));
            var port = new FtpDataPort(server, mode, listener) { Port = ((IPEndPoint)listener.LocalEndPoint!).Port };
            if (isDeaf) return port;
            listener.Listen(16);
            _ = port.AcceptAsync(client);
            return port;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Waits for a connection in memory.</summary>
    public static FtpDataPort ListenInMemory(FtpDataServer server, MockFtpDataMode mode)
    {
        var port = new FtpDataPort(server, mode);
        port.Port = server.Register(port);
        return port;
    }

    /// <summary>Connects when a transfer needs it.</summary>
    public static FtpDataPort Connect(FtpDataServer server, MockFtpDataMode mode, IPEndPoint target) => new(server, mode, target);

    /// <summary>The connection, once it is there.</summary>
    /// <exception cref="SocketException">The client does not listen.</exception>
    public async Task<FtpDataConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (_target is not null)
        {
            var socket = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(_target, cancellationToken).ConfigureAwait(false);
                await Task.Delay(_server.Options.Latency * 2, _server.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            Take(new NetworkStream(socket, ownsSocket: true), socket.RemoteEndPoint);
        }

        FtpDataConnection connection = await _arrived.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await connection.WaitForOpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>A connection in memory.</summary>
    public void Accept(DuplexStream stream) => Take(stream, null);

    /// <summary>Called by the server that keeps data connections, with one that is open.</summary>
    public void Arrived(FtpDataConnection connection)
    {
        if (!_arrived.TrySetResult(connection)) _ = connection.CloseAsync();
    }

    /// <summary>Listens no more; a connection that came and was not used is closed.</summary>
    public void Dispose()
    {
        Close();
        if (!_arrived.TrySetCanceled(CancellationToken.None) && _arrived.Task.IsCompletedSuccessfully) _ = CloseUnusedAsync();
    }

    /// <summary>Listens no more; the connection that came lives on.</summary>
    public void Close()
    {
        _closing.Cancel();
        _listener?.Dispose();
        if (_listener is null && Port != 0) _server.Unregister(Port);
    }

    private async Task CloseUnusedAsync()
    {
        FtpDataConnection connection = await _arrived.Task.ConfigureAwait(false);
        await connection.CloseAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync(IPAddress client)
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener!.AcceptAsync(_closing.Token).ConfigureAwait(false);
                if (socket.RemoteEndPoint is IPEndPoint remote && Same(remote.Address, client))
                {
                    socket.NoDelay = true;
                    Take(new NetworkStream(socket, ownsSocket: true), remote);
                    _listener.Dispose();
                    return;
                }

                // Somebody else's: a stolen data connection (RFC 2577 §6).
                socket.Dispose();
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed before somebody came.
        }
    }

    private void Take(Stream raw, EndPoint? remote)
    {
        try
        {
            _server.Accept(this, raw, remote);
        }
        catch (ObjectDisposedException)
        {
            _arrived.TrySetCanceled(CancellationToken.None);
        }
    }

    private static bool Same(IPAddress one, IPAddress other) => one.MapToIPv6().Equals(other.MapToIPv6());
}
