using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Who asks who we are: an origin, or a proxy that is handed the URL. What is known of one is never used for another (CVE-2026-11856).</summary>
/// <param name="Name">The origin or the proxy: scheme, host and port.</param>
/// <param name="Host">Its host, as its service principal is named.</param>
/// <param name="IsProxy">Whether it is a proxy.</param>
internal sealed record AuthenticationParty(string Name, string Host, bool IsProxy)
{
    public HttpStatusCode Status => IsProxy ? HttpStatusCode.ProxyAuthenticationRequired : HttpStatusCode.Unauthorized;

    public string ChallengeField => IsProxy ? "Proxy-Authenticate" : "WWW-Authenticate";

    public string AnswerField => IsProxy ? "Proxy-Authorization" : "Authorization";

    public string InfoField => IsProxy ? "Proxy-Authentication-Info" : "Authentication-Info";

    public static AuthenticationParty Proxy(ProxyServer proxy) => new(proxy.ToString(), proxy.Host, IsProxy: true);

    /// <summary>The request's target as this party sees it (RFC 9112 §3.2): the path, and to a proxy the whole URL.</summary>
    public string Target(Uri url) => IsProxy ? url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) + url.PathAndQuery : url.PathAndQuery;
}
