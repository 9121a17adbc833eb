using System.Buffers;
using System.Net;

namespace ProtocolClients;

/// <summary>
/// A body that can be produced again as often as needed: opened anew for each attempt, each redirect and each
/// authentication. For files and whatever else is cheap to open and dear to hold.
/// </summary>
public sealed class ReplayableContent : HttpContent
{
    private readonly Func<CancellationToken, ValueTask<Stream>> _open;
    private readonly long? _length;
    private readonly bool _leaveOpen;

    /// <summary>A stream that can seek: sent from where it stands now, each time again. It is not disposed.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <exception cref="ArgumentException">The stream cannot seek: a <see cref="StreamContent"/> sends it, once.</exception>
    public ReplayableContent(Stream stream, string mediaType = "application/octet-stream")
        : this(From(stream), stream.Length - stream.Position, mediaType) => _leaveOpen = true;

    /// <summary>Keeps how the body is opened; nothing is opened yet.</summary>
    /// <param name="open">Opens the body at its beginning; the stream is disposed after use.</param>
    /// <param name="length">Its length in bytes; null when unknown, which sends it chunked.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <exception cref="ArgumentException">The media type has a control character, or the length is negative.</exception>
    public ReplayableContent(Func<CancellationToken, ValueTask<Stream>> open, long? length = null, string mediaType = "application/octet-stream")
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentException.ThrowIfNullOrEmpty(mediaType);
        HttpText.RequireField("Content-Type", mediaType, nameof(mediaType));
        if (length < 0) throw new ArgumentOutOfRangeException(nameof(length), length, "A length is 0 or more.");
        _open = open;
        _length = length;
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
    }

    /// <summary>Whether each sending has a stream of its own.</summary>
    internal bool IsOpenedAnew => !_leaveOpen;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream source = await _open(cancellationToken).ConfigureAwait(false);
        try
        {
            await CopyAsync(source, stream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!_leaveOpen) await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }

    private static Func<CancellationToken, ValueTask<Stream>> From(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) throw new ArgumentException("The stream cannot seek: a StreamContent sends it, once.", nameof(stream));
        long start = stream.Position;
        return _ =>
        {
            stream.Position = start;
            return new(stream);
        };
    }

    // What was announced is what is sent: a file that grew or shrank since fails here, with words of its own.
    private async Task CopyAsync(Stream source, Stream target, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long left = _length ?? long.MaxValue;
            while (true)
            {
                int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0 && (left == 0 || _length is null)) return;
                left -= read;
                if (read == 0 || left < 0)
                {
                    throw new InvalidOperationException($"The body was announced with {_length} bytes, and its source gives {(read == 0 ? "fewer" : "more")}.");
                }

                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
