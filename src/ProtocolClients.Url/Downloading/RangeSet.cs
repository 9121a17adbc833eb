namespace ProtocolClients;

/// <summary>Bytes from one place up to another, without the latter.</summary>
/// <param name="Start">The first byte.</param>
/// <param name="End">The byte after the last.</param>
internal readonly record struct ByteRange(long Start, long End)
{
    public long Length => End - Start;
}

/// <summary>Which bytes of a whole there are: ranges in order, none touching the next. Not safe for several threads.</summary>
internal sealed class RangeSet
{
    private readonly List<ByteRange> _ranges = [];

    public RangeSet()
    {
    }

    public RangeSet(IEnumerable<ByteRange> ranges)
    {
        foreach (ByteRange range in ranges) Add(range.Start, range.End);
    }

    public IReadOnlyList<ByteRange> Ranges => _ranges;

    /// <summary>How many bytes there are.</summary>
    public long Bytes { get; private set; }

    /// <summary>How far there is everything from the first byte on.</summary>
    public long Prefix => _ranges.Count > 0 && _ranges[0].Start == 0 ? _ranges[0].End : 0;

    public void Clear()
    {
        _ranges.Clear();
        Bytes = 0;
    }

    public void Add(long start, long end)
    {
        if (end <= start) return;
        int at = 0;
        while (at < _ranges.Count && _ranges[at].End < start) at++;
        int last = at;
        while (last < _ranges.Count && _ranges[last].Start <= end)
        {
            start = Math.Min(start, _ranges[last].Start);
            end = Math.Max(end, _ranges[last].End);
            Bytes -= _ranges[last].Length;
            last++;
        }

        _ranges.RemoveRange(at, last - at);
        _ranges.Insert(at, new ByteRange(start, end));
        Bytes += end - start;
    }

    public void Remove(long start, long end)
    {
        if (end <= start) return;
        for (int i = _ranges.Count - 1; i >= 0; i--)
        {
            ByteRange range = _ranges[i];
            if (range.End <= start || range.Start >= end) continue;
            Bytes -= Math.Min(end, range.End) - Math.Max(start, range.Start);
            _ranges.RemoveAt(i);
            if (range.End > end) _ranges.Insert(i, range with { Start = end });
            if (range.Start < start) _ranges.Insert(i, range with { End = start });
        }
    }

    /// <summary>What is missing of a whole.</summary>
    public RangeSet Missing(long total)
    {
        var missing = new RangeSet();
        long at = 0;
        foreach (ByteRange range in _ranges)
        {
            missing.Add(at, Math.Min(range.Start, total));
            at = range.End;
        }

        missing.Add(at, total);
        return missing;
    }

    public RangeSet Copy() => new(_ranges);
}
