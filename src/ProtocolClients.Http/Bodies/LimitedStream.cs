namespace ProtocolClients;

/// <summary>Fails when more comes than may be taken.</summary>
internal sealed class LimitedStream(Stream inner, long limit) : ForwardStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _read += read;
        return _read <= limit
            ? read
            : throw new WireLimitException(nameof(WireLimits.InMemory), limit, "The body exceeds the limit of what is held in memory.");
    }
}
