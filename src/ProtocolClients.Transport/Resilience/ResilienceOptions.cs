using Polly;

namespace ProtocolClients;

/// <summary>
/// When and how often a failed operation is tried again. What may be repeated at all is the operation's <see cref="Replay"/>.
/// </summary>
public sealed record ResilienceOptions
{
    /// <summary>Three attempts within two minutes, a breaker per endpoint.</summary>
    public static ResilienceOptions Default { get; } = new();

    /// <summary>One attempt, no breaker: for tests, and for who brings his own.</summary>
    public static ResilienceOptions None { get; } = new() { Attempts = 1, BreakerFailures = 0 };

    /// <summary>The most attempts of one operation, the first included.</summary>
    /// <value>The default is 3; 1 switches retries off.</value>
    public int Attempts
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one attempt.");
    } = 3;

    /// <summary>The wait before the second attempt; doubles for each further one, drawn with full jitter.</summary>
    /// <value>The default is 500 ms.</value>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between attempts. A <c>Retry-After</c> beyond it ends the retries.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// No new attempt starts once this much time has passed since the first one, waits included. For an operation that tells its progress
    /// (a retrieval), the time counts from the end of the last attempt that came further than those before: a long transfer that breaks is
    /// still resumed. <see cref="Attempts"/> bounds it all the same.
    /// </summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Consecutive transport failures of one endpoint after which it is not tried for <see cref="BreakerPause"/>; 0 for no breaker.
    /// </summary>
    /// <value>The default is 10.</value>
    public int BreakerFailures { get; init; } = 10;

    /// <summary>How long an endpoint is left alone once its breaker opened.</summary>
    /// <value>The default is 15 seconds.</value>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Sends what is slow to answer once more beside itself; null, as by default, never. Only requests of HTTP: GET, HEAD, OPTIONS and TRACE, and what
    /// the caller calls repeatable (<see cref="Replay.Always"/>), with a body that can be produced several times at once or none.
    /// </summary>
    public HedgingOptions? Hedging { get; init; }

    /// <summary>Replaces the whole pipeline with the caller's own; the other properties are then unused.</summary>
    public ResiliencePipeline? Pipeline { get; init; }
}
