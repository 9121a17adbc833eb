namespace ProtocolClients;

/// <summary>Tells a caller how far a transfer has come, about ten times a second, with a rate smoothed over some seconds.</summary>
internal sealed class TransferMeter(IProgress<TransferProgress>? progress, TimeProvider time)
{
    private const double SmoothingSeconds = 3;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private long _reported;
    private long _bytes;
    private double _rate;

    public bool IsListenedTo => progress is not null;

    /// <summary>The transfer begins, or begins anew, at a byte.</summary>
    public void Begin(long bytes, long? total, int segments = 1)
    {
        if (progress is null) return;
        lock (_gate)
        {
            _reported = time.GetTimestamp();
            _bytes = bytes;
        }

        Tell(bytes, total, TransferPhase.Transferring, segments);
    }

    /// <summary>It has come to a byte.</summary>
    public void Moved(long bytes, long? total, int segments = 1)
    {
        if (progress is null) return;
        lock (_gate)
        {
            TimeSpan elapsed = time.GetElapsedTime(_reported);
            if (elapsed < Every) return;
            double now = Math.Max(0, bytes - _bytes) / elapsed.TotalSeconds;
            _rate = _rate == 0 ? now : _rate + ((now - _rate) * (1 - Math.Exp(-elapsed.TotalSeconds / SmoothingSeconds)));
            _reported = time.GetTimestamp();
            _bytes = bytes;
        }

        Tell(bytes, total, TransferPhase.Transferring, segments);
    }

    public void Enter(TransferPhase phase, long bytes)
    {
        if (progress is not null) Tell(bytes, bytes, phase, 0);
    }

    // Not under the lock: it is the caller's code.
    private void Tell(long bytes, long? total, TransferPhase phase, int segments) =>
        progress!.Report(new TransferProgress(bytes, total) { Phase = phase, Rate = _rate, Segments = segments });
}
