using System.Net;
using System.Net.Http.Json;

namespace ProtocolClients;

/// <summary>
/// The caller's body on its way out: tells when it is being sent, so that a slow upload is not a silent server and a body
/// that can be had only once is not asked for twice. The caller's object is never disposed here: it may be needed again.
/// </summary>
internal sealed partial class RequestBody : HttpContent
{
    private readonly HttpContent? _inner;
    private readonly Action _progress;

    /// <param name="inner">The caller's body; null for an empty one, which tells the handler that nothing may be repeated behind our back.</param>
    /// <param name="progress">Called before each piece.</param>
    public RequestBody(HttpContent? inner, Action progress)
    {
        _inner = inner;
        _progress = progress;
        if (inner is null) return;
        foreach (KeyValuePair<string, IEnumerable<string>> header in inner.Headers) Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    /// <summary>Why the caller's body could not be had; null when it could, or the connection failed.</summary>
    public Exception? SourceFailure { get; private set; }

    /// <summary>Whether the same body can be sent a second time.</summary>
    public static bool IsReplayable(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent or ReplayableContent or JsonContent
        || (content is MultipartFormBody form && form.IsReplayable)
        || (content is CompressedBody compressed && compressed.IsReplayable)
        || (content is MultipartContent parts && parts.All(IsReplayable));

    /// <summary>Whether it can be sent several times at once, too: no stream is used by all of them.</summary>
    public static bool IsShareable(HttpContent? content) =>
        content switch
        {
            ReplayableContent replayable => replayable.IsOpenedAnew,
            MultipartFormBody form => form.IsShareable,
            CompressedBody compressed => compressed.IsShareable,
            MultipartContent parts => parts.All(IsShareable),
            _ => IsReplayable(content),
        };

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _progress();
        if (_inner is null) return;
        if (IsHeard) await SendHeardAsync(_inner, stream, context, cancellationToken).ConfigureAwait(false);
        else await CopyAsync(_inner, new ObservedStream(stream, _progress), context, cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyAsync(HttpContent inner, ObservedStream observed, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await inner.CopyToAsync(observed, context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!observed.HasFailed && !IsAnswered && !cancellationToken.IsCancellationRequested)
        {
            // A file that cannot be read is no lost connection: not a fault of the peer's, and not mended by another attempt.
            SourceFailure = failure is HttpRequestException { InnerException: IOException cause } ? cause : failure;
            throw;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner is null ? 0 : _inner.Headers.ContentLength ?? -1;
        return length >= 0;
    }
}
