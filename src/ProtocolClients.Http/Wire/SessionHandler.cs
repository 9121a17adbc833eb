namespace ProtocolClients;

/// <summary>A session seen as the platform's handler. It does not own the session, and holds nothing itself.</summary>
internal sealed class SessionHandler(HttpSession session) : HttpMessageHandler
{
    private bool _disposed;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("An HttpSession is asynchronous throughout: use SendAsync and the verbs that end in Async.");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        HttpReply reply = await session.SendForHandlerAsync(request, cancellationToken).ConfigureAwait(false);
        return reply.ToMessage(request);
    }

    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        base.Dispose(disposing);
    }
}
