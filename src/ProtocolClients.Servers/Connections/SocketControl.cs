using System.Net.Sockets;

namespace ProtocolClients.Servers;

/// <summary>Control of a connection that is a socket.</summary>
internal sealed class SocketControl(Socket socket) : IConnectionControl
{
    /// <summary>Bytes that have arrived and were not read. Closing a socket over such bytes sends a reset.</summary>
    public int Unread
    {
        get
        {
            try
            {
                return socket.Available;
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                return 0;
            }
        }
    }

    public void Abort()
    {
        try
        {
            // Linger with zero seconds makes close() send RST and throw away what was not delivered.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Already gone: closing is all that is left.
        }

        socket.Dispose();
    }

    public void CompleteWrites() => socket.Shutdown(SocketShutdown.Send);
}
