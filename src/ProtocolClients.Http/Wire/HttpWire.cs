using System.Net;
using System.Net.Security;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The platform's HTTP engine on our dialer: connections, framing and HTTP/2 are its; everything above them is ours.</summary>
internal sealed class HttpWire : IDisposable
{
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
        // The dialer has its own clock for the first; what is left of the sum is the handshake's.
        ConnectTimeout = Sum(_options.Deadlines.Connect, _options.Deadlines.Tls),
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        SslOptions = new SslClientAuthenticationOptions(),
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        EndPoint endPoint = UrlText.EndPointOf(context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        bool secure = string.Equals(context.InitialRequestMessage.RequestUri?.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal);
        using PhaseDeadline deadline = PhaseDeadline.Start(_options.TimeProvider, _options.Deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            Connection connection = await (secure ? _secure : _plain).DialAsync(endPoint, deadline.Token).ConfigureAwait(false);
            return connection.Stream;
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(endPoint, cause);
        }
    }

    private static TimeSpan Sum(TimeSpan connect, TimeSpan tls) =>
        connect == Timeout.InfiniteTimeSpan || tls == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : connect + tls;
}
