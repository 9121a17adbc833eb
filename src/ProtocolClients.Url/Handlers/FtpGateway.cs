using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// FTP by way of an HTTP proxy that speaks it: the proxy is asked for <c>ftp://…</c> over HTTP (RFC 9112 §3.2.2), as curl and browsers do, since
/// hardly a proxy opens tunnels to ports of FTP. It reads all that passes: so not for passwords, unless the caller named clear text.
/// </summary>
internal sealed class FtpGateway : IAsyncDisposable
{
    private const int MostAnswers = 2;

    private readonly FtpClientOptions _options;
    private readonly ProxyResolver? _proxies;
    private readonly Lazy<(HttpSession Session, HttpUrlHandler Handler)> _http;
    private readonly ConcurrentDictionary<ProxyServer, Func<string, string, string>> _answers = new();

    public FtpGateway(FtpClientOptions options, bool tunnel)
    {
        _options = options;
        TransportOptions transport = options.Transport;
        // A dialer of one's own hears of a proxy that is named only. A policy judges addresses, which who asks a proxy never sees.
        ProxyOptions proxy = transport.Dialer is not null && transport.Proxy.Url is null ? transport.Proxy with { FromEnvironment = false } : transport.Proxy;
        bool proxied = proxy.Url is not null || proxy.PreProxy is not null || proxy.FromEnvironment;
        bool judged = !ReferenceEquals(transport.AddressPolicy, AddressPolicy.Any);
        if (proxied && !judged && !tunnel && transport.UnixSocketPath is null) _proxies = new ProxyResolver(proxy);
        _http = new(() =>
        {
            var session = new HttpSession(HttpOptions());
            return (session, new HttpUrlHandler(session));
        });
    }

    /// <summary>Whether a URL is asked for in this way.</summary>
    public bool Leads(FtpUrl url, Credentials? credentials) => IsReadable(url, credentials) && ProxyOf(url) is not null;

    public async ValueTask<UrlContent> OpenAsync(FtpUrl url, Credentials? credentials, UrlRequest request, CancellationToken cancellationToken)
    {
        UrlContent content = await AskAsync(url, credentials, request, static (handler, asked, token) => handler.OpenAsync(asked, token), cancellationToken).ConfigureAwait(false);
        return content.At(url.Uri);
    }

    public async ValueTask<UrlInfo> StatAsync(FtpUrl url, Credentials? credentials, UrlRequest request, CancellationToken cancellationToken)
    {
        UrlInfo info = await AskAsync(url, credentials, request, static (handler, asked, token) => handler.StatAsync(asked, token), cancellationToken).ConfigureAwait(false);
        return info with { FinalUrl = url.Uri };
    }

