using System.Net;
using System.Net.Sockets;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A port that a server is asked to connect to (PORT, EPRT). Whoever else connects is turned away: a stranger who is faster than the server
/// would be handed a file, or hand us his.
/// </summary>
internal sealed class ActivePort : IDisposable
{
    private readonly Socket _listener;
    private readonly IPAddress _peer;

    private ActivePort(Socket listener, IPAddress peer)
    {
        _listener = listener;
        _peer = peer;
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Listens at this end of the control connection.</summary>
    /// <param name="local">Our address there.</param>
    /// <param name="peer">The server's address there.</param>
    /// <param name="ports">The ports that may be used; null for any.</param>
    /// <exception cref="TransportException">All ports of the range are taken.</exception>
    public static ActivePort Open(IPAddress local, IPAddress peer, (int First, int Last)? ports)
    {
        (int first, int last) = ports ?? (0, 0);
        for (int port = first; ; port++)
        {
            var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(local, port));
                socket.Listen(4);
                return new ActivePort(socket, peer);
            }
            catch (SocketException taken)
            {
                socket.Dispose();
                if (port < last) continue;
                throw new TransportException(TransportError.Connect, $"No port is free to listen on at {local}: {taken.Message}", taken) { Delivery = Delivery.NotSent };
            }
        }
    }

    /// <summary>Waits for the server.</summary>
    /// <param name="endPoint">The server as the caller named it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Connection> AcceptAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket socket = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (socket.RemoteEndPoint is not IPEndPoint remote || !Same(remote.Address, _peer))
            {
                socket.Dispose();
                continue;
            }

            socket.NoDelay = true;
            return new Connection(new NetworkStream(socket, ownsSocket: true), endPoint)
            {
                Socket = socket,
                LocalEndPoint = socket.LocalEndPoint,
                RemoteEndPoint = remote,
            };
        }
    }

    public void Dispose() => _listener.Dispose();

    private static bool Same(IPAddress one, IPAddress other) =>
        (one.IsIPv4MappedToIPv6 ? one.MapToIPv4() : one).Equals(other.IsIPv4MappedToIPv6 ? other.MapToIPv4() : other);
}
