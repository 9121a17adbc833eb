namespace ProtocolClients.Transport;

/// <summary>
/// Connections that many tasks share, kept apart by all that they depend on (<see cref="PoolKey"/>). A lease gets an idle
/// connection, the most recent first; else a new one while the key is under its limit; else it waits in line. Safe for many tasks.
/// <code>
/// await using Lease&lt;MyConnection&gt; lease = await pool.LeaseAsync(key, c =&gt; c.Directory == "/pub", cancellationToken);
/// try { await lease.Connection.DoAsync(cancellationToken); }
/// catch { lease.Break(); throw; }                             // closed, not reused
/// </code>
/// </summary>
/// <typeparam name="TConnection">The protocol's connection.</typeparam>
public sealed partial class ConnectionPool<TConnection> : IAsyncDisposable
    where TConnection : class, IPooledConnection
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PoolKey, Shelf> _shelves = [];
    private readonly Func<PoolKey, CancellationToken, ValueTask<TConnection>> _open;
    private readonly PoolOptions _options;
    private readonly long _start;
    private readonly ITimer _timer;
    private TimeSpan _wakesAt = TimeSpan.MaxValue;
    private bool _disposed;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="open">
    /// Opens a connection of a key and brings it to where a lease may begin (greeting, TLS, login). It fails by throwing, and
    /// then has closed what it opened. The token is that of the lease that needs the connection.
    /// </param>
    /// <param name="options">Limits and time; null for <see cref="PoolOptions.Default"/>.</param>
    public ConnectionPool(Func<PoolKey, CancellationToken, ValueTask<TConnection>> open, PoolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        _open = open;
        _options = options ?? PoolOptions.Default;
        _start = _options.TimeProvider.GetTimestamp();
        _timer = CreateTimer();
    }

    /// <summary>Takes a connection for one task; waits in line, first come first served, while all of the key are taken.</summary>
    /// <param name="key">All that the connection depends on.</param>
    /// <param name="prefer">
    /// True for an idle connection that already is in the wanted state; the most recent such is taken, or else the most recent
    /// of all. Called inside the pool's lock: quick, and without a call to the pool. Null for no preference.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the wait and the dial; the only bound of the wait but <see cref="PoolOptions.MaxStill"/>. A connection that was handed over in the moment of the
    /// cancellation is returned all the same: await the call itself, not a race of it with a delay.
    /// </param>
    /// <exception cref="ObjectDisposedException">The pool was disposed, before or during the wait or the dial.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TransportException">Nothing moved for as long as <see cref="PoolOptions.MaxStill"/> while it waited.</exception>
    /// <remarks>Whatever opening a connection throws comes through; its place goes to the next in line.</remarks>
    public ValueTask<Lease<TConnection>> LeaseAsync(
        PoolKey key,
        Func<TConnection, bool>? prefer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<Lease<TConnection>>(cancellationToken);
        Shelf? shelf;
        Entry? entry;
        Waiter? waiter = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_shelves.TryGetValue(key, out shelf)) _shelves.Add(key, shelf = new Shelf(this, key, _options.MaxConnections));
            entry = shelf.TakeIdle(prefer);
            if (entry is null && shelf.Places >= shelf.Limit) waiter = new Waiter(shelf);
            else if (entry is null) shelf.Places++;
        }

        if (waiter is not null) return WaitAsync(waiter, prefer, cancellationToken);
        return entry is not null && IsFit(entry)
            ? new ValueTask<Lease<TConnection>>(new Lease<TConnection>(entry))
            : OpenAsync(shelf, entry, prefer, cancellationToken);
    }

    /// <summary>
    /// The server said that there are too many connections (FTP 421): allows one fewer than there are now. Call it while the
    /// refused one still has its place: from the delegate that opens connections, or before its lease is disposed.
    /// </summary>
    /// <param name="key">Whose limit.</param>
    /// <returns>The limit from now on; see <see cref="LowerLimit(PoolKey, int)"/>.</returns>
    public int LowerLimit(PoolKey key) => LowerLimit(key, limit: null);

    /// <summary>
    /// Allows no more than so many connections of a key. Surplus idle ones are closed now, surplus leased ones when they come
    /// back. The limit is only ever lowered; it is forgotten when the last connection of the key is closed, since the others
    /// that the server counted may be gone by then.
    /// </summary>
    /// <param name="key">Whose limit. A key without connections has none to lower.</param>
    /// <param name="limit">The new limit; less than 1 counts as 1.</param>
    /// <returns>The limit from now on.</returns>
    public int LowerLimit(PoolKey key, int limit) => LowerLimit(key, (int?)limit);

    /// <summary>
    /// Closes the idle connections. Does not wait for leases: theirs are closed when they come back, those being dialed when
    /// they are open. Who waits in line gets <see cref="ObjectDisposedException"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        List<Entry> idle = [];
        List<Waiter> waiters = [];
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (Shelf shelf in _shelves.Values)
            {
                idle.AddRange(shelf.Idle);
                waiters.AddRange(shelf.Waiters);
                shelf.Idle.Clear();
                shelf.Waiters.Clear();
            }
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        foreach (Waiter waiter in waiters) waiter.TrySetException(new ObjectDisposedException(GetType().FullName));
        await Task.WhenAll(idle.Select(CloseAndReleaseAsync)).ConfigureAwait(false);
    }

    /// <summary>How many places are taken, connections idle and callers in line, for tests.</summary>
    internal (int Places, int Idle, int Waiting) Count(PoolKey key)
    {
        lock (_gate) return _shelves.TryGetValue(key, out Shelf? shelf) ? (shelf.Places, shelf.Idle.Count, shelf.Waiters.Count) : default;
    }

    /// <summary>Takes a connection back from its lease.</summary>
    internal ValueTask ReturnAsync(Entry entry, bool broken) =>
        TryKeep(entry, broken) ? ValueTask.CompletedTask : new ValueTask(CloseAndReleaseAsync(entry));

    private static async Task CloseAsync(TConnection connection)
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Gone either way; thrown from the end of a lease it would hide what broke the connection.
        }
    }

    private int LowerLimit(PoolKey key, int? limit)
    {
        ArgumentNullException.ThrowIfNull(key);
        List<Entry> surplus;
        int lowered;
        lock (_gate)
        {
            if (!_shelves.TryGetValue(key, out Shelf? shelf)) return _options.MaxConnections;
            lowered = shelf.Limit = Math.Min(shelf.Limit, Math.Max(1, limit ?? (shelf.Places - 1)));
            int count = Math.Clamp(shelf.Open - lowered, 0, shelf.Idle.Count);
            surplus = shelf.Idle.GetRange(0, count);
            shelf.Idle.RemoveRange(0, count);
            shelf.Open -= count;
        }

        CloseInBackground(surplus);
        return lowered;
    }

    private bool IsFit(Entry entry)
    {
        try
        {
            return Now() < entry.Due && entry.Connection.IsUsable;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async ValueTask<Lease<TConnection>> WaitAsync(
        Waiter waiter,
        Func<TConnection, bool>? prefer,
        CancellationToken cancellationToken)
    {
        Entry? entry;
        using (cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!).Cancel(token), waiter))
        using (Watch(waiter))
            entry = await waiter.Task.ConfigureAwait(false);
        return entry is not null && IsFit(entry)
            ? new Lease<TConnection>(entry)
            : await OpenAsync(waiter.Shelf, entry, prefer, cancellationToken).ConfigureAwait(false);
    }

    // The caller has a place. In it lies a connection that is not fit for use, or none.
    private async ValueTask<Lease<TConnection>> OpenAsync(
        Shelf shelf,
        Entry? unfit,
        Func<TConnection, bool>? prefer,
        CancellationToken cancellationToken)
    {
        TConnection connection;
        try
        {
            while (unfit is not null)
            {
                lock (_gate) shelf.Open--;
                await CloseAsync(unfit.Connection).ConfigureAwait(false);
                unfit = TakeInstead(shelf, prefer);
                if (unfit is not null && IsFit(unfit)) return new Lease<TConnection>(unfit);
            }

            connection = await _open(shelf.Key, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Release(shelf);
            throw;
        }

        var entry = new Entry(shelf, connection, Now());
        bool disposed;
        lock (_gate)
        {
            disposed = _disposed;
            if (!disposed) shelf.Open++;
        }

        if (!disposed) return new Lease<TConnection>(entry);
        await CloseAndReleaseAsync(entry).ConfigureAwait(false);
        throw new ObjectDisposedException(GetType().FullName);
    }

    // Another idle connection, which has its own place; the one in hand is given up. Where one is idle, nobody waits for it.
    private Entry? TakeInstead(Shelf shelf, Func<TConnection, bool>? prefer)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Entry? entry = shelf.TakeIdle(prefer);
            if (entry is not null) shelf.Places--;
            return entry;
        }
    }

    // False when the connection has to be closed instead. Those that are being dialed are no surplus: the server that said "too many" of
    // one of them is about to refuse the others too, and the one that it took, closed on their account, left nobody to wait for.
    private bool TryKeep(Entry entry, bool broken)
    {
        Shelf shelf = entry.Shelf;
        Waiter? next;
        lock (_gate)
        {
            TimeSpan now = Now();
            TimeSpan old = Later(entry.OpenedAt, _options.MaxLifetime);
            if (_disposed || broken || shelf.Open > shelf.Limit || old <= now)
            {
                shelf.Open--;
                return false;
            }

            entry.Due = Earlier(old, Later(now, _options.MaxIdleTime));
            next = shelf.NextWaiter();
            if (next is null)
            {
                shelf.Idle.Add(entry);
                WakeAt(entry.Due, now);
            }
        }

        next?.TrySetResult(entry);
        return true;
    }

    private async Task CloseAndReleaseAsync(Entry entry)
    {
        await CloseAsync(entry.Connection).ConfigureAwait(false);
        Release(entry.Shelf);
    }

    // A place became free: the next in line dials in it.
    private void Release(Shelf shelf)
    {
        Waiter? next = null;
        lock (_gate)
        {
            shelf.Places--;
            if (shelf.Places < shelf.Limit) next = shelf.NextWaiter();
            if (next is not null) shelf.Places++;
            else if (shelf.Places == 0) _shelves.Remove(shelf.Key);
        }

        next?.TrySetResult(null);
    }
}
