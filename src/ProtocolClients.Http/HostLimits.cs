namespace ProtocolClients;

/// <summary>
/// How much a session asks of one origin (scheme, host and port) at a time: requests at once, requests in a period, and rests that the
/// server asks for. Whoever has to wait waits in the order of coming, and can be cancelled. Each redirect counts where it leads.
/// </summary>
public sealed record HostLimits
{
    /// <summary>The most requests under way at once, from before the connection to the end of the body; null for no limit.</summary>
    public int? Concurrent { get; init => field = Positive(value); }

    /// <summary>The most requests begun in each <see cref="Period"/>, evenly spread; null for no limit.</summary>
    public int? Requests { get; init => field = Positive(value); }

    /// <summary>The period of <see cref="Requests"/>.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan Period
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A period is positive.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>How many requests may begin at once after a rest, as far as <see cref="Requests"/> were not used.</summary>
    /// <value>The default is 1: evenly spread.</value>
    public int Burst
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "1 at least.");
    } = 1;

    /// <summary>Whether a 429 or 503 with Retry-After holds every request to the origin, not only the one that it answered.</summary>
    /// <value>The default is true.</value>
    public bool HonourRetryAfter { get; init; } = true;

    /// <summary>
    /// Whether an answer whose RateLimit field says that nothing is left of a quota holds every request to the origin until there is more, so
    /// that none is refused.
    /// </summary>
    /// <value>The default is true.</value>
    public bool HonourRateLimit { get; init; } = true;

    /// <summary>The longest rest that a server's Retry-After or RateLimit brings upon all.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromMinutes(1);

    private static int? Positive(int? value) =>
        value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "1 at least, or null for no limit.");
}
