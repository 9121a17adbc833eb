namespace ProtocolClients;

/// <summary>A piece of the content that one connection fetches. Moved by <see cref="ChunkQueue"/> alone.</summary>
internal sealed class Chunk
{
    public long Start { get; init; }

    /// <summary>The next byte that is missing.</summary>
    public long Position { get; set; }

    /// <summary>The byte after the last; comes nearer when another connection takes the second half.</summary>
    public long End { get; set; }

    /// <summary>Bytes a second, as they came, or as they are expected at first; 0 when nothing is known.</summary>
    public double Rate { get; set; }
}

/// <summary>
/// What is missing of a content, handed out in chunks: from the beginning on, as large as a connection's speed makes worth while, smaller
/// towards the end, so that all connections end together. Every byte is missing, in one chunk, or done. Safe for several threads.
/// </summary>
internal sealed class ChunkQueue
{
    private const double SecondsOfWork = 1.5;
    // What is left of a chunk is not shared below this: a connection of its own would take longer.
    private const long LeastShare = 64 * 1024;
    private const double WorthSharingSeconds = 2;

    private readonly Lock _gate = new();
    private readonly RangeSet _missing;
    private readonly List<Chunk> _active = [];
    private readonly long _minimum;
    private readonly long _maximum;
    private readonly int _workers;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _done;

    public ChunkQueue(RangeSet done, long total, long minimum, long maximum, int workers)
    {
        Total = total;
        _missing = done.Missing(total);
        _done = total - _missing.Bytes;
        _minimum = minimum;
        _maximum = Math.Max(minimum, maximum);
        _workers = workers;
    }

    public long Total { get; }

    public long Done => Volatile.Read(ref _done);

    public bool IsDone => Done == Total;

    /// <summary>Ends when a chunk was returned, or all is done.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate) return _changed.Task;
        }
    }

    /// <summary>The next chunk; null when nothing is to be handed out.</summary>
    /// <param name="rate">Bytes a second of the connection, as far as they are known; 0 when not.</param>
    public Chunk? Take(double rate)
    {
        lock (_gate)
        {
            if (_missing.Ranges.Count == 0) return Share(rate);
            ByteRange next = _missing.Ranges[0];
            long share = Math.Max(_minimum, _missing.Bytes / (2L * _workers));
            long length = Math.Min(share, (long)Math.Clamp(rate * SecondsOfWork, _minimum, _maximum));
            // A rest that is not worth a request of its own goes along.
            if (next.Length - length < _minimum / 2) length = next.Length;
            long end = next.Start + Math.Min(length, next.Length);
            _missing.Remove(next.Start, end);
            return Add(next.Start, end, rate);
        }
    }

    /// <summary>How many bytes the chunk still lacks.</summary>
    public long Lacks(Chunk chunk)
    {
        lock (_gate) return chunk.End - chunk.Position;
    }

    /// <summary>Bytes of the chunk were written.</summary>
    public void Advance(Chunk chunk, int bytes, double rate)
    {
        lock (_gate)
        {
            // Beyond an end that came nearer, the bytes are another's to count.
            long moved = Math.Min(bytes, chunk.End - chunk.Position);
            chunk.Position += moved;
            chunk.Rate = rate;
            Volatile.Write(ref _done, _done + moved);
            if (_done == Total) Signal();
        }
    }

    /// <summary>The chunk is over: done, or what it lacks is missing again.</summary>
    public void Return(Chunk chunk)
    {
        lock (_gate)
        {
            _active.Remove(chunk);
            if (chunk.Position == chunk.End) return;
            _missing.Add(chunk.Position, chunk.End);
            Signal();
        }
    }

    /// <summary>The bytes that were written, now.</summary>
    public RangeSet Snapshot()
    {
        lock (_gate)
        {
            RangeSet lacking = _missing.Copy();
            foreach (Chunk chunk in _active) lacking.Add(chunk.Position, chunk.End);
            return lacking.Missing(Total);
        }
    }

    /// <summary>The second half of the chunk that will be the last to end; null when none is worth it.</summary>
    private Chunk? Share(double rate)
    {
        Chunk? slowest = null;
        double longest = WorthSharingSeconds;
        foreach (Chunk chunk in _active)
        {
            long left = chunk.End - chunk.Position;
            // Of one that has just begun nobody knows whether it is slow.
            if (left < 2 * LeastShare || chunk.Rate <= 0) continue;
            double seconds = left / chunk.Rate;
            if (seconds <= longest) continue;
            (slowest, longest) = (chunk, seconds);
        }

        if (slowest is null) return null;
        long middle = slowest.Position + ((slowest.End - slowest.Position) / 2);
        long end = slowest.End;
        slowest.End = middle;
        return Add(middle, end, rate);
    }

    private Chunk Add(long start, long end, double rate)
    {
        var chunk = new Chunk { Start = start, Position = start, End = end, Rate = rate };
        _active.Add(chunk);
        return chunk;
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
