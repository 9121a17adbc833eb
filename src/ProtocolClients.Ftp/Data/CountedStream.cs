using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Counts the bytes that come from the stream below, under TLS: whether a server said more than its farewell shows in no other way.</summary>
internal sealed class CountedStream(Stream below) : WireStream
{
    /// <summary>The bytes that came.</summary>
    public long Received { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await below.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Received += read;
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => below.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => below.FlushAsync(cancellationToken);

    public override void Flush() => below.Flush();

    public override async ValueTask DisposeAsync()
    {
        await below.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) below.Dispose();
        base.Dispose(disposing);
    }
}
