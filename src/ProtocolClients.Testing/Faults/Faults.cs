namespace ProtocolClients.Testing;

/// <summary>
/// What goes wrong on a mock server's connections: <c>server.Faults.ResetAfterBytes(3).Once()</c>. Rules may be added and
/// taken back while connections are open. Chance comes from <see cref="Seed"/> and the number of the connection: the same
/// seed gives the same bytes. Waits pass on the server's time. Safe for many threads.
/// </summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private volatile FaultRule[] _rules = [];

    internal Faults(TimeProvider time) => TimeProvider = time;

    /// <summary>Where chance begins.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; set; } = 1;

    /// <summary>The rules in force, in the order in which they were added.</summary>
    public IReadOnlyList<FaultRule> Rules => _rules;

    internal TimeProvider TimeProvider { get; }

    internal FaultRule[] Snapshot => _rules;

    /// <summary>Adds a fault.</summary>
    /// <param name="fault">What goes wrong.</param>
    /// <returns>The rule, to say when.</returns>
    public FaultRule Add(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        var rule = new FaultRule(this, fault);
        lock (_gate) _rules = [.. _rules, rule];
        return rule;
    }

    /// <summary>Adds <see cref="Fault.Latency"/>.</summary>
    /// <param name="delay">How long every write waits.</param>
    /// <param name="jitter">How much longer at most, by chance.</param>
    public FaultRule Latency(TimeSpan delay, TimeSpan jitter = default) => Add(Fault.Latency(delay, jitter));

    /// <summary>Adds <see cref="Fault.Bandwidth"/>.</summary>
    /// <param name="bytesPerSecond">The rate.</param>
    public FaultRule Bandwidth(long bytesPerSecond) => Add(Fault.Bandwidth(bytesPerSecond));

    /// <summary>Adds <see cref="Fault.OneByteWrites"/>.</summary>
    /// <param name="pause">How long to wait before each byte.</param>
    public FaultRule OneByteWrites(TimeSpan pause = default) => Add(Fault.OneByteWrites(pause));

    /// <summary>Adds <see cref="Fault.Stall"/>.</summary>
    /// <param name="count">How many bytes pass before.</param>
    /// <param name="duration">How long; null for as long as the connection lives.</param>
    public FaultRule StallAfterBytes(long count, TimeSpan? duration = null) => Add(Fault.Stall(count, duration));

    /// <summary>Adds <see cref="Fault.Reset"/>.</summary>
    /// <param name="count">How many bytes pass before.</param>
    public FaultRule ResetAfterBytes(long count) => Add(Fault.Reset(count));

    /// <summary>Adds <see cref="Fault.HalfClose"/>.</summary>
    /// <param name="count">How many bytes pass before.</param>
    public FaultRule HalfCloseAfterBytes(long count) => Add(Fault.HalfClose(count));

    /// <summary>Adds <see cref="Fault.Truncate"/>.</summary>
    /// <param name="count">How many bytes pass before.</param>
    public FaultRule TruncateAfterBytes(long count) => Add(Fault.Truncate(count));

    /// <summary>Adds <see cref="Fault.Garbage"/>.</summary>
    /// <param name="count">How many bytes pass before.</param>
    /// <param name="length">How many bytes of noise.</param>
    public FaultRule GarbageAfterBytes(long count, int length = 256) => Add(Fault.Garbage(count, length));

    /// <summary>Takes all rules back; connections that were struck stay as they are.</summary>
    public void Clear()
    {
        lock (_gate) _rules = [];
    }

    internal void Remove(FaultRule rule)
    {
        lock (_gate) _rules = [.. _rules.Where(r => !ReferenceEquals(r, rule))];
    }
}
