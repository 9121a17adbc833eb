using System.Collections.Concurrent;
using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// The clock of one phase: a token that ends with the caller's or with the deadline, and the exception that says which.
/// <code>
/// using PhaseDeadline deadline = PhaseDeadline.Start(time, deadlines, DeadlinePhase.Connect, cancellationToken);
/// try { await socket.ConnectAsync(address, deadline.Token); }
/// catch (OperationCanceledException cause) when (deadline.IsMissed) { throw deadline.Missed(endPoint, cause); }
/// </code>
/// </summary>
public sealed class PhaseDeadline : IDisposable
{
    private const int MaxIdle = 256;

    /// <summary>Sources that were not cancelled, their timers with them: a small request would make both anew.</summary>
    private static readonly ConcurrentQueue<CancellationTokenSource> Idle = new();

    // The one that this thread gave back last: the phases of a small request follow each other.
    [ThreadStatic]
    private static CancellationTokenSource? _lastIdle;

    private readonly CancellationToken _caller;
    private readonly CancellationTokenRegistration _registration;
    private readonly bool _returned;
    private CancellationTokenSource? _source;
    private int _disposed;

    private PhaseDeadline(DeadlinePhase phase, TimeSpan limit, TimeProvider time, bool returned, bool paused, CancellationToken caller)
    {
        Phase = phase;
        Limit = limit;
        _caller = caller;
        if (limit == Timeout.InfiniteTimeSpan) return;
        _returned = returned && ReferenceEquals(time, TimeProvider.System);
        TimeSpan first = paused ? Timeout.InfiniteTimeSpan : limit;
        if (_returned) _source = TakeIdle();
        if (_source is null) _source = new CancellationTokenSource(first, time);
        else if (!paused) _source.CancelAfter(limit);
        _registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>The phase that is timed.</summary>
    public DeadlinePhase Phase { get; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Ends with the caller's token or with the deadline.</summary>
    public CancellationToken Token => _source?.Token ?? _caller;

    /// <summary>True when the deadline passed and the caller had not cancelled: the failure is ours to name.</summary>
    public bool IsMissed => _source is { IsCancellationRequested: true } && !_caller.IsCancellationRequested;

    /// <summary>Starts the clock of a phase.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="deadlines">Where the limit stands.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static PhaseDeadline Start(TimeProvider time, Deadlines deadlines, DeadlinePhase phase, CancellationToken cancellationToken) =>
        Start(time, deadlines, phase, returned: false, cancellationToken);

    /// <summary>Starts the clock of a phase, which may be one that served before.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="deadlines">Where the limit stands.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="returned">
    /// Whether <see cref="Dispose"/> hands the token's source on to another phase: only when nothing that was given the token keeps it, and
    /// nobody calls <see cref="Restart"/> any more.
    /// </param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static PhaseDeadline Start(TimeProvider time, Deadlines deadlines, DeadlinePhase phase, bool returned, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(deadlines);
        cancellationToken.ThrowIfCancellationRequested();
        return new PhaseDeadline(phase, deadlines[phase], time, returned, paused: false, cancellationToken);
    }

    /// <summary>Makes the clock of a phase of several waits, which stands still until <see cref="Restart"/>.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="deadlines">Where the limit stands.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="returned">As for <see cref="Start(TimeProvider, Deadlines, DeadlinePhase, bool, CancellationToken)"/>.</param>
    public static PhaseDeadline StartPaused(TimeProvider time, Deadlines deadlines, DeadlinePhase phase, bool returned)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(deadlines);
        return new PhaseDeadline(phase, deadlines[phase], time, returned, paused: true, default);
    }

    /// <summary>Starts the clock anew: the phase goes on because something moved (a piece of a request body was sent).</summary>
    public void Restart() => Arm(Limit);

    /// <summary>Stops the clock until <see cref="Restart"/>: nothing is waited for.</summary>
    public void Pause() => Arm(Timeout.InfiniteTimeSpan);

    /// <summary>Ends <see cref="Token"/> now, as a caller's own token would that came after the start.</summary>
    public void Cancel()
    {
        if (_source is not { } source || Volatile.Read(ref _disposed) != 0) return;
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The phase ended on another thread meanwhile; there is nothing left to end.
        }
    }

    private void Arm(TimeSpan limit)
    {
        if (_source is not { } source || Volatile.Read(ref _disposed) != 0) return;
        try
        {
            source.CancelAfter(limit);
        }
        catch (ObjectDisposedException)
        {
            // The phase ended on another thread meanwhile; there is nothing left to time.
        }
    }

    /// <summary>The exception for a missed deadline.</summary>
    /// <param name="endPoint">The peer that was too slow.</param>
    /// <param name="cause">What ended the wait; the addresses that an interrupted dial had tried are taken from it.</param>
    /// <param name="delivery">What is known of the operation's delivery.</param>
    public TransportException Missed(EndPoint? endPoint, Exception? cause = null, Delivery delivery = Delivery.MaybeSent) =>
        new(TransportError.Timeout, $"The {Phase} deadline of {Limit.TotalSeconds:0.###} s passed.", cause)
        {
            Phase = Phase,
            Endpoint = endPoint,
            Delivery = Phase is DeadlinePhase.Connect or DeadlinePhase.Tls ? Delivery.NotSent : delivery,
            Attempts = TransportException.AttemptsOf(cause),
        };

    /// <summary>Ends the phase.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        // Waits for a callback that runs: afterwards nobody cancels the source.
        _registration.Dispose();
        if (_source is not { } source) return;
        if (_returned && (_lastIdle is null || Idle.Count < MaxIdle) && source.TryReset())
        {
            _source = null;
            if (_lastIdle is null) _lastIdle = source;
            else Idle.Enqueue(source);
            return;
        }

        source.Dispose();
    }

    private static CancellationTokenSource? TakeIdle()
    {
        if (_lastIdle is not { } last) return Idle.TryDequeue(out CancellationTokenSource? idle) ? idle : null;
        _lastIdle = null;
        return last;
    }
}
