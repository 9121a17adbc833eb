using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One redirect on the way to a reply.</summary>
/// <param name="Url">What answered, without userinfo.</param>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers.</param>
public sealed record HttpHop(Uri Url, HttpStatusCode Status, HttpFields Headers);

/// <summary>
/// What the server answered: the head, and the body as long as it is not read. The body is read once, by one of the verbs;
/// disposing the reply gives its connection back.
/// </summary>
public sealed partial class HttpReply : IDisposable
{
    private const int SmallBody = 16 * 1024;

    private static readonly byte[] Beyond = new byte[1];

    private readonly HttpResponseMessage _response;
    private readonly HttpContent _content;
    private readonly HttpOperation _operation;
    private readonly PhaseDeadline? _transfer;
    private readonly EndPoint _endPoint;
    private Stream _body;
    private ReadOnlyMemory<byte> _excerpt;
    private bool _isDecoded;
    private bool _opened;
    private bool _isFinal;

    private HttpReply(HttpResponseMessage response, Hop hop, IReadOnlyList<HttpHop>? history, HttpOperation operation)
    {
        _response = response;
        _content = response.Content;
        _operation = operation;
        _transfer = operation.Transfer;
        FinalUrl = hop.Url;
        History = history ?? [];
        Headers = new HttpFields(response.Headers, response.Content.Headers);
        _endPoint = hop.EndPoint;
        _body = Stream.Null;
    }

    /// <summary>The status code.</summary>
    public HttpStatusCode Status => _response.StatusCode;

    /// <summary>The reason phrase as the server sent it; empty in HTTP/2.</summary>
    public string Reason => _response.ReasonPhrase ?? string.Empty;

    /// <summary>The version that was spoken.</summary>
    public Version Version => _response.Version;

    /// <summary>The header fields, those of the body included.</summary>
    public HttpFields Headers { get; }

    /// <summary>
    /// The trailer fields, which a server sends after the body (RFC 9110 §6.5): complete once the body was read to its end, empty
    /// before. Never mixed with <see cref="Headers"/>: a server can say in a trailer what an intermediary has not checked.
    /// </summary>
    public HttpFields Trailers => new(_response.TrailingHeaders);

    /// <summary>What answered in the end, after redirects, without userinfo.</summary>
    public Uri FinalUrl { get; }

    /// <summary>The redirects on the way, first to last; empty when there were none.</summary>
    public IReadOnlyList<HttpHop> History { get; }

    /// <summary>True for 200 to 299.</summary>
    public bool IsSuccess => _response.IsSuccessStatusCode;

    /// <summary>The bytes of the body as the verbs give them; null when the server did not say, or the body is decoded on the way.</summary>
    public long? Length { get; private set; }

    /// <summary>The media type in lower case, for example <c>text/html</c>; null when the server did not say.</summary>
    public string? MediaType => HttpText.MediaType(Headers["Content-Type"]);

    /// <summary>The charset parameter of the media type; null when the server did not say.</summary>
    public string? Charset => HttpText.Parameter(Headers["Content-Type"], "charset") is { Length: > 0 } charset ? charset : null;

    /// <summary>
    /// How long the server asked to wait: <c>Retry-After</c>, in seconds or as a date; else, with a 429 or 503, the time until a quota of its
    /// <c>RateLimit</c> field has more. Null when it did not.
    /// </summary>
    public TimeSpan? RetryAfter => HttpText.RetryAfter(Headers["Retry-After"], _operation.Options.TimeProvider)
        ?? (Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable ? RateLimitField.Exhausted(Headers["RateLimit"]) : null);

    /// <summary>What is left of the server's quotas (<c>RateLimit</c>, draft-ietf-httpapi-ratelimit-headers); empty when it does not say.</summary>
    public ValueList<HttpRateLimit> RateLimits => RateLimitField.Limits(Headers["RateLimit"]);

    /// <summary>The server's quotas (<c>RateLimit-Policy</c>); empty when it does not say.</summary>
    public ValueList<HttpRatePolicy> RatePolicies => RateLimitField.Policies(Headers["RateLimit-Policy"]);

