namespace ProtocolClients.Transport;

/// <summary>
/// The deadline of one wait after another on one connection, by one token source that is used again: a deadline a read
/// must not cost an allocation a read. A <see cref="PhaseDeadline"/> is for phases that happen once.
/// </summary>
internal sealed class PhaseClock(TimeProvider time) : IDisposable
{
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _caller;

    /// <summary>Starts a wait; end it by <see cref="Stop"/>.</summary>
    public CancellationToken Start(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (limit == Timeout.InfiniteTimeSpan) return cancellationToken;
        if (_source is null || _source.IsCancellationRequested)
        {
            _source?.Dispose();
            _source = new CancellationTokenSource(limit, time);
        }
        else
        {
            _source.CancelAfter(limit);
        }

        if (cancellationToken.CanBeCanceled)
            _caller = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        return _source.Token;
    }

    public void Stop()
    {
        _caller.Dispose();
        _caller = default;
        // A source that was cancelled meanwhile is replaced at the next start.
        try
        {
            _source?.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The channel was disposed in the middle of the wait.
        }
    }

    public void Dispose()
    {
        _caller.Dispose();
        _source?.Dispose();
    }
}
