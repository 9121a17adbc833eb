namespace ProtocolClients;

/// <summary>Which way bytes of a wire log went.</summary>
public enum WireDirection
{
    /// <summary>From this client to the peer.</summary>
    Sent,

    /// <summary>From the peer to this client.</summary>
    Received,

    /// <summary>Neither: a fact about the connection (connected, TLS, closed), in UTF-8.</summary>
    Note,
}

/// <summary>
/// Takes what goes over the wire. Secrets are replaced by <c>***</c> before they get here: they are marked where they are
/// written, so no implementation can leak one. Called from many connections at once; must not block and must not throw.
/// </summary>
public interface IWireLog
{
    /// <summary>Takes one piece of traffic.</summary>
    /// <param name="connection">The number of the connection, unique in this process.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="bytes">The bytes, redacted; valid only during the call.</param>
    void Write(long connection, WireDirection direction, ReadOnlySpan<byte> bytes);
}
