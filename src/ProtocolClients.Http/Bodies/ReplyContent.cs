using System.Net;
using System.Net.Http.Headers;

namespace ProtocolClients;

/// <summary>A reply's body as the platform's clients read it: streamed, and in memory only when they hold it there.</summary>
internal sealed class ReplyContent : HttpContent
{
    private readonly HttpReply _reply;
    private readonly Stream _body;
    private bool _isTaken;

    /// <param name="reply">Disposed with this.</param>
    /// <param name="body">Its body.</param>
    /// <param name="headers">The fields that describe it.</param>
    /// <param name="isDecoded">Whether the body is not what they describe: then they are left out, as the platform does.</param>
    public ReplyContent(HttpReply reply, Stream body, HttpContentHeaders headers, bool isDecoded)
    {
        _reply = reply;
        _body = body;
        foreach (KeyValuePair<string, HeaderStringValues> header in headers.NonValidated)
        {
            if (isDecoded && header.Key is "Content-Encoding" or "Content-Length") continue;
            Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(Take());

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Take();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream body = Take();
        await using (body.ConfigureAwait(false))
        {
            await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _reply.Dispose();
        base.Dispose(disposing);
    }

    private Stream Take()
    {
        if (_isTaken) throw new InvalidOperationException("The body is read once; it was read before.");
        _isTaken = true;
        return _body;
    }
}
