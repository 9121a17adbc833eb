using System.IO.Compression;
using System.Net;

namespace ProtocolClients;

/// <summary>
/// Bodies that are compressed while they are sent (RFC 9110 §8.4). For servers that are known to take them: a request cannot ask before, and
/// one that does not answers 415 (§15.5.16, there with what it takes in <c>Accept-Encoding</c>, RFC 7694).
/// </summary>
/// <remarks>
/// The length is not known before, so the body goes chunked. It can be sent again when the content inside can. Nothing is held in memory.
/// Secrets beside text that others choose can be guessed from the length of what is compressed together, under TLS too (BREACH).
/// </remarks>
public static class Compressed
{
    // The codings of an empty content, for which the platform's streams write nothing at all: that is no body of any coding.
    private static readonly byte[] NoGzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] NoZlib = [0x78, 0x9C, 3, 0, 0, 0, 0, 1];
    private static readonly byte[] NoBrotli = [6];

    /// <summary>The content as gzip (RFC 1952), which every server that takes a coding knows.</summary>
    /// <param name="content">What is compressed; its headers go along. Disposing the result disposes it.</param>
    /// <param name="level">How hard it is tried.</param>
    /// <exception cref="ArgumentException">The content has a Content-Encoding: it is compressed, or says so.</exception>
    public static HttpContent Gzip(HttpContent content, CompressionLevel level = CompressionLevel.Optimal) =>
        new CompressedBody(content, "gzip", NoGzip, sink => new GZipStream(sink, level, leaveOpen: true));

    /// <summary>The content as <c>deflate</c>: deflate with zlib's head (RFC 1950, RFC 9110 §8.4.1.2).</summary>
    /// <param name="content">What is compressed; its headers go along. Disposing the result disposes it.</param>
    /// <param name="level">How hard it is tried.</param>
    /// <exception cref="ArgumentException">The content has a Content-Encoding: it is compressed, or says so.</exception>
    public static HttpContent Deflate(HttpContent content, CompressionLevel level = CompressionLevel.Optimal) =>
        new CompressedBody(content, "deflate", NoZlib, sink => new ZLibStream(sink, level, leaveOpen: true));

    /// <summary>The content as <c>br</c> (RFC 7932).</summary>
    /// <param name="content">What is compressed; its headers go along. Disposing the result disposes it.</param>
    /// <param name="level">How hard it is tried.</param>
    /// <exception cref="ArgumentException">The content has a Content-Encoding: it is compressed, or says so.</exception>
    public static HttpContent Brotli(HttpContent content, CompressionLevel level = CompressionLevel.Optimal) =>
        new CompressedBody(content, "br", NoBrotli, sink => new BrotliStream(sink, level, leaveOpen: true));
}

/// <summary>The body that <see cref="Compressed"/> makes.</summary>
internal sealed class CompressedBody : HttpContent
{
    // What the content says of its own bytes is wrong for those that are sent.
    private static readonly string[] OfTheBytes = ["Content-Length", "Content-MD5", "Content-Range", "Content-Digest", "Repr-Digest", "Digest"];

    private readonly HttpContent _inner;
    private readonly byte[] _nothing;
    private readonly Func<Stream, Stream> _compress;

    public CompressedBody(HttpContent content, string coding, byte[] nothing, Func<Stream, Stream> compress)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Headers.NonValidated.Contains("Content-Encoding"))
        {
            throw new ArgumentException("The content has a Content-Encoding: it is compressed already, or says so.", nameof(content));
        }

        _inner = content;
        _nothing = nothing;
        _compress = compress;
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in content.Headers.NonValidated)
        {
            if (OfTheBytes.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            foreach (string value in values) Headers.TryAddWithoutValidation(name, value);
        }

        Headers.TryAddWithoutValidation("Content-Encoding", coding);
    }

    /// <summary>Whether it can be sent again.</summary>
    public bool IsReplayable => RequestBody.IsReplayable(_inner);

    /// <summary>Whether it can be sent several times at once.</summary>
    public bool IsShareable => RequestBody.IsShareable(_inner);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var end = new EndableStream(stream);
        Stream compressing = _compress(end);
        try
        {
            await _inner.CopyToAsync(compressing, context, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // The end of a coding says that the content is whole.
            end.HasEnded = true;
            throw;
        }
        finally
        {
            await compressing.DisposeAsync().ConfigureAwait(false);
        }

        if (end.IsEmpty) await stream.WriteAsync(_nothing, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Passes on what is written, until it has ended.</summary>
internal sealed class EndableStream(Stream inner) : SinkStream
{
    public bool HasEnded { get; set; }

    /// <summary>Whether nothing was written yet.</summary>
    public bool IsEmpty { get; private set; } = true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (HasEnded || buffer.IsEmpty) return default;
        IsEmpty = false;
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (HasEnded || count == 0) return;
        IsEmpty = false;
        inner.Write(buffer, offset, count);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => HasEnded ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override void Flush()
    {
        if (!HasEnded) inner.Flush();
    }
}
