namespace ProtocolClients;

/// <summary>All that a robots.txt says to one product token, wherever it says it.</summary>
internal sealed class RobotsGroup
{
    private readonly List<RobotsPattern> _patterns = [];

    public TimeSpan? CrawlDelay { get; set; }

    public RobotsRequestRate? RequestRate { get; set; }

    public void Add(RobotsPattern pattern) => _patterns.Add(pattern);

    /// <summary>Brings the rules in the order in which they decide: the longest first, of two alike the one that allows.</summary>
    public void Sort() => _patterns.Sort(static (left, right) =>
        left.Octets != right.Octets ? right.Octets.CompareTo(left.Octets) : right.Allow.CompareTo(left.Allow));

    public bool Allows(ReadOnlySpan<byte> path)
    {
        foreach (RobotsPattern pattern in _patterns)
        {
            if (pattern.Matches(path)) return pattern.Allow;
        }

        return true;
    }
}
