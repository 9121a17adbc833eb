namespace ProtocolClients.Testing;

/// <summary>
/// Time that moves only when a test moves it: deadlines, delays and backoff pass without waiting. Timers fire in the order
/// in which they are due, on the thread that calls <see cref="Advance"/>, each with the clock standing at its own moment.
/// Safe for many threads.
/// </summary>
public sealed class VirtualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _timers = [];
    private readonly List<Waiter> _waiters = [];
    private TimeSpan _elapsed;
    private DateTimeOffset _origin;
    private long _sequence;

    /// <summary>Starts at 2026-01-01 00:00:00 UTC.</summary>
    public VirtualTime()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts at a moment.</summary>
    /// <param name="start">What <see cref="GetUtcNow"/> says first.</param>
    public VirtualTime(DateTimeOffset start) => _origin = start.ToUniversalTime();

    /// <summary>Always UTC, so that tests do not depend on where they run.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>One tick of <see cref="GetTimestamp"/> is 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How far time was advanced since the start.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate) return _elapsed;
        }
    }

    /// <summary>How many timers are waiting to fire.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    /// <summary>How long until the next timer fires; null when none waits.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_gate) return Earliest() is { } timer ? Positive(timer.Due - _elapsed) : null;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _origin + _elapsed;
    }

    /// <summary>
    /// Sets the wall clock, as an administrator or NTP does: <see cref="GetUtcNow"/> jumps, forward or back;
    /// <see cref="GetTimestamp"/> and timers do not notice.
    /// </summary>
    /// <param name="now">What <see cref="GetUtcNow"/> says from now on.</param>
    public void SetUtcNow(DateTimeOffset now)
    {
        lock (_gate) _origin = now.ToUniversalTime() - _elapsed;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed.Ticks;
    }

    /// <summary>
    /// Moves time on and fires every timer that becomes due on the way, those made on the way included. Returns when their
    /// callbacks have returned; what they woke on other threads may still run.
    /// </summary>
    /// <param name="by">How far; not negative. Zero fires what is due already.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate) target = _elapsed + by;
        while (true)
        {
            VirtualTimer? next;
            lock (_gate)
            {
                next = Earliest();
                if (next is null || next.Due > target)
                {
                    if (target > _elapsed) _elapsed = target;
                    return;
                }

                if (next.Due > _elapsed) _elapsed = next.Due;
                next.Reschedule();
            }

            next.Fire();
        }
    }

    /// <summary>Waits until a timer is waiting, then moves time to the moment when the next one fires.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How far time moved.</returns>
    public async Task<TimeSpan> AdvanceToNextTimerAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await WaitForTimerAsync(1, cancellationToken).ConfigureAwait(false);
            if (NextTimer is not { } due) continue;
            Advance(due);
            return due;
        }
    }

    /// <summary>Completes as soon as at least so many timers are waiting: then the code under test is really waiting for time.</summary>
    /// <param name="count">How many; 1 by default.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForTimerAsync(int count = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return WaitAsync(() => _timers.Count >= count, cancellationToken);
    }

    /// <summary>
    /// Completes as soon as a timer is waiting that fires within a time from now: for code that keeps a long deadline and
    /// then waits for something shorter.
    /// </summary>
    /// <param name="within">The longest wait that counts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForTimerAsync(TimeSpan within, CancellationToken cancellationToken = default) =>
        WaitAsync(() => Earliest() is { } timer && timer.Due - _elapsed <= within, cancellationToken);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static TimeSpan Positive(TimeSpan value) => value < TimeSpan.Zero ? TimeSpan.Zero : value;

    private VirtualTimer? Earliest()
    {
        VirtualTimer? earliest = null;
        foreach (VirtualTimer timer in _timers)
        {
            if (earliest is null || timer.Due < earliest.Due || (timer.Due == earliest.Due && timer.Sequence < earliest.Sequence))
            {
                earliest = timer;
            }
        }

        return earliest;
    }

    private async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (condition()) return;
            waiter = new Waiter(condition);
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _waiters.Remove(waiter);
        }
    }

    private void TimersChanged()
    {
        foreach (Waiter waiter in _waiters)
        {
            if (waiter.Condition()) waiter.Done.TrySetResult();
        }
    }

    private sealed record Waiter(Func<bool> Condition)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private TimeSpan _period;
        private bool _disposed;

        public TimeSpan Due { get; private set; }

        public long Sequence { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Check(dueTime, nameof(dueTime));
            Check(period, nameof(period));
            lock (time._gate)
            {
                if (_disposed) return false;
                time._timers.Remove(this);

                // As the platform's timers read it: a period of zero is none.
                _period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
                if (dueTime != Timeout.InfiniteTimeSpan) Schedule(time._elapsed + dueTime);
                time.TimersChanged();
            }

            if (dueTime == TimeSpan.Zero) ThreadPool.QueueUserWorkItem(static t => t.Advance(TimeSpan.Zero), time, preferLocal: false);
            return true;
        }

        // Under the gate.
        public void Reschedule()
        {
            time._timers.Remove(this);
            if (_period != Timeout.InfiniteTimeSpan) Schedule(Due + _period);
        }

        public void Fire()
        {
            if (_context is null) callback(state);
            else ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).Call(), this);
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                _disposed = true;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private static void Check(TimeSpan value, string name)
        {
            if (value < TimeSpan.Zero && value != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(name, value, "A time is not negative.");
            }
        }

        private void Call() => callback(state);

        private void Schedule(TimeSpan due)
        {
            Due = due;
            Sequence = time._sequence++;
            time._timers.Add(this);
        }
    }
}
