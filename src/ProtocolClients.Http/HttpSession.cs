using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Requests over HTTP/1.1 and HTTP/2 (RFC 9110, 9112, 9113) that share connections, options and credentials. Safe for many
/// tasks. A status is an answer, not an exception: <see cref="HttpReply.EnsureSuccess"/> makes it one.
/// </summary>
/// <remarks>
/// Every verb throws <see cref="ArgumentException"/> for a malformed URL, method or header; <see cref="TransportException"/> when
/// there is no connection or a deadline is missed; <see cref="WireFormatException"/> when the answer is not HTTP or too long;
/// <see cref="HttpRedirectException"/> when a redirect is refused; <see cref="CapabilityMissingException"/> when credentials would go
/// over clear text; <see cref="OperationCanceledException"/> when the caller cancels. Transient failures, and the statuses 408,
/// 425, 429, 502, 503 and 504, are tried again as <see cref="ClientOptions.Resilience"/> allows: GET, HEAD, OPTIONS, TRACE, PUT and
/// DELETE always, POST and PATCH only when it is proven that nothing was applied, nothing whose body cannot be produced again.
/// </remarks>
public sealed partial class HttpSession : IAsyncDisposable
{
    private readonly HttpWire _wire;
    private readonly SessionAuthentication _authentication;
    private readonly HttpTargets _targets;
    private readonly ResiliencePolicy _resilience;
    private readonly Func<HttpOperation, CancellationToken, ValueTask<HttpReply>> _attempt;
    private readonly ILogger _logger;

    /// <summary>Makes a session; nothing is connected yet.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    public HttpSession(HttpSessionOptions? options = null)
    {
        Options = options ?? HttpSessionOptions.Default;
        _wire = new HttpWire(Options);
        _targets = new HttpTargets(Options.BaseAddress);
        Cookies = Options.Cookies ?? new CookieJar(CookiePolicy.Default with { TimeProvider = Options.TimeProvider });
        Hsts = Options.Hsts ?? new HstsStore(Options.TimeProvider);
        _logger = Options.LoggerFactory.CreateLogger("ProtocolClients.Http");
        _authentication = new SessionAuthentication(Options, _wire, _logger);
        if (Options.HostLimits is { } limits) _gates = new HostGates(limits, Options.TimeProvider);
        _resilience = new ResiliencePolicy(Options.Resilience, Options.TimeProvider, _logger);
        _hedging = _resilience.CreateHedging();
        _attempt = TryAsync;
    }

    /// <summary>On a platform that lacks what the test says it lacks.</summary>
    internal HttpSession(HttpSessionOptions options, Func<ConnectionAuthenticator, string, bool> canBegin)
        : this(options) => _authentication = new SessionAuthentication(Options, _wire, _logger) { CanBegin = canBegin };

    /// <summary>How this session works.</summary>
    public HttpSessionOptions Options { get; }

    /// <summary>GET (RFC 9110 §9.3.1): the resource.</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> GetAsync(string url, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, url, null, options, cancellationToken);

    /// <summary>HEAD (RFC 9110 §9.3.2): the head that GET would give, without the body.</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> HeadAsync(string url, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Head, url, null, options, cancellationToken);

    /// <summary>DELETE (RFC 9110 §9.3.5).</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> DeleteAsync(string url, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Delete, url, null, options, cancellationToken);

    /// <summary>OPTIONS (RFC 9110 §9.3.7): what may be done with the resource.</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> OptionsAsync(string url, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Options, url, null, options, cancellationToken);

    /// <summary>POST (RFC 9110 §9.3.3).</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="content">The body; null for an empty one. The caller disposes it.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> PostAsync(string url, HttpContent? content, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, url, content, options, cancellationToken);

    /// <summary>PUT (RFC 9110 §9.3.4).</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="content">The body; null for an empty one. The caller disposes it.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> PutAsync(string url, HttpContent? content, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, url, content, options, cancellationToken);

    /// <summary>PATCH (RFC 5789).</summary>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="content">The body; null for an empty one. The caller disposes it.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> PatchAsync(string url, HttpContent? content, HttpCallOptions? options = null, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Patch, url, content, options, cancellationToken);

    /// <summary>A request of any method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="content">The body; null for none. The caller disposes it.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> SendAsync(
        HttpMethod method, string url, HttpContent? content = null, HttpCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(url);
        return SendAsync(new HttpOperation(method, _targets.Of(url), content, null, options ?? HttpCallOptions.Default, Options), cancellationToken);
    }

    /// <summary>A request of the platform's own kind: its method, URL, headers and body. The message is not disposed.</summary>
    /// <param name="request">The request; its URL may be relative to the base address.</param>
    /// <param name="options">What is different for this request.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task<HttpReply> SendAsync(HttpRequestMessage request, HttpCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        HttpTarget target = _targets.Of(request.RequestUri?.OriginalString ?? string.Empty);
        return SendAsync(new HttpOperation(request.Method, target, request.Content, request, options ?? HttpCallOptions.Default, Options), cancellationToken);
    }

    /// <summary>
    /// This session as a handler for <see cref="HttpClient"/> and <c>IHttpClientFactory</c>: connections, credentials, redirects,
    /// decoding, limits and resilience are the session's, and so are the exceptions. A status is an answer. Disposing the
    /// handler does not end the session, so that many clients can share one.
    /// </summary>
    /// <remarks>
    /// The response streams: what is not read is not fetched, and disposing the response gives its connection back. Its
    /// <see cref="HttpResponseMessage.RequestMessage"/> is the one that was sent, or after redirects one with the final URL. A body
    /// that was decoded has neither Content-Encoding nor Content-Length. <see cref="HttpCallOptions"/> travel in the request's
    /// options under <see cref="HttpCallOptions.Key"/>. Only asynchronous sending is supported. How much of a body is held in memory is
    /// <see cref="HttpClient.MaxResponseContentBufferSize"/>, since it is the client that holds it.
    /// </remarks>
    public HttpMessageHandler CreateHandler() => new SessionHandler(this);

    /// <summary>Closes the session's connections. Replies that are still being read fail.</summary>
    public ValueTask DisposeAsync()
    {
        _authentication.Dispose();
        _gates?.Dispose();
        _wire.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A request that comes through a handler: the URL as the platform read it, and no reading ahead.</summary>
    internal Task<HttpReply> SendForHandlerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri? asked = request.RequestUri;
        HttpTarget target = _targets.Of(asked is { IsAbsoluteUri: true } ? asked.AbsoluteUri : asked?.OriginalString ?? string.Empty);
        if (!request.Options.TryGetValue(HttpCallOptions.Key, out HttpCallOptions? call)) call = HttpCallOptions.Default;
        if (request.VersionPolicy == HttpVersionPolicy.RequestVersionExact) call = call with { Version = call.Version ?? request.Version };
        return SendAsync(new HttpOperation(request.Method, target, request.Content, request, call, Options) { TakesExcerpt = false }, cancellationToken);
    }
}
