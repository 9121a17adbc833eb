using System.Net.Sockets;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>Resets and half-closes a data connection, and knows the connection.</summary>
internal sealed class FtpDataEnds(Stream raw, bool isDialed) : IConnectionControl
{
    /// <summary>Whether the server connected.</summary>
    public bool IsDialed => isDialed;

    /// <summary>The connection, once it was opened.</summary>
    public FtpDataConnection? Connection { get; set; }

    public void Abort()
    {
        if (raw is DuplexStream memory)
        {
            memory.Abort();
            return;
        }

        Socket socket = ((NetworkStream)raw).Socket;
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Already gone.
        }

        socket.Dispose();
    }

    public void CompleteWrites()
    {
        if (raw is DuplexStream memory) memory.CompleteWriting();
        else ((NetworkStream)raw).Socket.Shutdown(SocketShutdown.Send);
    }
}
