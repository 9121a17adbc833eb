namespace ProtocolClients;

/// <summary>
/// A limit of bytes a second, for one transfer or for all that share the object; it can be changed while they run. What is asked for
/// is granted in the order of the asking, in small pieces: transfers of equal need get equal shares. Safe for many tasks.
/// </summary>
/// <remarks>
/// A token bucket: what was not used is kept for a quarter of a second, so that the average is met though reads come in bursts. A
/// number converts: <c>RateLimit = 10 &lt;&lt; 20</c>.
/// </remarks>
public sealed class RateLimit
{
    private const double BurstSeconds = 0.25;
    private const int MinPiece = 1024;
    private const int MaxPiece = 64 * 1024;

    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeProvider? _time;
    private long _last;
    private long _rate;

    // Bytes since the beginning: who asks waits until what was granted has reached what had been asked for by then, himself included.
    private double _asked;
    private double _granted;

    /// <summary>Makes a limit.</summary>
    /// <param name="bytesPerSecond">Bytes a second; 0 for no limit.</param>
    public RateLimit(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerSecond);
        _rate = bytesPerSecond;
    }

    /// <summary>Bytes a second; 0 for no limit. A change holds at once, for what waits already too.</summary>
    public long BytesPerSecond
    {
        get => Volatile.Read(ref _rate);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            TaskCompletionSource changed;
            lock (_gate)
            {
                if (value == _rate) return;
                Refill();
                Volatile.Write(ref _rate, value);
                changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }
    }

    /// <summary>The most bytes to move at once, so that a limit is felt as a slow stream and not as pauses.</summary>
    public int Piece => BytesPerSecond is > 0 and { } rate ? (int)Math.Clamp(rate / 20, MinPiece, MaxPiece) : int.MaxValue;

    /// <summary>Takes a number as a limit; 0 is none.</summary>
    /// <param name="bytesPerSecond">Bytes a second.</param>
    public static implicit operator RateLimit(long bytesPerSecond) => new(bytesPerSecond);

    /// <summary>The limit of a number: the named form of the conversion.</summary>
    /// <param name="bytesPerSecond">Bytes a second; 0 for no limit.</param>
    public static RateLimit FromInt64(long bytesPerSecond) => new(bytesPerSecond);

    /// <summary>Pays for bytes that were moved: ends when the limit allows the next ones. Done at once without a limit.</summary>
    /// <param name="bytes">How many were moved.</param>
    /// <param name="time">The source of time; the first one stays.</param>
    /// <param name="cancellationToken">Ends the waiting; what was moved stays paid.</param>
    public ValueTask PayAsync(long bytes, TimeProvider time, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(time);
        lock (_gate)
        {
            if (_time is null)
            {
                _time = time;
                _last = time.GetTimestamp();
            }

            Refill();
            _asked += bytes;
            return IsGranted(_asked) ? ValueTask.CompletedTask : WaitAsync(_asked, cancellationToken);
        }
    }

    private async ValueTask WaitAsync(double ticket, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_gate)
            {
                Refill();
                if (IsGranted(ticket)) return;
                changed = _changed.Task;
                // A timer does not hold fractions of a millisecond, nor more than some weeks.
                wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((ticket - _granted) * 1000 / _rate), 1, int.MaxValue));
            }

            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task delay = Task.Delay(wait, _time!, wake.Token);
            if (await Task.WhenAny(delay, changed).ConfigureAwait(false) == changed) await wake.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool IsGranted(double ticket) => _rate == 0 || ticket <= _granted;

    private void Refill()
    {
        if (_time is null) return;
        long now = _time.GetTimestamp();
        double most = _asked + (_rate * BurstSeconds);
        _granted = _rate == 0 ? _asked : Math.Min(most, _granted + (_time.GetElapsedTime(_last, now).TotalSeconds * _rate));
        _last = now;
    }
}
