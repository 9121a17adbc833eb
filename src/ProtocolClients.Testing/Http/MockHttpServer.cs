using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProtocolClients.Testing;

/// <summary>
/// An HTTP server for tests: Kestrel (HTTP/1.1, HTTP/2, TLS) on a socket or in memory, with routes, files, faults and a
/// journal of what clients asked. A request goes to the routes, then to the files, else it is answered 404 and listed as
/// unmatched.
/// <code>
/// await using MockHttpServer server = await MockHttpServer.StartAsync();
/// server.Routes.Get("/hello").Respond("hi");
/// server.Files["pub/a.txt"] = "hello"u8;
/// </code>
/// </summary>
public sealed class MockHttpServer : MockServer
{
    private readonly MockHttpServerOptions _options;
    private readonly FileResponder _files;
    private readonly KestrelHost _kestrel;

    private MockHttpServer(MockHttpServerOptions options)
        : base(options, options.Tls ? "https" : "http")
    {
        _options = options;
        Calls = new MockHttpCalls { Limit = options.KeptCalls };
        _files = new FileResponder(Files, options.WritableFiles);
        _kestrel = new KestrelHost(Protocols(options), HandleAsync);
        Transcript.MaskAfter("Authorization:");
        Transcript.MaskAfter("Proxy-Authorization:");
        Transcript.MaskAfter("Cookie:");
        Transcript.MaskAfter("Set-Cookie:");
    }

    /// <summary>What is answered by method and path.</summary>
    public MockRoutes Routes { get; } = new();

    /// <summary>What is served by path, where no route answers.</summary>
    public MockFiles Files { get; } = new();

    /// <summary>Asked of every request, before routes and files; null for nobody. A route's own goes before it.</summary>
    public MockAuthentication? Authentication
    {
        get;
        set
        {
            field = value;
            Know(value);
        }
    }

    /// <summary>Asked of every request in absolute form, as a proxy asks (407); null for nobody. The routes answer for the origins behind it.</summary>
    public MockAuthentication? ProxyAuthentication
    {
        get;
        set
        {
            field = value;
            Know(value);
        }
    }

    /// <summary>What clients asked.</summary>
    public MockHttpCalls Calls { get; }

    /// <summary>Options for a client of this server: it trusts the certificate, dials memory where needed, uses the server's time.</summary>
    public HttpSessionOptions ClientOptions => HttpSessionOptions.Default with
    {
        Transport = Transport,
        TimeProvider = _options.TimeProvider,
        Resilience = ResilienceOptions.None,
    };

    /// <inheritdoc/>
    protected override IReadOnlyList<SslApplicationProtocol> ApplicationProtocols => _options.Versions switch
    {
        MockHttpVersions.Http1 => [SslApplicationProtocol.Http11],
        MockHttpVersions.Http2 => [SslApplicationProtocol.Http2],
        _ => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };

    /// <summary>Starts a server.</summary>
    /// <param name="options">The options; null for HTTP/1.1 without TLS on a free port of 127.0.0.1.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; disposing it closes its connections.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The end point cannot be listened on.</exception>
    public static async Task<MockHttpServer> StartAsync(MockHttpServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var server = new MockHttpServer(options ?? MockHttpServerOptions.Default);
        try
        {
            await server._kestrel.StartAsync(cancellationToken).ConfigureAwait(false);
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a server without a socket: only clients with its <see cref="MockServer.Transport"/> reach it, by any host name.</summary>
    /// <param name="options">The options; null for HTTP/1.1 without TLS.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; disposing it closes its connections.</returns>
    public static Task<MockHttpServer> StartInMemoryAsync(MockHttpServerOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync((options ?? MockHttpServerOptions.Default) with { InMemory = true }, cancellationToken);

    /// <summary>The URL of a path on this server.</summary>
    /// <param name="path">The path and query, escaped: <c>/a?b</c>.</param>
    public Uri UrlOf(string path) => new(Url, path);

    /// <inheritdoc/>
    protected override Task ServeAsync(MockConnection connection, CancellationToken cancellationToken) =>
        _kestrel.ServeAsync(connection, cancellationToken);

    /// <inheritdoc/>
    protected override ValueTask StopAsync() => _kestrel.DisposeAsync();

    /// <summary>HTTP/2 is binary, and its header compression would hide a secret from redaction.</summary>
    /// <param name="line">The line.</param>
    protected override bool EndsText(string line) => string.Equals(line, "PRI * HTTP/2.0", StringComparison.Ordinal);

    private static HttpProtocols Protocols(MockHttpServerOptions options) => options.Versions switch
    {
        MockHttpVersions.Http1 => HttpProtocols.Http1,
        MockHttpVersions.Http2 => HttpProtocols.Http2,
        _ => options.Tls ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1,
    };

    private async Task HandleAsync(HttpContext context)
    {
        MockHttpCall call = Note(context);
        context.Request.Body = new BodyTee(context.Request.Body, call, _options.KeptBody);
        context.Response.OnStarting(() =>
        {
            call.Status = context.Response.StatusCode;
            return Task.CompletedTask;
        });
        MockRoute? route = Routes.Find(call);
        call.IsMatched = route is not null || _files.Has(call.Method, call.Path);
        Calls.Add(call);
        if (HasTwoLengths(call))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.Headers.Connection = "close";
            return;
        }

        // Only a request in absolute form is to a proxy (RFC 9112 §3.2.2).
        MockAuthentication? proxy = call.Target.StartsWith('/') || call.Target is "*" ? null : ProxyAuthentication;
        if (proxy is null) await AuthenticateAsync(context, call, route).ConfigureAwait(false);
        else await new MockGate(proxy, Transcript, isProxy: true).PassAsync(context, call, () => AuthenticateAsync(context, call, route)).ConfigureAwait(false);
    }

    private Task AuthenticateAsync(HttpContext context, MockHttpCall call, MockRoute? route) =>
        (route?.Authentication ?? Authentication) is { } authentication
            ? new MockGate(authentication, Transcript, isProxy: false, isEarly: route is { IsEarly: true }).PassAsync(context, call, () => AnswerAsync(context, call, route))
            : AnswerAsync(context, call, route);

    private Task AnswerAsync(HttpContext context, MockHttpCall call, MockRoute? route) =>
        route is not null ? route.RespondAsync(context, _options.TimeProvider) : _files.RespondAsync(context, call.Path);

    // Kestrel takes Transfer-Encoding, renames Content-Length and closes afterwards, which RFC 9112 §6.1 allows. A client that
    // sends both is wrong, and its test is to see it.
    private static bool HasTwoLengths(MockHttpCall call) =>
        call.Headers.ContainsKey("Transfer-Encoding") && call.Headers.ContainsKey("X-Content-Length");

    private void Know(MockAuthentication? authentication)
    {
        foreach (string secret in authentication?.Secrets ?? []) Transcript.AddSecret(secret);
    }

    private static MockHttpCall Note(HttpContext context)
    {
        HttpRequest request = context.Request;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header in request.Headers)
        {
            headers[header.Key] = string.Join(", ", header.Value.ToArray());
        }

        MockConnection? connection = context.Features.Get<KestrelConnection>()?.Mock;
        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        return new MockHttpCall(request.Method, target, request.Path.Value ?? "", request.QueryString.Value ?? "", headers)
        {
            Protocol = request.Protocol,
            Scheme = request.Scheme,
            ConnectionId = connection?.Id ?? 0,
            ClientCertificate = connection?.ClientCertificate?.Subject,
        };
    }
}
