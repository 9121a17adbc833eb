namespace ProtocolClients;

/// <summary>
/// A second request beside one that is slow to answer; the first good answer counts, and the others are cancelled (hedging). It trades
/// requests for the waits of the slowest few: a delay near what 95 of 100 answers take costs about one request in twenty.
/// </summary>
public sealed record HedgingOptions
{
    /// <summary>How long a request is waited for before the next is sent beside it.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan Delay
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Longer than nothing: requests that are always sent twice are no hedge.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>The most requests that are under way for one attempt, the first included.</summary>
    /// <value>The default is 2; 2 to 10.</value>
    public int Attempts
    {
        get;
        init => field = value is >= 2 and <= 10 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "2 to 10.");
    } = 2;
}
