namespace ProtocolClients;

/// <summary>
/// Agents and the rules that follow them, as they stand in the file. The rules are here once, however many agents share them: a small
/// file may name ten thousand agents before ten thousand rules.
/// </summary>
internal sealed class RobotsBlock
{
    private readonly List<RobotsPattern> _patterns = [];
    private readonly List<(int Agents, TimeSpan Delay)> _delays = [];
    private readonly List<(int Agents, RobotsRequestRate Rate)> _rates = [];
    private int _agents;

    /// <summary>Whether no agent may join any more: a rule has come, were it one that says nothing.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Takes an agent in.</summary>
    /// <returns>Its number.</returns>
    public int Join() => _agents++;

    public void Add(RobotsPattern pattern) => _patterns.Add(pattern);

    // Delays and rates are no rules of the standard: they end no block, and hold for the agents that stand above them.
    public void Add(TimeSpan delay) => _delays.Add((_agents, delay));

    public void Add(RobotsRequestRate rate) => _rates.Add((_agents, rate));

    /// <summary>Brings the longest pattern to the front, of two alike the one that allows.</summary>
    public void Sort() => _patterns.Sort(static (left, right) =>
        left.Octets != right.Octets ? right.Octets.CompareTo(left.Octets) : right.Allow.CompareTo(left.Allow));

    /// <summary>The pattern that decides: this one, or the one that was found before when it is at least as strong.</summary>
    public RobotsPattern? Stronger(RobotsPattern? best, ReadOnlySpan<byte> path)
    {
        foreach (RobotsPattern pattern in _patterns)
        {
            if (best is not null && (pattern.Octets < best.Octets || (pattern.Octets == best.Octets && (best.Allow || !pattern.Allow)))) return best;
            if (pattern.Matches(path)) return pattern;
        }

        return best;
    }

    public TimeSpan? DelayOf(int agent)
    {
        TimeSpan? longest = null;
        foreach ((int agents, TimeSpan delay) in _delays)
        {
            if (agents > agent && !(longest >= delay)) longest = delay;
        }

        return longest;
    }

    public RobotsRequestRate? RateOf(int agent)
    {
        RobotsRequestRate? slowest = null;
        foreach ((int agents, RobotsRequestRate rate) in _rates)
        {
            if (agents > agent && (slowest is not { } known || rate.Interval > known.Interval)) slowest = rate;
        }

        return slowest;
    }
}

/// <summary>All that a robots.txt says to one product token, wherever it says it.</summary>
internal sealed class RobotsGroup
{
    private readonly List<(RobotsBlock Block, int Agent)> _blocks = [];

    public TimeSpan? CrawlDelay => _blocks.Max(static one => one.Block.DelayOf(one.Agent));

    public RobotsRequestRate? RequestRate =>
        _blocks.Select(static one => one.Block.RateOf(one.Agent)).MaxBy(static rate => rate?.Interval ?? TimeSpan.Zero);

    /// <summary>Joins a block, once.</summary>
    public void Join(RobotsBlock block)
    {
        if (_blocks.Count == 0 || _blocks[^1].Block != block) _blocks.Add((block, block.Join()));
    }

    public bool Allows(ReadOnlySpan<byte> path)
    {
        RobotsPattern? best = null;
        foreach ((RobotsBlock block, _) in _blocks) best = block.Stronger(best, path);
        return best?.Allow ?? true;
    }
}
