namespace ProtocolClients.Servers;

/// <summary>
/// A server without a socket: it serves only what is handed to <see cref="StreamServer.Accept"/>.
/// </summary>
public sealed class InMemoryServer : StreamServer
{
    private InMemoryServer(ConnectionHandler handler, ServerOptions? options)
        : base(handler, options, "memory")
    {
    }

    /// <summary>Starts a server.</summary>
    /// <param name="handler">Serves each connection.</param>
    /// <param name="options">Limits and the rest.</param>
    public static InMemoryServer Start(ConnectionHandler handler, ServerOptions? options = null) => new(handler, options);
}
