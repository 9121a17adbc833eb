namespace ProtocolClients.Testing;

/// <summary>The lines of type A (RFC 959 §3.1.1.1) on a server whose own lines end with LF.</summary>
internal struct FtpAscii
{
    private bool _afterReturn;

    /// <summary>How many bytes a content has on the network.</summary>
    public static long Length(ReadOnlySpan<byte> content)
    {
        long length = content.Length;
        for (int i = 0; i < content.Length; i++)
        {
            if (content[i] == (byte)'\n' && (i == 0 || content[i - 1] != (byte)'\r')) length++;
        }

        return length;
    }

    /// <summary>Puts a CR before each LF that has none; the result has at most twice the bytes.</summary>
    public int ToNetwork(ReadOnlySpan<byte> bytes, Span<byte> result)
    {
        int count = 0;
        foreach (byte value in bytes)
        {
            if (value == (byte)'\n' && !_afterReturn) result[count++] = (byte)'\r';
            _afterReturn = value == (byte)'\r';
            result[count++] = value;
        }

        return count;
    }

    /// <summary>Takes the CR before each LF out; the result has at most one byte more.</summary>
    public int FromNetwork(ReadOnlySpan<byte> bytes, Span<byte> result)
    {
        int count = 0;
        foreach (byte value in bytes)
        {
            if (_afterReturn && value != (byte)'\n') result[count++] = (byte)'\r';
            _afterReturn = value == (byte)'\r';
            if (!_afterReturn) result[count++] = value;
        }

        return count;
    }

    /// <summary>The CR that nothing followed, if there was one.</summary>
    public int End(Span<byte> result)
    {
        if (!_afterReturn) return 0;
        _afterReturn = false;
        result[0] = (byte)'\r';
        return 1;
    }
}
