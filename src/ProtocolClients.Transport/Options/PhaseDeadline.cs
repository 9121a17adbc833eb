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
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;
    private volatile bool _disposed;

    private PhaseDeadline(DeadlinePhase phase, TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        Phase = phase;
        Limit = limit;
        _caller = caller;
        if (limit == Timeout.InfiniteTimeSpan) return;
        _timer = new CancellationTokenSource(limit, time);
        if (caller.CanBeCanceled) _linked = CancellationTokenSource.CreateLinkedTokenSource(caller, _timer.Token);
    }

    /// <summary>The phase that is timed.</summary>
    public DeadlinePhase Phase { get; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Ends with the caller's token or with the deadline.</summary>
    public CancellationToken Token => _linked?.Token ?? _timer?.Token ?? _caller;

    /// <summary>True when the deadline passed and the caller had not cancelled: the failure is ours to name.</summary>
    public bool IsMissed => _timer is { IsCancellationRequested: true } && !_caller.IsCancellationRequested;

    /// <summary>Starts the clock of a phase.</summary>
    /// <param name="time">The source of time.</param>
    /// <param name="deadlines">Where the limit stands.</param>
    /// <param name="phase">The phase.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static PhaseDeadline Start(TimeProvider time, Deadlines deadlines, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(deadlines);
        cancellationToken.ThrowIfCancellationRequested();
        return new PhaseDeadline(phase, deadlines[phase], time, cancellationToken);
    }

    /// <summary>Starts the clock anew: the phase goes on because something moved (a piece of a request body was sent).</summary>
    public void Restart()
    {
        if (_timer is null || _disposed) return;
        try
        {
            _timer.CancelAfter(Limit);
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

    /// <summary>Stops the clock.</summary>
    public void Dispose()
    {
        _disposed = true;
        _linked?.Dispose();
        _timer?.Dispose();
    }
}
