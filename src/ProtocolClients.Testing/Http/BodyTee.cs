using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>Notes what is read of a request's body in the journal.</summary>
internal sealed class BodyTee(Stream inner, MockHttpCall call, int limit) : WireStream
{
    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        call.AddBody(buffer.Span[..count], limit);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
