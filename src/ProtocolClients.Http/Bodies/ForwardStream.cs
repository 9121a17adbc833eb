namespace ProtocolClients;

/// <summary>What every stream of a body has in common: read asynchronously, forward, once.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("A body has no length before it is read.");

    public override long Position
    {
        get => throw new NotSupportedException("A body is read forward only.");
        set => throw new NotSupportedException("A body is read forward only.");
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(
        "Bodies are read asynchronously: use ReadAsync, or one of the verbs that hold the body in memory.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A body is read forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("A body cannot be written.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A body cannot be written.");
}
