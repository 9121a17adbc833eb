namespace ProtocolClients;

/// <summary>The line ends of TYPE A: CR LF on the wire (RFC 959 §3.1.1.1), LF here.</summary>
internal struct LineEndFilter(bool active)
{
    private bool _heldCr;
    private bool _lastWasCr;

    /// <summary>Takes the CR of each CR LF out, in place.</summary>
    /// <param name="bytes">What came.</param>
    /// <returns>How many bytes are left. A CR at the end counts with the next piece; a file that ends in one loses it.</returns>
    public int ToLocal(Span<byte> bytes)
    {
        if (!active || OperatingSystem.IsWindows()) return bytes.Length;
        int to = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (_heldCr && b != '\n')
            {
                // There is room: a CR was taken out of this piece, or stands where it is put back.
                if (to == i)
                {
                    _heldCr = false;
                }
                else
                {
                    bytes[to++] = (byte)'\r';
                }
            }

            _heldCr = b == '\r';
            if (!_heldCr) bytes[to++] = b;
        }

        return to;
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
