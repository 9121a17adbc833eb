using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>Keeps the data connections of a server, wherever they come from, and the ports in memory that wait for one.</summary>
internal sealed class FtpDataServer : IAsyncDisposable
{
    private const int FirstPort = 40_000;

    private readonly ConcurrentDictionary<int, FtpDataPort> _ports = new();
    private readonly Faults _faults;
    private readonly Func<SslServerAuthenticationOptions> _tls;
    private readonly InMemoryServer _server;
    private int _lastPort;

    public FtpDataServer(Faults faults, MockServerOptions options, Func<SslServerAuthenticationOptions> tls)
    {
        Options = options;
        _tls = tls;
        _faults = faults;
        _server = InMemoryServer.Start(ServeAsync, new ServerOptions { Wrap = Open, MaxConnections = int.MaxValue, HandshakeTimeout = Timeout.InfiniteTimeSpan });
    }

    public MockServerOptions Options { get; }

    public long ConnectionCount => _server.AcceptedConnections;

    public int OpenConnections => _server.ActiveConnections;

    public int Register(FtpDataPort port)
    {
        while (true)
        {
            int number = FirstPort + (int)((uint)Interlocked.Increment(ref _lastPort) % 20_000);
            if (_ports.TryAdd(number, port)) return number;
        }
    }

    public void Unregister(int port) => _ports.TryRemove(port, out _);

    /// <summary>A dial in memory: false when the port is none of ours.</summary>
    /// <exception cref="SocketException">Nobody waits there.</exception>
    public bool TryAccept(DuplexStream stream, int number)
    {
        if (number is < FirstPort or >= FirstPort + 20_000) return false;
        if (!_ports.TryRemove(number, out FtpDataPort? port)) throw new SocketException((int)SocketError.ConnectionRefused);
        port.Accept(stream);
        return true;
    }

    public void Accept(FtpDataPort port, Stream raw, EndPoint? remote)
    {
        var ends = new FtpDataEnds(raw, port.IsDialed);
        Task closed = _server.Accept(raw, remote, ends);
        if (ends.Connection is not { } connection) return;
        connection.Closed = closed;
        port.Arrived(connection);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Stream Open(ServerConnection connection, Stream raw)
    {
        var ends = (FtpDataEnds)connection.Control;
        LatencyStream? line = Options.Latency > TimeSpan.Zero ? new LatencyStream(raw, Options.Latency, Options.TimeProvider, ends.IsDialed) : null;
        var data = new FtpDataConnection(connection, raw, line, _faults, _tls);
        ends.Connection = data;
        return data.Wire;
    }

    private static Task ServeAsync(ServerConnection connection, CancellationToken cancellationToken) =>
        ((FtpDataEnds)connection.Control).Connection!.ServeAsync(cancellationToken);
}
