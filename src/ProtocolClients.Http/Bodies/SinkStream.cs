namespace ProtocolClients;

/// <summary>What every stream that a body is written to has in common: written forward, never read.</summary>
internal abstract class SinkStream : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A body that is sent has no length here.");

    public override long Position
    {
        get => throw new NotSupportedException("A body is sent forward only.");
        set => throw new NotSupportedException("A body is sent forward only.");
    }

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A body that is sent cannot be read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A body is sent forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("A body is sent forward only.");
}
