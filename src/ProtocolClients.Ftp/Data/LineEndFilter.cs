namespace ProtocolClients;

/// <summary>The line ends of TYPE A: CR LF on the wire (RFC 959 §3.1.1.1), LF here. A CR without an LF stays what it is, also as the last byte.</summary>
internal struct LineEndFilter(bool active)
{
    private bool _heldCr;
    private bool _lastWasCr;

    /// <summary>The room that the next piece needs in front: a CR that was held back may turn out to be one by itself.</summary>
    public readonly int Lead => _heldCr ? 1 : 0;

    /// <summary>Takes the CR of each CR LF out, in place. A CR at the end is held back for the next piece, or for <see cref="End"/>.</summary>
    /// <param name="bytes"><see cref="Lead"/> bytes of room, and behind them what came: at least one byte.</param>
    /// <returns>How many bytes, from the first on, are left.</returns>
    public int ToLocal(Span<byte> bytes)
    {
        if (!active || OperatingSystem.IsWindows()) return bytes.Length;
        int to = 0;
        for (int i = Lead; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            // There is room: a CR is put back no further ahead than where it stood.
            if (_heldCr && b != '\n') bytes[to++] = (byte)'\r';
            _heldCr = b == '\r';
            if (!_heldCr) bytes[to++] = b;
        }

        return to;
    }

    /// <summary>All came.</summary>
    /// <param name="rest">Room for one byte.</param>
    /// <returns>How many bytes were still held back.</returns>
    public int End(Span<byte> rest)
    {
        if (!_heldCr) return 0;
        _heldCr = false;
        rest[0] = (byte)'\r';
        return 1;
    }

    /// <summary>Puts a CR before each LF that has none.</summary>
    /// <param name="bytes">What is sent.</param>
    /// <param name="target">Room for twice as many.</param>
    public int ToWire(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        int to = 0;
        foreach (byte b in bytes)
        {
            if (b == '\n' && !_lastWasCr) target[to++] = (byte)'\r';
            target[to++] = b;
            _lastWasCr = b == '\r';
        }

        return to;
    }
}
