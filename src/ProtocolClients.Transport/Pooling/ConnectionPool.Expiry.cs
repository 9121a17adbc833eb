namespace ProtocolClients.Transport;

/// <content>Closing what lay idle for too long: one timer a pool, set for the connection that is due first.</content>
public sealed partial class ConnectionPool<TConnection>
{
    // The platform's timers go to 49 days; waking once a day costs nothing.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static TimeSpan Later(TimeSpan from, TimeSpan by) =>
        by == Timeout.InfiniteTimeSpan || by >= TimeSpan.MaxValue - from ? TimeSpan.MaxValue : from + by;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private TimeSpan Now() => _options.TimeProvider.GetElapsedTime(_start);

    private ITimer CreateTimer()
    {
        // The timer outlives the request that makes the pool: it must not carry its trace and its locals along.
        if (ExecutionContext.IsFlowSuppressed()) return Create();
        using (ExecutionContext.SuppressFlow()) return Create();

        ITimer Create() => _options.TimeProvider.CreateTimer(
            static pool => ((ConnectionPool<TConnection>)pool!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Under the gate. A connection that is leased again does not stop the timer: it then finds nothing and sets itself anew.
    private void WakeAt(TimeSpan due, TimeSpan now)
    {
        if (due >= _wakesAt) return;
        _wakesAt = due;
        double wait = Math.Ceiling(Earlier(due - now, LongestWait).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, wait)), Timeout.InfiniteTimeSpan);
    }

    private void Sweep()
    {
        List<Entry> expired = [];
        lock (_gate)
        {
            if (_disposed) return;
            TimeSpan now = Now();
            TimeSpan next = TimeSpan.MaxValue;
            foreach (Shelf shelf in _shelves.Values)
            {
                foreach (Entry entry in shelf.Idle)
                {
                    if (entry.Due <= now) expired.Add(entry);
                    else next = Earlier(next, entry.Due);
                }
            }

            foreach (Entry entry in expired)
            {
                entry.Shelf.Idle.Remove(entry);
                entry.Shelf.Open--;
            }

            _wakesAt = TimeSpan.MaxValue;
            WakeAt(next, now);
        }

        CloseInBackground(expired);
    }

    // Nobody waits for these, and closing does not throw.
    private void CloseInBackground(List<Entry> entries)
    {
        foreach (Entry entry in entries) _ = CloseAndReleaseAsync(entry);
    }
}
