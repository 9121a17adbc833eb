using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>A transfer was to be ended in its middle.</summary>
internal sealed class FtpCutException(string reply) : Exception(reply)
{
    public string Reply => Message;
}

/// <summary>
/// What passes a data connection, counted, and cut where the command's rule says so. Ends with its transfer also where nobody passes a token: a
/// layer of compression writes its last bytes as it is disposed.
/// </summary>
internal sealed class FtpDataStream(Stream inner, MockFtpCall call, CancellationToken lifetime) : WireStream
{
    private readonly byte[] _tail = new byte[4];

    /// <summary>The last four bytes that were read.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long left = Left();
        if (left == 0) throw new FtpCutException(call.Rule!.CutReply);
        int count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], Token(cancellationToken)).ConfigureAwait(false);
        call.AddData(count);
        KeepTail(buffer.Span[..count]);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = (int)Math.Min(buffer.Length, Left());
        await inner.WriteAsync(buffer[..count], Token(cancellationToken)).ConfigureAwait(false);
        call.AddData(count);
        if (Left() == 0) throw new FtpCutException(call.Rule!.CutReply);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    private CancellationToken Token(CancellationToken own) => own.CanBeCanceled ? own : lifetime;

    private void KeepTail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < _tail.Length) _tail.AsSpan(bytes.Length).CopyTo(_tail);
        bytes = bytes[Math.Max(0, bytes.Length - _tail.Length)..];
        bytes.CopyTo(_tail.AsSpan(_tail.Length - bytes.Length));
    }

    private long Left() => call.Rule is { CutAt: >= 0 } rule ? Math.Max(0, rule.CutAt - call.DataBytes) : long.MaxValue;
}
