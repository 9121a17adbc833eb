using System.Net;
using System.Net.Security;
using System.Security.Authentication.ExtendedProtection;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The platform's HTTP engine on our dialer: connections, framing and HTTP/2 are its; everything above them is ours.</summary>
internal sealed class HttpWire : IDisposable
{
    private static readonly ValueList<SslApplicationProtocol> UpToHttp2 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly ValueList<SslApplicationProtocol> OnlyHttp1 = [SslApplicationProtocol.Http11];

    /// <summary>The deadlines of a request that has its own.</summary>
    public static readonly HttpRequestOptionsKey<Deadlines> DeadlinesKey = new("ProtocolClients.Deadlines");

    private readonly HttpSessionOptions _options;
    private readonly HttpMessageInvoker _invoker;
    private readonly IDialer _plain;
    private readonly IDialer _secure;
    private readonly IDialer _toProxy;
    private readonly IDialer _toSecondProxy;
    private readonly ProxyResolver? _proxies;

    public HttpWire(HttpSessionOptions options)
    {
        _options = options;
        _plain = Dialers.Create(options, "http");
        _secure = Dialers.Create(options, "https");
        _toProxy = Dialers.CreateDirect(options);
        _toSecondProxy = options.Transport.Proxy.PreProxy is null ? _toProxy : Dialers.CreateToProxy(options);
        // A policy judges addresses, and who hands a proxy a URL never sees one: then it is a tunnel, where the dialer judges.
        bool judged = !ReferenceEquals(options.Transport.AddressPolicy, AddressPolicy.Any);
        if (!judged && options.Transport.Dialer is null && options.Transport.UnixSocketPath is null) _proxies = new ProxyResolver(options.Transport.Proxy);
#pragma warning disable CA2000 // The invoker owns the handler.
        _invoker = new HttpMessageInvoker(CreateHandler(null), disposeHandler: true);
#pragma warning restore CA2000
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpLineLease? line, CancellationToken cancellationToken) =>
        line is null ? _invoker.SendAsync(request, cancellationToken) : line.SendAsync(request, cancellationToken);

    /// <summary>A connection of its own, which no other request gets.</summary>
    public HttpLine OpenLine() => new(CreateHandler);

    /// <summary>The proxy that is handed the whole URL (RFC 9112 §3.2.2): an HTTP proxy for http. All others are tunnels, and the dialer's.</summary>
    public ProxyServer? ForwardingProxy(Uri url) =>
        url.Scheme is "http" && _proxies?.Resolve("http", url.IdnHost, url.Port) is { Kind: ProxyKind.Http } proxy ? proxy : null;

    public void Dispose() => _invoker.Dispose();

    private SocketsHttpHandler CreateHandler(HttpLine? line) => new()
    {
        MaxConnectionsPerServer = line is null ? int.MaxValue : 1,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        PreAuthenticate = false,
        // Asked for each request, so only where there can be one.
        UseProxy = _proxies?.IsDirect("http") == false,
        Proxy = new ForwardingProxies(this),
        DefaultProxyCredentials = null,
        ActivityHeadersPropagator = null,
        ConnectCallback = line is null ? ConnectAsync : async (context, cancellationToken) =>
        {
            Stream stream = await ConnectAsync(context, cancellationToken).ConfigureAwait(false);
            line.Dialed((stream as SslStream)?.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint));
            return stream;
        },
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult(context.NegotiatedHttpVersion.Major >= 2
            ? context.PlaintextStream
            : new AnswerStream(context.PlaintextStream, UrlText.EndPointOf(context.InitialRequestMessage.RequestUri!), _options.Limits)),
        // The whole of it, from the first 1xx to the end of the final head: so an endless row of 100 Continue is bounded too.
        MaxResponseHeadersLength = Math.Max(1, _options.Limits.Message / 1024),
        MaxResponseDrainSize = _options.Limits.Drain,
        PooledConnectionLifetime = _options.ConnectionLifetime,
        // Both phases of a connection have clocks of their own.
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        Expect100ContinueTimeout = _options.Expect.Wait,
        EnableMultipleHttp2Connections = true,
        // Cookies go back as the bytes that they came as; the handler gives those of an answer as Latin-1.
        RequestHeaderEncodingSelector = static (name, _) => name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : Encoding.UTF8,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        EndPoint endPoint = UrlText.EndPointOf(context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        bool secure = string.Equals(context.InitialRequestMessage.RequestUri?.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal);
        ProxyServer? proxy = secure ? null : ForwardingProxy(context.InitialRequestMessage.RequestUri!);
        IDialer dialer = secure ? _secure : proxy is null ? _plain : proxy.Via is null ? _toProxy : _toSecondProxy;
        if (!context.InitialRequestMessage.Options.TryGetValue(DeadlinesKey, out Deadlines? deadlines)) deadlines = _options.Deadlines;
        Connection connection = await DialAsync(dialer, endPoint, deadlines, cancellationToken).ConfigureAwait(false);
        if (!secure) return connection.Stream;
        // A stream that is TLS already is taken as it is: so the handshake, its deadline and its reasons are the suite's own.
        TlsOptions tls = _options.Transport.Tls with { ApplicationProtocols = context.InitialRequestMessage.Version.Major >= 2 ? UpToHttp2 : OnlyHttp1 };
        connection = await TlsClient.AuthenticateAsync(
            connection, tls, context.DnsEndPoint.Host, deadlines, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        return connection.Stream;
    }

    private async ValueTask<Connection> DialAsync(IDialer dialer, EndPoint endPoint, Deadlines deadlines, CancellationToken cancellationToken)
    {
        using PhaseDeadline deadline = PhaseDeadline.Start(_options.TimeProvider, deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            return await dialer.DialAsync(endPoint, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(endPoint, cause);
        }
    }

    /// <summary>Tells the handler of no proxy but the forwarding ones, so that its callback gets the origin of all else.</summary>
    private sealed class ForwardingProxies(HttpWire wire) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => null;
            set => throw new NotSupportedException("A proxy's credentials are in ProxyOptions.");
        }

        public Uri? GetProxy(Uri destination) => wire.ForwardingProxy(destination)?.Url;

        public bool IsBypassed(Uri host) => wire.ForwardingProxy(host) is null;
    }
}