    /// <summary>The body as it comes, decoded when the session decodes. Disposing it early closes the connection.</summary>
    /// <param name="cancellationToken">Not waited on: the body has been under way since the head.</param>
    /// <exception cref="InvalidOperationException">The body was opened or read before.</exception>
    public ValueTask<Stream> OpenReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Open());
    }

    /// <summary>The whole body, within a limit.</summary>
    /// <param name="limit">The most bytes taken; null for <see cref="WireLimits.InMemory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">The body is longer than the limit.</exception>
    /// <exception cref="IntegrityException">The body ended early.</exception>
    /// <exception cref="TransportException">The connection was lost, or a deadline was missed.</exception>
    public async Task<byte[]> ReadBytesAsync(long? limit = null, CancellationToken cancellationToken = default)
    {
        Stream body = Open();
        await using (body.ConfigureAwait(false))
        {
            long most = limit ?? _operation.Options.Limits.InMemory;
            if (Length is not (> 0 and <= SmallBody and { } announced) || announced > most)
                return await BoundedReader.ReadAllAsync(body, most, cancellationToken).ConfigureAwait(false);
            // So little is taken at its word, and then for what it is: the end has to be seen, where some bodies are checked.
            byte[] bytes = new byte[announced];
            int length = 0;
            while (length < bytes.Length)
            {
                int read = await body.ReadAsync(bytes.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0) return bytes[..length];
                length += read;
            }

            return await body.ReadAsync(Beyond, cancellationToken).ConfigureAwait(false) == 0 ? bytes
                : throw new WireFormatException("The body is longer than its announced length.") { Endpoint = _endPoint };
        }
    }

    /// <summary>The whole body as text: by its byte order mark, else by the charset of its media type, else UTF-8.</summary>
    /// <param name="limit">The most bytes taken; null for <see cref="WireLimits.InMemory"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">The body is longer than the limit.</exception>
    /// <exception cref="WireFormatException">The charset is unknown here.</exception>
    /// <exception cref="IntegrityException">The body ended early.</exception>
    /// <exception cref="TransportException">The connection was lost, or a deadline was missed.</exception>
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
    public async Task<T?> ReadJsonAsync<T>(JsonTypeInfo<T> type, long? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        return await JsonBody.ReadAsync(Open(), type, limit ?? _operation.Options.Limits.InMemory, _endPoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>This reply, when its status is 200 to 299.</summary>
    /// <exception cref="AuthenticationFailedException">The status is 401 or 407; its inner exception is the next.</exception>
    /// <exception cref="HttpStatusException">The status is another.</exception>
    public HttpReply EnsureSuccess()
    {
        if (IsSuccess) return this;
        HttpStatusException refusal = Refusal();
        if (Status is HttpStatusCode.Unauthorized or HttpStatusCode.ProxyAuthenticationRequired)
        {
            throw new AuthenticationFailedException(refusal.Message, refusal) { Endpoint = _endPoint };
        }

        throw refusal;
    }

    /// <summary>Closes the body and gives the connection back.</summary>
    public void Dispose()
    {
        _body.Dispose();
        _content.Dispose();
        _response.Dispose();
        if (_isFinal) _transfer?.Dispose();
    }

    /// <summary>
    /// This reply is what the operation came to, so the clock of the whole operation is its own from here on. A refusal that was only held
    /// back while others were tried must not stop theirs.
    /// </summary>
    internal HttpReply AsFinal()
    {
        _isFinal = true;
        return this;
    }

    /// <summary>Makes the reply; of a refusal it takes the beginning of the body, for the exception's sake.</summary>
    internal static async ValueTask<HttpReply> CreateAsync(
        HttpResponseMessage response, Hop hop, IReadOnlyList<HttpHop>? history, HttpOperation operation, CancellationToken cancellationToken)
    {
        var reply = new HttpReply(response, hop, history, operation) { Length = response.Content.Headers.ContentLength };
        if (response.RequestMessage?.Method == HttpMethod.Head || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified) return reply;
        Stream raw = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new BodyStream(raw, reply._endPoint, operation.Options, operation.Deadlines, operation.Transfer);
        reply._body = body;
        if (operation.Decoding.Enabled && response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out HeaderStringValues codings))
        {
            reply._body = Decoders.Over(body, codings, operation.Decoding);
            reply._isDecoded = !ReferenceEquals(reply._body, body);
            if (reply._isDecoded) reply.Length = null;
        }

        if ((int)response.StatusCode >= 400 && operation.TakesExcerpt) await reply.TakeExcerptAsync(cancellationToken).ConfigureAwait(false);
        return reply;
    }

    private Stream Open()
    {
        if (_opened) throw new InvalidOperationException("The body is read once; it was opened before.");
        _opened = true;
        return _body;
    }
}
