namespace ProtocolClients.Transport;

/// <summary>
/// One connection for one task, for a while. Disposing the lease gives the connection back to its pool, or closes it after
/// <see cref="Break"/>. Disposing it again does nothing.
/// </summary>
/// <typeparam name="TConnection">The protocol's connection.</typeparam>
public sealed class Lease<TConnection> : IAsyncDisposable
    where TConnection : class, IPooledConnection
{
    private readonly ConnectionPool<TConnection>.Entry _entry;
    private int _returned;
    private volatile bool _broken;

    internal Lease(ConnectionPool<TConnection>.Entry entry) => _entry = entry;

    /// <summary>The connection, until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The lease was disposed: somebody else may have the connection now.</exception>
    public TConnection Connection
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _returned) != 0, this);
            return _entry.Connection;
        }
    }

    /// <summary>
    /// The connection is out of step with its peer, or in a state that no other lease should see: it is closed when the lease
    /// is disposed. After that it has no effect.
    /// </summary>
    public void Break() => _broken = true;

    /// <summary>Gives the connection back; closes it when it is broken or too old, or when the pool was disposed. Does not throw.</summary>
    public ValueTask DisposeAsync() =>
        Interlocked.Exchange(ref _returned, 1) != 0 ? ValueTask.CompletedTask : _entry.Shelf.Pool.ReturnAsync(_entry, _broken);
}
