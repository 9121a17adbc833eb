namespace ProtocolClients.Transport;

/// <summary>A block or count of a channel as a stream; asynchronous reads only.</summary>
internal sealed class BodyStream(WireChannel channel, bool isBlock) : WireStream
{
    private bool _ended;
    private bool _closed;

    public override bool CanRead => !_closed;

    public override bool CanWrite => false;

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

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("A body is read here, not written.");

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
