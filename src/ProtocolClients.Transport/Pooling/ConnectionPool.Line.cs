namespace ProtocolClients.Transport;

/// <content>Who waits in line while nothing moves.</content>
public sealed partial class ConnectionPool<TConnection>
{
    /// <summary>Looks after a wait, now and then; null when its caller alone ends it.</summary>
    private ITimer? Watch(Waiter waiter)
    {
        if (_options.MaxStill == Timeout.InfiniteTimeSpan) return null;
        TimeSpan every = Earlier(_options.MaxStill, LongestWait);
        waiter.Seen = Activity();
        // What it wakes is this wait alone, which has its own context.
        if (ExecutionContext.IsFlowSuppressed()) return Create();
        using (ExecutionContext.SuppressFlow()) return Create();

        ITimer Create() => _options.TimeProvider.CreateTimer(static waiter => ((Waiter)waiter!).Look(), waiter, every, every);
    }

    private long Activity() => _options.Activity?.Invoke() ?? 0;

    private TransportException Exhausted(PoolKey key) => new(
        TransportError.PoolExhausted,
        $"All connections are held, and none was used for {_options.MaxStill.TotalSeconds:0.###} s: what holds one (a listing, a stream, a session) has to be ended first, or more allowed.")
    {
        Endpoint = key.EndPoint,
        Delivery = Delivery.NotSent,
    };
}
