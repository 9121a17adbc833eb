namespace ProtocolClients;

/// <summary>
/// The connection, written to: tells before each piece, and whether a failure was its own. Leaves the connection open. Once the request
/// is answered, whoever still writes is stopped.
/// </summary>
/// <param name="inner">The handler's stream of the body.</param>
/// <param name="progress">Called before each piece.</param>
/// <param name="body">The body, when an early answer to it is heard.</param>
internal sealed class ObservedStream(Stream inner, Action progress, RequestBody? body = null) : SinkStream
{
    /// <summary>True when the connection failed, and not the source of what is written.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>How many bytes the handler was handed.</summary>
    public long Count { get; private set; }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        progress();
        if (body is { IsAnswered: true }) return ValueTask.FromException(new OperationCanceledException("The request was answered before the end of its body."));
        Count += buffer.Length;
        ValueTask write = Begin(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WatchAsync(write.AsTask());
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        progress();
        Count += count;
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

    /// <summary>Says on the way down to the connection whose bytes they are.</summary>
    private ValueTask Begin(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (body is null) return inner.WriteAsync(buffer, cancellationToken);
        RequestBody.BeginWriting(body);
        try
        {
            return inner.WriteAsync(buffer, cancellationToken);
        }
        finally
        {
            RequestBody.TakeWriting();
        }
    }

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
