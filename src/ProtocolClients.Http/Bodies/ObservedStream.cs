namespace ProtocolClients;

/// <summary>The connection, written to: tells before each piece, and whether a failure was its own. Leaves the connection open.</summary>
internal sealed class ObservedStream(Stream inner, Action progress) : SinkStream
{
    /// <summary>True when the connection failed, and not the source of what is written.</summary>
    public bool HasFailed { get; private set; }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        progress();
        ValueTask write = inner.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WatchAsync(write.AsTask());
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
