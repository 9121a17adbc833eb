namespace ProtocolClients.Transport;

/// <summary>A stream with bytes in front that were read from it too early. Owns the stream.</summary>
/// <param name="front">The bytes that come first.</param>
/// <param name="inner">The stream that they were read from.</param>
public sealed class PrefixedStream(ReadOnlyMemory<byte> front, Stream inner) : WireStream
{
    private ReadOnlyMemory<byte> _front = front;

    /// <inheritdoc/>
    public override bool CanWrite => inner.CanWrite;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_front.IsEmpty) return inner.ReadAsync(buffer, cancellationToken);
        int read = Math.Min(buffer.Length, _front.Length);
        _front[..read].CopyTo(buffer);
        _front = _front[read..];
        return new ValueTask<int>(read);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
