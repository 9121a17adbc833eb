using System.Net;
using System.Net.Http.Headers;

namespace ProtocolClients;

/// <summary>A body that gives its request's slot back when it is read to the end, or closed.</summary>
internal sealed class LimitedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly HostSlot _slot;

    public LimitedContent(HttpContent inner, HostSlot slot)
    {
        _inner = inner;
        _slot = slot;
        foreach ((string name, HeaderStringValues values) in inner.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new SlotStream(await _inner.ReadAsStreamAsync().ConfigureAwait(false), _slot);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new SlotStream(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _slot);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _inner.CopyToAsync(stream, context);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _slot.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class SlotStream(Stream inner, HostSlot slot) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count == 0 && !buffer.IsEmpty) slot.Dispose();
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                slot.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
