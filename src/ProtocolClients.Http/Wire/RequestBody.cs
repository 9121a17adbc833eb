using System.Net;
using System.Net.Http.Json;

namespace ProtocolClients;

/// <summary>
/// A body that can be produced again as often as needed: opened anew for each attempt, each redirect and each
/// authentication. For files and whatever else is cheap to open and dear to hold.
/// </summary>
public sealed class ReplayableContent : HttpContent
{
    private readonly Func<CancellationToken, ValueTask<Stream>> _open;
    private readonly long? _length;

    /// <summary>Keeps how the body is opened; nothing is opened yet.</summary>
    /// <param name="open">Opens the body at its beginning; the stream is disposed after use.</param>
    /// <param name="length">Its length in bytes; null when unknown, which sends it chunked.</param>
    /// <param name="mediaType">Its media type.</param>
    public ReplayableContent(Func<CancellationToken, ValueTask<Stream>> open, long? length = null, string mediaType = "application/octet-stream")
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentException.ThrowIfNullOrEmpty(mediaType);
        _open = open;
        _length = length;
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream source = await _open(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            await source.CopyToAsync(stream, 128 * 1024, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }
}

/// <summary>
/// The caller's body on its way out: tells when it is being sent, so that a slow upload is not a silent server and a body
/// that can be had only once is not asked for twice. The caller's object is never disposed here: it may be needed again.
/// </summary>
internal sealed class RequestBody : HttpContent
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

    /// <summary>Whether the same body can be sent a second time.</summary>
    public static bool IsReplayable(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent or ReplayableContent or JsonContent
        || (content is MultipartContent parts && parts.All(IsReplayable));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _progress();
        if (_inner is null) return;
        var observed = new ObservedStream(stream, _progress);
        await using (observed.ConfigureAwait(false))
        {
            await _inner.CopyToAsync(observed, context, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner is null ? 0 : _inner.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    /// <summary>The connection, written to; leaves it open when disposed.</summary>
    private sealed class ObservedStream(Stream inner, Action progress) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            progress();
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            ValidateBufferArguments(buffer, offset, count);
            return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            progress();
            inner.Write(buffer, offset, count);
        }
    }
}
