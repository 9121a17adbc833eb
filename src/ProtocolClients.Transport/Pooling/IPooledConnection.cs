namespace ProtocolClients.Transport;

/// <summary>
/// What a protocol's connection shows to a <see cref="ConnectionPool{TConnection}"/>. Disposing it closes it; the pool
/// counts it as open until its disposal has ended, so a farewell (QUIT) has to be bounded in time.
/// </summary>
public interface IPooledConnection : IAsyncDisposable
{
    /// <summary>
    /// Whether the connection may serve another lease: it is not broken, the peer did not close it, and nothing arrived that
    /// nobody asked for. Asked before each reuse, while nobody else has the connection. A local check that neither sends nor
    /// waits (<see cref="WireChannel.CheckIdle"/>); one that throws counts as false.
    /// </summary>
    bool IsUsable { get; }
}
