namespace ProtocolClients.Servers;

/// <summary>
/// Serves one connection; when it returns, the connection is closed. An exception is logged and closes only this connection.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="cancellationToken">
/// Cancelled when the connection is aborted. For the announcement of a graceful stop see <see cref="ServerConnection.Stopping"/>.
/// </param>
public delegate Task ConnectionHandler(ServerConnection connection, CancellationToken cancellationToken);
