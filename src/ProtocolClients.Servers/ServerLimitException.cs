namespace ProtocolClients.Servers;

/// <summary>A limit of <see cref="ServerOptions"/> that a connection can run into.</summary>
public enum ServerLimit
{
    /// <summary>A line longer than <see cref="ServerOptions.MaxLineLength"/>.</summary>
    LineLength,

    /// <summary>A peer silent for longer than <see cref="ServerOptions.IdleTimeout"/>.</summary>
    Idle,

    /// <summary>A request that took longer than <see cref="ServerOptions.RequestDeadline"/>.</summary>
    Request,

    /// <summary>A TLS handshake that took longer than <see cref="ServerOptions.HandshakeTimeout"/>.</summary>
    Handshake,
}

/// <summary>
/// A connection ran into a limit. After <see cref="ServerLimit.LineLength"/> the connection can still answer, but reads no
/// further; after the others it is already closed. A handler may let it pass: the server logs it and ends the connection.
/// </summary>
public sealed class ServerLimitException : IOException
{
    /// <summary>Names the limit.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="message">What happened, in one sentence.</param>
    /// <param name="cause">What ended the operation, where something did.</param>
    public ServerLimitException(ServerLimit limit, string message, Exception? cause = null)
        : base(message, cause) => Limit = limit;

    /// <summary>The limit that was reached.</summary>
    public ServerLimit Limit { get; }
}
