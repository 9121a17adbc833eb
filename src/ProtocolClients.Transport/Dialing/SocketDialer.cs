using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>Opens TCP and Unix domain sockets.</summary>
public sealed class SocketDialer : IDialer
{
    /// <inheritdoc/>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new Connection(new NetworkStream(socket, ownsSocket: true), endPoint)
            {
                Socket = socket,
                RemoteEndPoint = socket.RemoteEndPoint,
                LocalEndPoint = socket.LocalEndPoint,
            };
        }
        catch (SocketException cause)
        {
            socket.Dispose();
            throw new TransportException(TransportError.Connect, cause.Message, cause) { Endpoint = endPoint, Delivery = Delivery.NotSent };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
