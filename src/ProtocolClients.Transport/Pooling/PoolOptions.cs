namespace ProtocolClients.Transport;

/// <summary>How many connections a <see cref="ConnectionPool{TConnection}"/> keeps, and for how long.</summary>
public sealed record PoolOptions
{
    /// <summary>Four connections a key, idle for a minute, an hour old at most.</summary>
    public static PoolOptions Default { get; } = new();

    /// <summary>The most connections of one key that are open at once: leased, idle, being dialed and being closed.</summary>
    /// <value>The default is 4; 1 at least.</value>
    public int MaxConnections
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A pool has one connection at least.");
    } = 4;

    /// <summary>A connection that nobody used for this long is closed; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    /// <value>The default is one minute.</value>
    public TimeSpan MaxIdleTime { get; init => field = Checked(value); } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A connection this old is closed when it is idle or comes back, so that a busy one too notices new addresses;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for never. A leased connection is left alone.
    /// </summary>
    /// <value>The default is one hour.</value>
    public TimeSpan MaxLifetime { get; init => field = Checked(value); } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long somebody waits in line while nothing is done with the connections that are leased: as long as <see cref="Activity"/> tells the
    /// same. Then the wait ends with <see cref="TransportError.PoolExhausted"/>: a task that holds a connection and waits for another would wait
    /// for ever. It is looked at every so often: a wait that saw something done lasts up to twice as long after it.
    /// </summary>
    /// <value>The default is <see cref="Timeout.InfiniteTimeSpan"/>: the caller's token alone ends a wait.</value>
    public TimeSpan MaxStill { get; init => field = Checked(value); } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// Tells what was done with the connections of this pool: another number each time while something is under way, the same as before when
    /// nothing was. Null for nothing told: <see cref="MaxStill"/> then bounds each wait.
    /// </summary>
    public Func<long>? Activity { get; init; }

    /// <summary>The source of time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    private static TimeSpan Checked(TimeSpan value) =>
        value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A time to keep is positive or Timeout.InfiniteTimeSpan.");
}
