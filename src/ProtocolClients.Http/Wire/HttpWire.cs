using System.Net;
using System.Net.Security;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The platform's HTTP engine on our dialer: connections, framing and HTTP/2 are its; everything above them is ours.</summary>
internal sealed class HttpWire : IDisposable
{
    private static readonly ValueList<SslApplicationProtocol> UpToHttp2 = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly ValueList<SslApplicationProtocol> OnlyHttp1 = [SslApplicationProtocol.Http11];

    private readonly HttpSessionOptions _options;
    private readonly HttpMessageInvoker _invoker;
    private readonly IDialer _plain;
    private readonly IDialer _secure;

    public HttpWire(HttpSessionOptions options)
    {
        _options = options;
        _plain = Dialers.Create(options, "http");
        _secure = Dialers.Create(options, "https");
#pragma warning disable CA2000 // The invoker owns the handler.
        _invoker = new HttpMessageInvoker(CreateHandler(), disposeHandler: true);
#pragma warning restore CA2000
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    public void Dispose() => _invoker.Dispose();

    private SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        PreAuthenticate = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = ConnectAsync,
        // The whole of it, from the first 1xx to the end of the final head: so an endless row of 100 Continue is bounded too.
        MaxResponseHeadersLength = Math.Max(1, _options.Limits.Message / 1024),
        MaxResponseDrainSize = _options.Limits.Drain,
        PooledConnectionLifetime = _options.ConnectionLifetime,
        // Both phases of a connection have clocks of their own.
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        EndPoint endPoint = UrlText.EndPointOf(context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        bool secure = string.Equals(context.InitialRequestMessage.RequestUri?.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal);
        Connection connection = await DialAsync(secure ? _secure : _plain, endPoint, cancellationToken).ConfigureAwait(false);
        if (!secure) return connection.Stream;
        // A stream that is TLS already is taken as it is: so the handshake, its deadline and its reasons are the suite's own.
        TlsOptions tls = _options.Transport.Tls with { ApplicationProtocols = context.InitialRequestMessage.Version.Major >= 2 ? UpToHttp2 : OnlyHttp1 };
        connection = await TlsClient.AuthenticateAsync(
            connection, tls, context.DnsEndPoint.Host, _options.Deadlines, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        return connection.Stream;
    }

    private async ValueTask<Connection> DialAsync(IDialer dialer, EndPoint endPoint, CancellationToken cancellationToken)
    {
        using PhaseDeadline deadline = PhaseDeadline.Start(_options.TimeProvider, _options.Deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            return await dialer.DialAsync(endPoint, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(endPoint, cause);
        }
    }
}
