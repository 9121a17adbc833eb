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
internal sealed class FtpDataStream(Stream inner, MockFtpCall call, CancellationToken lifetime) : Stream
{
    private readonly byte[] _tail = new byte[4];

    /// <summary>The last four bytes that were read.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private CancellationToken Token(CancellationToken own) => own.CanBeCanceled ? own : lifetime;

    private void KeepTail(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < _tail.Length) _tail.AsSpan(bytes.Length).CopyTo(_tail);
        bytes = bytes[Math.Max(0, bytes.Length - _tail.Length)..];
        bytes.CopyTo(_tail.AsSpan(_tail.Length - bytes.Length));
    }

    private long Left() => call.Rule is { CutAt: >= 0 } rule ? Math.Max(0, rule.CutAt - call.DataBytes) : long.MaxValue;
}
