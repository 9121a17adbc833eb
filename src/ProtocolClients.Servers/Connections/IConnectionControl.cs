namespace ProtocolClients.Servers;

/// <summary>
/// What a connection can do beyond a stream's reading and writing. A stream handed to
/// <see cref="StreamServer.Accept"/> may implement it, so that
/// <see cref="ServerConnection.Abort"/> and <see cref="ServerConnection.CompleteWritesAsync"/> mean as much in memory as on a socket.
/// </summary>
public interface IConnectionControl
{
    /// <summary>Ends both directions at once, so that the peer sees a reset and not an orderly end. Must not throw.</summary>
    void Abort();

    /// <summary>Ends the direction towards the peer, which reads to the end; the other direction stays open.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The peer has gone.</exception>
    /// <exception cref="ObjectDisposedException">The connection is closed.</exception>
    /// <exception cref="NotSupportedException">The stream cannot end one direction alone.</exception>
    void CompleteWrites();
}
