using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Servers;

/// <summary>
/// A server on a TCP port.
/// <code>
/// await using var server = TcpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), async (connection, ct) =>
/// {
///     while (await connection.ReadLineAsync(ct) is { } line) await connection.WriteLineAsync(line, ct);
/// });
/// </code>
/// </summary>
public sealed class TcpServer : StreamServer
{
    private readonly AcceptLoop _loop;

    private TcpServer(Socket listener, ConnectionHandler handler, ServerOptions? options)
        : base(handler, options, listener.LocalEndPoint!.ToString()!)
    {
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        listener.Listen(Options.Backlog);
        _loop = AcceptLoop.Start(listener, EndPoint, Take, Options, Logger, Stopping);
    }

    /// <summary>Where the server listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Listens and serves.</summary>
    /// <param name="endPoint">Where to listen; port 0 takes a free one. <see cref="IPAddress.IPv6Any"/> serves IPv4 as well.</param>
    /// <param name="handler">Serves each connection.</param>
    /// <param name="options">Limits and the rest.</param>
    /// <exception cref="SocketException">The address is not this machine's, or is in use.</exception>
    public static TcpServer Start(IPEndPoint endPoint, ConnectionHandler handler, ServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any)) listener.DualMode = true;
            listener.Bind(endPoint);
            return new TcpServer(listener, handler, options);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private protected override Task StopListeningAsync() => _loop.StoppedAsync();
}
