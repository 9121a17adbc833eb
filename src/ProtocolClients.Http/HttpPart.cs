using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One part of a multipart answer (RFC 2046 §5.1): its head, and its body until the next part is asked for. The body is read once, as it
/// stands in the answer: HTTP knows no Content-Transfer-Encoding (RFC 9112 appendix B.2).
/// </summary>
public sealed class HttpPart
{
    private readonly PartReader _reader;
    private readonly int _number;
    private bool _opened;

    internal HttpPart(PartReader reader, int number, HttpFields headers)
    {
        _reader = reader;
        _number = number;
        Headers = headers;
    }

    /// <summary>The fields of its head; UTF-8, or Latin-1 where that it is not.</summary>
    public HttpFields Headers { get; }

    /// <summary>The media type in lower case; null when there is none, which means <c>text/plain</c>.</summary>
    public string? MediaType => HttpText.MediaType(Headers["Content-Type"]);

    /// <summary>The charset parameter of the media type; null when there is none.</summary>
    public string? Charset => HttpText.Parameter(Headers["Content-Type"], "charset") is { Length: > 0 } charset ? charset : null;

    /// <summary>Which bytes of the resource these are (Content-Range, RFC 9110 §14.4), in <c>multipart/byteranges</c>; null when it does not say, or not so.</summary>
    public ContentRangeHeaderValue? Range => ContentRangeHeaderValue.TryParse(Headers["Content-Range"], out ContentRangeHeaderValue? range) ? range : null;

    /// <summary>The body as it comes. It ends with the part, and is of no use once the next part was asked for.</summary>
    /// <param name="cancellationToken">Not waited on: the body is under way.</param>
    /// <exception cref="InvalidOperationException">The part was opened or read before, or is past.</exception>
    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<Stream>(Open());
    }

    /// <summary>The whole body, within a limit.</summary>
    /// <param name="limit">The most bytes taken; null for <see cref="WireLimits.InMemory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">The body is longer than the limit.</exception>
    /// <exception cref="IntegrityException">The answer ended inside the part.</exception>
    public async Task<byte[]> ReadBytesAsync(long? limit = null, CancellationToken cancellationToken = default) =>
        await BoundedReader.ReadAllAsync(Open(), limit ?? _reader.Limits.InMemory, cancellationToken).ConfigureAwait(false);

    /// <summary>The whole body as text: by its byte order mark, else by its charset, else UTF-8.</summary>
    /// <param name="limit">The most bytes taken; null for <see cref="WireLimits.InMemory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">The body is longer than the limit.</exception>
    /// <exception cref="WireFormatException">The charset is unknown here.</exception>
    /// <exception cref="IntegrityException">The answer ended inside the part.</exception>
    public async Task<string> ReadTextAsync(long? limit = null, CancellationToken cancellationToken = default)
    {
        Encoding encoding = BoundedReader.EncodingOf(Charset);
        return BoundedReader.Decode(await ReadBytesAsync(limit, cancellationToken).ConfigureAwait(false), encoding);
    }

    /// <summary>The body read as JSON (RFC 8259) while it comes.</summary>
    /// <typeparam name="T">What it describes.</typeparam>
    /// <param name="type">The contract, from a source-generated context.</param>
    /// <param name="limit">The most bytes taken; null for <see cref="WireLimits.InMemory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">The body is not such JSON.</exception>
    /// <exception cref="WireLimitException">The body is longer than the limit.</exception>
    /// <exception cref="IntegrityException">The answer ended inside the part.</exception>
    public async Task<T?> ReadJsonAsync<T>(JsonTypeInfo<T> type, long? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return await JsonBody.ReadAsync(Open(), type, limit ?? _reader.Limits.InMemory, _reader.EndPoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The parts of a part that is itself multipart (RFC 2046 §5.1.2), as <see cref="HttpReply.ReadPartsAsync"/> gives them.</summary>
    /// <param name="options">How much is taken; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireFormatException">The part is no multipart.</exception>
    public IAsyncEnumerable<HttpPart> ReadPartsAsync(HttpPartsOptions? options = null, CancellationToken cancellationToken = default) =>
        PartReader.ReadAsync(Open, Headers["Content-Type"], options ?? HttpPartsOptions.Default, _reader.Limits, _reader.EndPoint, cancellationToken);

    private PartStream Open()
    {
        if (_opened) throw new InvalidOperationException("The body of a part is read once; it was opened before.");
        _opened = true;
        return new PartStream(_reader, _number);
    }
}
