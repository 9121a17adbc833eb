namespace ProtocolClients.Transport;

/// <summary>A block or count of a channel as a stream; asynchronous reads only.</summary>
internal sealed class BodyStream(WireChannel channel, bool isBlock) : Stream
{
    private bool _ended;
    private bool _closed;

    public override bool CanRead => !_closed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        // Asked again at its end it stays there, though the channel has gone on to the next message.
        if (buffer.IsEmpty || _ended) return 0;
        int read = isBlock
            ? await channel.ReadBlockAsync(buffer, cancellationToken).ConfigureAwait(false)
            : await channel.ReadCountAsync(buffer, cancellationToken).ConfigureAwait(false);
        _ended = read == 0;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The stream of a connection is read asynchronously: use ReadAsync.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_closed && !_ended) await channel.DrainAsync().ConfigureAwait(false);
        _closed = true;
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        // Without await nothing can be drained.
        if (disposing && !_closed && !_ended) channel.Abandon();
        _closed = true;
        base.Dispose(disposing);
    }
}