    /// <summary>The links of the page that the proxy makes of a directory.</summary>
    public async IAsyncEnumerable<UrlEntry> ListAsync(
        FtpUrl url, Credentials? credentials, UrlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        UrlContent page = await OpenAsync(url, credentials, request, cancellationToken).ConfigureAwait(false);
        await using (page.ConfigureAwait(false))
        {
            if (page.MediaType is not "text/html") throw new NotSupportedException("The proxy makes no page of links of this.");
            string html = await page.ReadTextAsync(null, cancellationToken).ConfigureAwait(false);
            string folder = url.Uri.AbsoluteUri;
            foreach (UrlEntry entry in IndexPage.Read(folder.EndsWith('/') ? url.Uri : new Uri(folder + "/"), html))
            {
                // Beside each name squid puts a link to its bytes.
                if (FtpUrl.From(entry.Url).Type == FtpUrlType.None) yield return entry;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_http.IsValueCreated) return;
        await _http.Value.Handler.DisposeAsync().ConfigureAwait(false);
        await _http.Value.Session.DisposeAsync().ConfigureAwait(false);
    }

    // What a caller wants under TLS, and a password unless he named clear text, goes through a tunnel.
    private bool IsReadable(FtpUrl url, Credentials? credentials) => !url.IsImplicitTls && _options.Transport.Tls.Mode switch
    {
        TlsMode.None => true,
        TlsMode.ByScheme or TlsMode.StartTlsWhenAvailable => credentials is null || credentials.User.Equals("anonymous", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private ProxyServer? ProxyOf(FtpUrl url) =>
        _proxies?.Resolve("ftp", url.Host, url.Port) is { Kind: ProxyKind.Http or ProxyKind.Https } proxy ? proxy : null;

    private HttpSessionOptions HttpOptions() => new()
    {
        Transport = _options.Transport with { Dialer = new FtpGatewayDialer(_options, _proxies!, (proxy, method, target) => _answers.GetValueOrDefault(proxy)?.Invoke(method, target)), Proxy = ProxyOptions.None, Tls = TlsOptions.Default },
        Deadlines = _options.Deadlines,
        Limits = _options.Limits,
        Resilience = _options.Resilience,
        LoggerFactory = _options.LoggerFactory,
        WireLog = _options.WireLog,
        TimeProvider = _options.TimeProvider,
        Version = HttpVersion.Version11,
        Decoding = DecodingOptions.None,
        // The session speaks to proxies, and to nobody whom an answer names.
        Redirects = RedirectPolicy.None,
        UseCookies = false,
        UseHsts = false,
    };

    private async ValueTask<T> AskAsync<T>(
        FtpUrl url, Credentials? credentials, UrlRequest request, Func<HttpUrlHandler, UrlRequest, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        ProxyServer proxy = ProxyOf(url)!;
        var asked = new Uri($"http://{AuthorityOf(url.Host)}:{url.Port}{PathOf(url)}");
        for (int answers = 0; ; answers++)
        {
            // Header fields of the caller are the origin's, which has none.
            ValueList<(string, string)> headers = [];
            if (credentials?.Secret is { } secret) headers = [("Authorization", Basic(credentials.User, secret))];
            try
            {
                return await ask(_http.Value.Handler, request with { Url = asked, Headers = headers, Foreign = false }, cancellationToken).ConfigureAwait(false);
            }
            catch (AuthenticationFailedException refusal) when (refusal.InnerException is HttpStatusException status)
            {
                bool isProxy = status.Status == HttpStatusCode.ProxyAuthenticationRequired;
                if (isProxy && answers < MostAnswers && AnswerOf(proxy, status.Headers, answers > 0) is { } next)
                {
                    _answers[proxy] = next;
                    continue;
                }

                if (isProxy) _answers.TryRemove(proxy, out _);
                throw new AuthenticationFailedException(
                    isProxy ? $"The proxy {proxy} does not let the request through: {(int)status.Status} {status.Reason}" : $"The server refused the login, says the proxy {proxy}: {(int)status.Status} {status.Reason}",
                    Named(status, url))
                { Endpoint = refusal.Endpoint };
            }
            catch (HttpStatusException refusal)
            {
                throw Named(refusal, url);
            }
        }
    }

    /// <summary>What answers the challenges of a proxy; null when nothing does. A password that was refused is not shown again.</summary>
    private static Func<string, string, string>? AnswerOf(ProxyServer proxy, HttpFields headers, bool wasShown)
    {
        if (proxy.Credentials is not { Secret: { } secret } credentials) return null;
        AuthenticationChallenge[] challenges = [.. headers.All("Proxy-Authenticate").SelectMany(AuthenticationChallenge.Parse)];
        if (wasShown && !Array.Exists(challenges, DigestAuthentication.IsStale)) return null;
        DigestAuthentication? digest = challenges.Select(challenge => DigestAuthentication.TryCreate(challenge, credentials)).OfType<DigestAuthentication>().MaxBy(static one => one.Strength);
        if (digest is not null) return (method, target) => digest.Answer(method, target).Field;
        if (!Array.Exists(challenges, static challenge => challenge.Is("Basic")) || credentials.User.Contains(':', StringComparison.Ordinal)) return null;
        string basic = Basic(credentials.User, secret);
        return (_, _) => basic;
    }

    private static string Basic(string user, Secret secret) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret.Reveal()}"));

    private static string AuthorityOf(string host) => host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;

    // A proxy that is not told chooses text or bytes by the name's ending, and text has other line ends on the way.
    private static string PathOf(FtpUrl url)
    {
        string path = url.Uri.AbsolutePath + url.Uri.Query;
        return url.Type != FtpUrlType.None || url.IsDirectory ? path : path + ";type=i";
    }

    private static HttpStatusException Named(HttpStatusException refusal, FtpUrl url) => new(refusal.Status, refusal.Reason, url.Uri, refusal.Excerpt)
    {
        Endpoint = refusal.Endpoint,
        RetryAfter = refusal.RetryAfter,
        Delivery = refusal.Delivery,
        Headers = refusal.Headers,
        Problem = refusal.Problem,
    };
}
