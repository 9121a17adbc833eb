namespace ProtocolClients.Testing;

/// <summary>The ways in which a connection goes wrong.</summary>
public enum FaultKind
{
    /// <summary>Every write (or read) waits first.</summary>
    Latency,

    /// <summary>Bytes pass at a rate.</summary>
    Bandwidth,

    /// <summary>Bytes pass one at a time.</summary>
    OneByteWrites,

    /// <summary>Nothing passes any more; the connection stays open.</summary>
    Stall,

    /// <summary>The connection ends with a TCP reset.</summary>
    Reset,

    /// <summary>The sending side ends (FIN); what the client sends is still read.</summary>
    HalfClose,

    /// <summary>The connection is closed in both directions as if all had been sent.</summary>
    Truncate,

    /// <summary>Noise is put between the bytes.</summary>
    Garbage,
}

/// <summary>
/// One thing that goes wrong, as a value: what <see cref="Faults.Add"/> takes, and what a fault matrix runs over
/// (<see cref="All"/>). Its text names it.
/// </summary>
public sealed record Fault
{
    private Fault(FaultKind kind) => Kind = kind;

    /// <summary>What goes wrong.</summary>
    public FaultKind Kind { get; }

    /// <summary>How many bytes pass before it does; for the kinds that strike at a point.</summary>
    public long AfterBytes { get; private init; }

    /// <summary>How long a write waits, a single byte waits, or a stall lasts; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan Delay { get; private init; }

    /// <summary>How much longer, at most, a write waits by chance (seeded).</summary>
    public TimeSpan Jitter { get; private init; }

    /// <summary>Bytes a second.</summary>
    public long BytesPerSecond { get; private init; }

    /// <summary>How many bytes of noise.</summary>
    public int Length { get; private init; }

    /// <summary>True when it strikes at one point of the stream; false when it lasts.</summary>
    public bool StrikesOnce => Kind is FaultKind.Stall or FaultKind.Reset or FaultKind.HalfClose or FaultKind.Truncate or FaultKind.Garbage;

    /// <summary>True when no operation in whose middle it strikes can succeed on that connection; false when it only slows.</summary>
    public bool IsFatal => StrikesOnce && (Kind != FaultKind.Stall || Delay == Timeout.InfiniteTimeSpan);

    /// <summary>Every kind once: the one list of faults that fault matrices run over.</summary>
    /// <param name="afterBytes">Where those strike that strike at a point.</param>
    public static IReadOnlyList<Fault> All(long afterBytes = 0) =>
    [
        Latency(TimeSpan.FromMilliseconds(1)),
        Bandwidth(1024 * 1024),
        OneByteWrites(),
        Stall(afterBytes),
        Reset(afterBytes),
        HalfClose(afterBytes),
        Truncate(afterBytes),
        Garbage(afterBytes),
    ];

    /// <summary>Every write waits.</summary>
    /// <param name="delay">How long.</param>
    /// <param name="jitter">How much longer at most, by chance.</param>
    public static Fault Latency(TimeSpan delay, TimeSpan jitter = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(jitter, TimeSpan.Zero);
        return new(FaultKind.Latency) { Delay = delay, Jitter = jitter };
    }

    /// <summary>Bytes pass at a rate, in pieces of a twentieth of a second.</summary>
    /// <param name="bytesPerSecond">The rate.</param>
    public static Fault Bandwidth(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        return new(FaultKind.Bandwidth) { BytesPerSecond = bytesPerSecond };
    }

    /// <summary>Each byte is a write of its own. The network may join them again, unless there is a pause or no socket.</summary>
    /// <param name="pause">How long to wait before each byte.</param>
    public static Fault OneByteWrites(TimeSpan pause = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pause, TimeSpan.Zero);
        return new(FaultKind.OneByteWrites) { Delay = pause };
    }

    /// <summary>Silence, with the connection open.</summary>
    /// <param name="afterBytes">How many bytes pass before.</param>
    /// <param name="duration">How long; null for as long as the connection lives.</param>
    public static Fault Stall(long afterBytes, TimeSpan? duration = null)
    {
        if (duration <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(duration), duration, "A stall lasts.");
        return At(FaultKind.Stall, afterBytes) with { Delay = duration ?? Timeout.InfiniteTimeSpan };
    }

    /// <summary>A TCP reset; in memory the peer's read and write fail.</summary>
    /// <param name="afterBytes">How many bytes pass before. The reset can overtake them: a peer may see fewer.</param>
    public static Fault Reset(long afterBytes) => At(FaultKind.Reset, afterBytes);

    /// <summary>The end of what the server sends, without TLS's own goodbye; what it writes later is dropped.</summary>
    /// <param name="afterBytes">How many bytes pass before.</param>
    public static Fault HalfClose(long afterBytes) => At(FaultKind.HalfClose, afterBytes);

    /// <summary>An orderly close in the middle.</summary>
    /// <param name="afterBytes">How many bytes pass before.</param>
    public static Fault Truncate(long afterBytes) => At(FaultKind.Truncate, afterBytes);

    /// <summary>Noise (seeded) between the bytes; what follows is sent after it.</summary>
    /// <param name="afterBytes">How many bytes pass before.</param>
    /// <param name="length">How many bytes of noise.</param>
    public static Fault Garbage(long afterBytes, int length = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return At(FaultKind.Garbage, afterBytes) with { Length = length };
    }

    /// <summary>The fault in words.</summary>
    public override string ToString() => Kind switch
    {
        FaultKind.Latency => $"latency of {Delay.TotalMilliseconds:0.###} ms (jitter {Jitter.TotalMilliseconds:0.###} ms)",
        FaultKind.Bandwidth => $"bandwidth of {BytesPerSecond} bytes a second",
        FaultKind.OneByteWrites => "one byte at a time",
        FaultKind.Garbage => $"{Length} bytes of garbage after {AfterBytes} bytes",
        FaultKind.HalfClose => $"half-close after {AfterBytes} bytes",
        _ => $"{(Kind == FaultKind.Stall ? "stall" : Kind == FaultKind.Reset ? "reset" : "truncation")} after {AfterBytes} bytes",
    };

    private static Fault At(FaultKind kind, long afterBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterBytes);
        return new(kind) { AfterBytes = afterBytes };
    }
}
