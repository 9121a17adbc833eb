namespace ProtocolClients.Transport;

/// <summary>
/// The deadline of one wait after another on one connection, by one token source that is used again: a deadline a read
/// must not cost an allocation a read. A <see cref="PhaseDeadline"/> is for phases that happen once.
/// </summary>
public sealed class PhaseClock : IDisposable
{
    private readonly TimeProvider _time;
    private CancellationTokenSource? _source;
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private bool _isArmed;

    /// <summary>Makes a clock; nothing is timed yet.</summary>
    /// <param name="time">The source of time.</param>
    public PhaseClock(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
    }

    /// <summary>Starts a wait; end it by <see cref="Stop"/>.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Ends with the caller's token or with the limit: it was the limit when the caller's is not cancelled.</returns>
    public CancellationToken Start(TimeSpan limit, CancellationToken cancellationToken)
    {
        CancellationToken token = Prepare(limit, cancellationToken);
        Arm(limit);
        return token;
    }

    /// <summary>
    /// Gives the token of a wait that may turn out to be none, for what is there already: <see cref="Arm"/> follows when there is one to wait
    /// for, and <see cref="Stop"/> in either case.
    /// </summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>As <see cref="Start"/>.</returns>
    public CancellationToken Prepare(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (limit == Timeout.InfiniteTimeSpan) return cancellationToken;
        if (_source is null || _source.IsCancellationRequested)
        {
            _source?.Dispose();
            _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        }

        _caller = cancellationToken;
        if (cancellationToken.IsCancellationRequested) _source.Cancel();
        return _source.Token;
    }

    /// <summary>Time runs from now on, and the caller's token is heard, for what <see cref="Prepare"/> began.</summary>
    /// <param name="limit">As there.</param>
    public void Arm(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan) return;
        _isArmed = true;
        if (_caller.CanBeCanceled) _registration = _caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        _source!.CancelAfter(limit);
    }

    /// <summary>Ends the wait.</summary>
    public void Stop()
    {
        _caller = default;
        if (!_isArmed) return;
        _isArmed = false;
        _registration.Dispose();
        _registration = default;
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

    /// <summary>Frees the timer.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _source?.Dispose();
    }
}
