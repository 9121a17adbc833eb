namespace ProtocolClients;

/// <summary>The connection, written to: tells before each piece, and whether a failure was its own. Leaves the connection open.</summary>
internal sealed class ObservedStream(Stream inner, Action progress) : Stream
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

    /// <summary>True when the connection failed, and not the source of what is written.</summary>
    public bool HasFailed { get; private set; }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        progress();
        ValueTask write = inner.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WatchAsync(write.AsTask());
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        progress();
        try
        {
            inner.Write(buffer, offset, count);
        }
        catch
        {
            HasFailed = true;
            throw;
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => WatchAsync(inner.FlushAsync(cancellationToken)).AsTask();

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A body that is sent cannot be read.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A body is sent forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("A body is sent forward only.");

    private async ValueTask WatchAsync(Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch
        {
            HasFailed = true;
            throw;
        }
    }
}
