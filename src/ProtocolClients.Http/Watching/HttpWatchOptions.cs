namespace ProtocolClients;

/// <summary>How an event stream is watched (WHATWG HTML §9.2).</summary>
public sealed record HttpWatchOptions
{
    /// <summary>From now on, reconnecting for ever.</summary>
    public static HttpWatchOptions Default { get; } = new();

    /// <summary>The id of the last event that is known already, sent as Last-Event-ID: the server goes on behind it. Null to begin anywhere.</summary>
    /// <exception cref="ArgumentException">It has a control character.</exception>
    public string? LastEventId
    {
        get;
        init
        {
            if (value is not null) HttpText.RequireField("Last-Event-ID", value, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// The wait before a reconnect, until the server names another by its <c>retry</c> field; one below half a second, and below this, is
    /// not taken: a server could make the client ask without a pause.
    /// </summary>
    /// <value>The default is 3 seconds.</value>
    public TimeSpan ReconnectDelay { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Where the growth of the wait ends: it doubles, with jitter, for every reconnect in a row that fails. A longer wait that the server
    /// names (<c>retry</c>, Retry-After) is kept, up to a day.
    /// </summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan MaxReconnectDelay { get; init => field = NotNegative(value); } = TimeSpan.FromMinutes(1);

    /// <summary>How many reconnects in a row may fail before the last failure is thrown; 0 never reconnects after one.</summary>
    /// <value>No limit by default: who watches cancels.</value>
    public int Reconnects
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "0 or more.");
    } = int.MaxValue;

    /// <summary>The longest line, in bytes.</summary>
    /// <value>The default is 1 MiB.</value>
    public int Line { get; init => field = Positive(value); } = 1024 * 1024;

    /// <summary>The most data of one event, in bytes.</summary>
    /// <value>The default is 4 MiB.</value>
    public int Event { get; init => field = Positive(value); } = 4 * 1024 * 1024;

    private static TimeSpan NotNegative(TimeSpan value) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A wait is not negative.");

    private static int Positive(int value) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
}
