using System.Net;
using System.Net.Http.Headers;

namespace ProtocolClients;

/// <summary>A response's body in the place of another, with the other's fields.</summary>
internal abstract class RelayedContent : HttpContent
{
    private readonly HttpContent _inner;

    protected RelayedContent(HttpContent inner)
    {
        _inner = inner;
        foreach ((string name, HeaderStringValues values) in inner.Headers.NonValidated)
        {
            foreach (string value in values) Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>What is read instead of the other's stream.</summary>
    protected virtual Stream Over(Stream inner) => inner;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        throw new NotSupportedException("A response's body is read as a stream.");

    protected override async Task<Stream> CreateContentReadStreamAsync() => Over(await _inner.ReadAsStreamAsync().ConfigureAwait(false));

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Over(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
