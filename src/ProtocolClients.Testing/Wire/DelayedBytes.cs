namespace ProtocolClients.Testing;

/// <summary>Bytes with the moment when they arrive, from one writer to one reader; bounded.</summary>
internal sealed class DelayedBytes(int most)
{
    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Bytes, TimeSpan Due)> _pieces = new();
    private int _taken;
    private int _count;
    private TimeSpan? _end;
    private Exception? _failure;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>When the end arrives, once there is one.</summary>
    public TimeSpan End => _end ?? TimeSpan.Zero;

    /// <summary>Adds a copy; waits while there is no room.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> bytes, TimeSpan due, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                ThrowIfFailed();
                if (_count < most)
                {
                    _pieces.Enqueue((bytes.ToArray(), due));
                    _count += bytes.Length;
                    Signal();
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>When the next bytes arrive, as soon as there are any; null behind the last.</summary>
    public async ValueTask<TimeSpan?> NextDueAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_pieces.TryPeek(out (byte[] Bytes, TimeSpan Due) next)) return next.Due;
                ThrowIfFailed();
                if (_end is not null) return null;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public int Take(Memory<byte> buffer)
    {
        int count = Peek(buffer);
        Drop(count);
        return count;
    }

    /// <summary>Copies of the next piece what fits.</summary>
    public int Peek(Memory<byte> buffer)
    {
        lock (_gate)
        {
            ReadOnlySpan<byte> rest = _pieces.Peek().Bytes.AsSpan(_taken);
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer.Span);
            return count;
        }
    }

    /// <summary>Lets go of bytes that were copied.</summary>
    public void Drop(int count)
    {
        lock (_gate)
        {
            _taken += count;
            _count -= count;
            if (_taken == _pieces.Peek().Bytes.Length)
            {
                _pieces.Dequeue();
                _taken = 0;
            }

            Signal();
        }
    }

    public void Complete(TimeSpan due)
    {
        lock (_gate)
        {
            _end = due;
            Signal();
        }
    }

    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure = failure;
            Signal();
        }
    }

    public async Task WaitForEmptyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                ThrowIfFailed();
                if (_count == 0) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void ThrowIfFailed()
    {
        if (_failure is not null) throw new IOException(_failure.Message, _failure);
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }
}
