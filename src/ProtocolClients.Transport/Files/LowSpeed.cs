namespace ProtocolClients;

/// <summary>
/// The rate below which a connection counts as stalled, though bytes still drip: <see cref="Deadlines.Idle"/> ends silence, this ends
/// what is nearly one. It is a missed deadline (<see cref="DeadlinePhase.Idle"/>), and tried again as any other.
/// </summary>
/// <param name="BytesPerSecond">The least bytes a second, on the average of a window, for each connection.</param>
/// <param name="Window">How long the rate may stay below. Waits for a <see cref="RateLimit"/> of one's own do not count.</param>
public sealed record LowSpeed(long BytesPerSecond, TimeSpan Window)
{
    /// <summary>The least bytes a second.</summary>
    public long BytesPerSecond { get; init; } = BytesPerSecond > 0
        ? BytesPerSecond
        : throw new ArgumentOutOfRangeException(nameof(BytesPerSecond), BytesPerSecond, "At least one byte a second.");

    /// <summary>How long the rate may stay below.</summary>
    public TimeSpan Window { get; init; } = Window > TimeSpan.Zero
        ? Window
        : throw new ArgumentOutOfRangeException(nameof(Window), Window, "A window lasts.");
}
