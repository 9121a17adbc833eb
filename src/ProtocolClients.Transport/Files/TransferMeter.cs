namespace ProtocolClients.Transport;

/// <summary>Tells a caller how far a transfer has come, about ten times a second, with a rate smoothed over some seconds.</summary>
public sealed class TransferMeter
{
    private const double SmoothingSeconds = 3;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly IProgress<TransferProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long _reported;
    private long _bytes;
    private double _rate;

    /// <summary>Makes a meter.</summary>
    /// <param name="progress">Who is told; null for nobody, and then nothing is measured.</param>
    /// <param name="time">The source of time.</param>
    public TransferMeter(IProgress<TransferProgress>? progress, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _progress = progress;
        _time = time;
    }

    /// <summary>Whether anybody is told.</summary>
    public bool IsListenedTo => _progress is not null;

    /// <summary>The transfer begins, or begins anew, at a byte.</summary>
    /// <param name="bytes">Where.</param>
    /// <param name="total">The bytes of the whole; null when nobody said.</param>
    /// <param name="segments">Connections that move parts of it.</param>
    public void Begin(long bytes, long? total, int segments = 1)
    {
        if (_progress is null) return;
        lock (_gate)
        {
            _reported = _time.GetTimestamp();
            _bytes = bytes;
        }

        Tell(bytes, total, TransferPhase.Transferring, segments);
    }

    /// <summary>It has come to a byte.</summary>
    /// <param name="bytes">How far.</param>
    /// <param name="total">The bytes of the whole; null when nobody said.</param>
    /// <param name="segments">Connections that move parts of it.</param>
    public void Moved(long bytes, long? total, int segments = 1)
    {
        if (_progress is null) return;
        lock (_gate)
        {
            TimeSpan elapsed = _time.GetElapsedTime(_reported);
            if (elapsed < Every) return;
            double now = Math.Max(0, bytes - _bytes) / elapsed.TotalSeconds;
            _rate = _rate == 0 ? now : _rate + ((now - _rate) * (1 - Math.Exp(-elapsed.TotalSeconds / SmoothingSeconds)));
            _reported = _time.GetTimestamp();
            _bytes = bytes;
        }

        Tell(bytes, total, TransferPhase.Transferring, segments);
    }

    /// <summary>Another phase begins.</summary>
    /// <param name="phase">Which.</param>
    /// <param name="bytes">The bytes of the whole.</param>
    public void Enter(TransferPhase phase, long bytes)
    {
        if (_progress is not null) Tell(bytes, bytes, phase, 0);
    }

    // Not under the lock: it is the caller's code.
    private void Tell(long bytes, long? total, TransferPhase phase, int segments) =>
        _progress!.Report(new TransferProgress(bytes, total) { Phase = phase, Rate = _rate, Segments = segments });
}
