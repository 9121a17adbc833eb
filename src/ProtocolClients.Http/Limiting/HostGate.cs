namespace ProtocolClients;

/// <summary>
/// Lets requests to one origin begin: so many at once, so many in a period, none while the server wants a rest. First come, first
/// served. The rate is a clock of arrivals: each request moves the moment from which the next one may begin, which needs no
/// timer while nobody waits. The platform's limiters know no clock but the machine's, so that no test could drive them.
/// </summary>
internal sealed class HostGate : IDisposable
{
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly HostLimits _limits;
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _tolerance;
    private ITimer? _timer;
    private TimeSpan _arrival;
    private TimeSpan _restUntil;
    private int _running;
    private bool _retired;

    public HostGate(HostLimits limits, TimeProvider time)
    {
        _limits = limits;
        _time = time;
        _origin = time.GetTimestamp();
        _interval = limits.Requests is { } requests ? limits.Period / requests : TimeSpan.Zero;
        _tolerance = _interval * (limits.Burst - 1);
    }

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <summary>Waits for its turn; null when the gate is gone, and another stands in its place.</summary>
    /// <exception cref="ObjectDisposedException">The session was closed while this waited.</exception>
    public async ValueTask<HostSlot?> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_gate)
        {
            if (_retired) return null;
            if (_waiting.Count == 0 && TryBegin()) return new HostSlot(this);
            waiter = new Waiter(this, cancellationToken);
            _waiting.AddLast(waiter.Node);
            Arm();
        }

        // Outside of the lock: a token that was cancelled meanwhile calls back at once.
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((Waiter)state!).Cancel(), waiter);
        await using (registration.ConfigureAwait(false))
        {
            return await waiter.Turn.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Nothing begins for a while; a longer rest that is on stays.</summary>
    public void Rest(TimeSpan wait)
    {
        lock (_gate)
        {
            TimeSpan until = Now + wait;
            if (until > _restUntil) _restUntil = until;
        }
    }

    /// <summary>Takes the gate out of use when nothing depends on it; a table of a million hosts must not grow.</summary>
    public bool TryRetire()
    {
        lock (_gate)
        {
            TimeSpan now = Now;
            if (_running > 0 || _waiting.Count > 0 || now < _restUntil || now < _arrival) return false;
            _retired = true;
            _timer?.Dispose();
            return true;
        }
    }

    public void Dispose()
    {
        Waiter[] left;
        lock (_gate)
        {
            _retired = true;
            _timer?.Dispose();
            left = [.. _waiting];
            _waiting.Clear();
        }

        foreach (Waiter waiter in left) waiter.Turn.TrySetException(new ObjectDisposedException(nameof(HttpSession)));
    }

    internal void Leave()
    {
        lock (_gate)
        {
            _running--;
            Pump();
        }
    }

    // Under the lock.
    private bool TryBegin()
    {
        if (_running >= _limits.Concurrent) return false;
        TimeSpan now = Now;
        if (now < Earliest()) return false;
        if (_interval > TimeSpan.Zero) _arrival = (_arrival > now ? _arrival : now) + _interval;
        _running++;
        return true;
    }

    private TimeSpan Earliest()
    {
        TimeSpan byRate = _arrival - _tolerance;
        return _restUntil > byRate ? _restUntil : byRate;
    }

    private void Pump()
    {
        if (_retired) return;
        while (_waiting.First is { } first && TryBegin())
        {
            _waiting.RemoveFirst();
            first.Value.Turn.TrySetResult(new HostSlot(this));
        }

        Arm();
    }

    private void Arm()
    {
        // Who waits for others to end needs no clock.
        if (_waiting.Count == 0 || _running >= _limits.Concurrent) return;
        TimeSpan wait = Earliest() - Now;
        if (wait < ShortestTimer) wait = ShortestTimer;
        _timer ??= _time.CreateTimer(static gate => ((HostGate)gate!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Wake()
    {
        lock (_gate) Pump();
    }

    private sealed class Waiter
    {
        private readonly HostGate _owner;
        private readonly CancellationToken _token;

        public Waiter(HostGate owner, CancellationToken token)
        {
            _owner = owner;
            _token = token;
            Node = new LinkedListNode<Waiter>(this);
        }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource<HostSlot?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Cancel()
        {
            lock (_owner._gate)
            {
                // Its turn came already: it has a slot to give back.
                if (Node.List is null) return;
                _owner._waiting.Remove(Node);
            }

            Turn.TrySetCanceled(_token);
        }
    }
}

/// <summary>The right to one request; given back once, by whoever is first to know that it is done.</summary>
internal sealed class HostSlot(HostGate gate) : IDisposable
{
    private int _left;

    public HostGate Gate => gate;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0) gate.Leave();
    }
}
