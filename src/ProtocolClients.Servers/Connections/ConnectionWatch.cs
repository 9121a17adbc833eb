namespace ProtocolClients.Servers;

/// <summary>
/// The two clocks of a connection. Idle time counts only while an operation waits for the peer. Progress writes a timestamp
/// and nothing more; the timer, when it fires, sees how much is left and sleeps again.
/// </summary>
internal sealed class ConnectionWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly TimeSpan _request;
    private readonly Action<ServerLimit> _expired;
    private readonly ITimer? _idleTimer;
    private readonly ITimer? _requestTimer;
    private long _progress;
    private int _waiting;

    public ConnectionWatch(ServerOptions options, Action<ServerLimit> expired)
    {
        _time = options.TimeProvider;
        _idle = options.IdleTimeout;
        _request = options.RequestDeadline;
        _expired = expired;
        _progress = _time.GetTimestamp();
        if (_idle != Timeout.InfiniteTimeSpan)
            _idleTimer = _time.CreateTimer(static self => ((ConnectionWatch)self!).CheckIdle(), this, _idle, Timeout.InfiniteTimeSpan);
        if (_request != Timeout.InfiniteTimeSpan)
        {
            _requestTimer = _time.CreateTimer(
                static self => ((ConnectionWatch)self!)._expired(ServerLimit.Request), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Wait()
    {
        if (_idleTimer is null) return;
        // A second operation beside a waiting one does not excuse the peer that keeps the first one waiting.
        if (Interlocked.Increment(ref _waiting) == 1) Volatile.Write(ref _progress, _time.GetTimestamp());
    }

    public void Progressed()
    {
        if (_idleTimer is not null) Volatile.Write(ref _progress, _time.GetTimestamp());
    }

    public void WaitEnded()
    {
        if (_idleTimer is not null) Interlocked.Decrement(ref _waiting);
    }

    public void BeginRequest() => _requestTimer?.Change(_request, Timeout.InfiniteTimeSpan);

    public void EndRequest() => _requestTimer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _idleTimer?.Dispose();
        _requestTimer?.Dispose();
    }

    private void CheckIdle()
    {
        TimeSpan left = _idle;
        if (Volatile.Read(ref _waiting) > 0) left -= _time.GetElapsedTime(Volatile.Read(ref _progress));
        if (left > TimeSpan.Zero) _idleTimer?.Change(left, Timeout.InfiniteTimeSpan);
        else _expired(ServerLimit.Idle);
    }
}
