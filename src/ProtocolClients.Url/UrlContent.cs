using System.Runtime.CompilerServices;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What a URL gave: a stream and the facts about it. Read once; disposing it early abandons the rest.
/// </summary>
public sealed partial class UrlContent : IAsyncDisposable
{
    private readonly IDisposable? _owner;

    /// <summary>Wraps a stream.</summary>
    /// <param name="stream">The content; disposed with this object.</param>
    /// <param name="finalUrl">Where it came from in the end; its userinfo is dropped.</param>
    /// <param name="owner">Disposed with this object, after the stream; null for none.</param>
    public UrlContent(Stream stream, Uri finalUrl, IDisposable? owner = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(finalUrl);
        Stream = stream;
        FinalUrl = UrlText.WithoutUserInfo(finalUrl);
        _owner = owner;
    }

    /// <summary>The content, forward only, read asynchronously.</summary>
    public Stream Stream { get; }

    /// <summary>Where it came from in the end, after redirects, without userinfo.</summary>
    public Uri FinalUrl { get; }

    /// <summary>The bytes that <see cref="Stream"/> will give; null when nobody said.</summary>
    public long? Length { get; init; }

    /// <summary>The media type in lower case; null when nobody said.</summary>
    public string? MediaType { get; init; }

    /// <summary>The charset of the text; null when nobody said.</summary>
    public string? Charset { get; init; }

    /// <summary>When it was changed; null when nobody said.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>The header fields; empty for protocols without.</summary>
    public HttpFields Headers { get; init; } = HttpFields.Empty;

    /// <summary>The bytes of the whole, of which <see cref="Stream"/> may give a part; null when nobody said.</summary>
    public long? Total { get; init; }

    /// <summary>The first byte of the whole that <see cref="Stream"/> gives: 0, or what <see cref="UrlRequest.Offset"/> asked for.</summary>
    public long Offset { get; init; }

    /// <summary>Names this very state of the content, so that a transfer can be resumed; null when it cannot.</summary>
    public string? Validator { get; init; }

    /// <summary>
    /// True when the content is still what <see cref="UrlRequest.IfNoneMatch"/> or <see cref="UrlRequest.IfModifiedSince"/> spoke of:
    /// <see cref="Stream"/> is empty then.
    /// </summary>
    public bool IsNotModified { get; init; }

    /// <summary>The limit of <see cref="ReadBytesAsync"/> and <see cref="ReadTextAsync"/> in bytes, unless they are given another.</summary>
    public long InMemoryLimit { get; init; } = WireLimits.Default.InMemory;

    /// <summary>The same content, told where it came from; this object is left to it.</summary>
    internal UrlContent At(Uri finalUrl) => new(Stream, finalUrl, _owner)
    {
        Length = Length,
        MediaType = MediaType,
        Charset = Charset,
        LastModified = LastModified,
        Headers = Headers,
        Total = Total,
        Offset = Offset,
        Validator = Validator,
        IsNotModified = IsNotModified,
        InMemoryLimit = InMemoryLimit,
    };

    /// <summary>The whole content.</summary>
    /// <param name="limit">The most bytes taken; null for the opener's limit.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">There is more than the limit.</exception>
    public async Task<byte[]> ReadBytesAsync(long? limit = null, CancellationToken cancellationToken = default) =>
        await BoundedReader.ReadAllAsync(Stream, limit ?? InMemoryLimit, cancellationToken).ConfigureAwait(false);

    /// <summary>The whole content as text: by its byte order mark, else by <see cref="Charset"/>, else UTF-8.</summary>
    /// <param name="limit">The most bytes taken; null for the opener's limit.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">There is more than the limit.</exception>
    /// <exception cref="WireFormatException">The charset is unknown here.</exception>
    public async Task<string> ReadTextAsync(long? limit = null, CancellationToken cancellationToken = default)
    {
        Encoding encoding = BoundedReader.EncodingOf(Charset);
        return BoundedReader.Decode(await ReadBytesAsync(limit, cancellationToken).ConfigureAwait(false), encoding);
    }

    /// <summary>The content line by line, in memory that does not grow with it; lines end with LF, CRLF or CR.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(Stream, BoundedReader.EncodingOf(Charset), detectEncodingFromByteOrderMarks: true, 16 * 1024, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line) yield return line;
    }

    /// <summary>Copies the content to another stream.</summary>
    /// <param name="target">The stream to write to; not disposed.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public Task CopyToAsync(Stream target, CancellationToken cancellationToken = default) => Stream.CopyToAsync(target, 128 * 1024, cancellationToken);

    /// <summary>Closes the stream and what it came from.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        _owner?.Dispose();
    }
}

/// <summary>Facts about a URL's content.</summary>
/// <param name="FinalUrl">Where it is in the end, after redirects, without userinfo.</param>
public sealed record UrlInfo(Uri FinalUrl)
{
    /// <summary>Bytes; null when nobody said.</summary>
    public long? Length { get; init; }

    /// <summary>The media type in lower case; null when nobody said.</summary>
    public string? MediaType { get; init; }

    /// <summary>The charset; null when nobody said.</summary>
    public string? Charset { get; init; }

    /// <summary>When it was changed; null when nobody said.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>The header fields; empty for protocols without.</summary>
    public HttpFields Headers { get; init; } = HttpFields.Empty;
}

/// <summary>One entry of a listing.</summary>
/// <param name="Name">Its name: one segment, decoded.</param>
/// <param name="Url">Its URL.</param>
public sealed record UrlEntry(string Name, Uri Url)
{
    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder { get; init; }

    /// <summary>Bytes; null for folders and when nobody said.</summary>
    public long? Length { get; init; }

    /// <summary>When it was changed; null when nobody said.</summary>
    public DateTimeOffset? LastModified { get; init; }
}
