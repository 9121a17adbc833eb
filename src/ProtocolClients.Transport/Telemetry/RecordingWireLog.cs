namespace ProtocolClients;

/// <summary>One piece of traffic that a <see cref="RecordingWireLog"/> kept.</summary>
/// <param name="Connection">The number of the connection.</param>
/// <param name="Direction">Which way it went.</param>
/// <param name="Bytes">The bytes, redacted.</param>
public sealed record WireLogEntry(long Connection, WireDirection Direction, ReadOnlyMemory<byte> Bytes);

/// <summary>Keeps a wire log in memory, for tests and for reports of failures. Safe for many tasks.</summary>
public sealed class RecordingWireLog : IWireLog
{
    private readonly List<WireLogEntry> _entries = [];
    private readonly Lock _lock = new();

    /// <summary>What was logged so far, in order: a copy.</summary>
    public IReadOnlyList<WireLogEntry> Entries
    {
        get
        {
            lock (_lock) return [.. _entries];
        }
    }

    /// <summary>The log as <see cref="TextWireLog"/> would write it, nothing cut.</summary>
    public string Text =>
        string.Concat(Entries.Select(entry =>
            WireLogText.Format(entry.Connection, entry.Direction, entry.Bytes.Span, int.MaxValue, int.MaxValue)));

    /// <inheritdoc/>
    public void Write(long connection, WireDirection direction, ReadOnlySpan<byte> bytes)
    {
        var entry = new WireLogEntry(connection, direction, bytes.ToArray());
        lock (_lock) _entries.Add(entry);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_lock) _entries.Clear();
    }
}
