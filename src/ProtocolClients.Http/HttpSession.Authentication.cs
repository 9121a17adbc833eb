using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>Origins that asked for Basic and got it: the next request brings it along (RFC 7617 §2.2).</summary>
    private readonly ConcurrentDictionary<string, bool> _basicOrigins = new(StringComparer.Ordinal);

    /// <summary>Decides what the next request of a hop says of who we are; costs nothing without credentials.</summary>
    private async ValueTask AuthorizeAsync(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        string? authorization = await AuthorizationAsync(operation, hop, cancellationToken).ConfigureAwait(false);
        string? proxyAuthorization = ProxyAuthorization(hop);
        if (authorization is null && proxyAuthorization is null) return;
        hop.Authentication ??= new HopAuthentication();
        hop.Authentication.Authorization = authorization;
        hop.Authentication.ProxyAuthorization = proxyAuthorization;
    }

    /// <summary>The next request when the server asks for credentials that we have and have not shown it yet.</summary>
    private Hop? NextAfterChallenge(HttpOperation operation, Hop hop, HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired) return NextAfterProxyChallenge(operation, hop, response);
        if (response.StatusCode != HttpStatusCode.Unauthorized || hop.Authentication is { Challenged: true } || !hop.CarriesSecrets) return null;
        // Shown already, or nothing to show, or a token: it went with the request.
        if (operation.Credentials?.Secret is null || response.RequestMessage?.Headers.NonValidated.Contains("Authorization") == true) return null;
        if (!AsksForBasic(response.Headers.WwwAuthenticate)) return null;
        RequireBody(operation, hop);
        HttpLog.Authenticating(_logger, hop.Origin);
        return hop with { Authentication = new() { Challenged = true, ProxyChallenged = hop.Authentication?.ProxyChallenged ?? false } };
    }

    /// <summary>The same for a proxy that was handed the URL; tunnels authenticate themselves.</summary>
    private Hop? NextAfterProxyChallenge(HttpOperation operation, Hop hop, HttpResponseMessage response)
    {
        if (hop.Authentication is { ProxyChallenged: true } || _wire.ForwardingProxy(hop.Url) is not { Credentials.Secret: not null }) return null;
        if (response.RequestMessage?.Headers.NonValidated.Contains("Proxy-Authorization") == true || !AsksForBasic(response.Headers.ProxyAuthenticate)) return null;
        RequireBody(operation, hop);
        return hop with { Authentication = new() { ProxyChallenged = true, Challenged = hop.Authentication?.Challenged ?? false } };
    }

    /// <summary>The Proxy-Authorization for the proxy that is handed this URL; null for all else, so that no origin ever sees it.</summary>
    private string? ProxyAuthorization(Hop hop)
    {
        if (_wire.ForwardingProxy(hop.Url) is not { Credentials: { Secret: not null } credentials } proxy) return null;
        if (hop.Authentication is { ProxyChallenged: true }) _basicOrigins.TryAdd(proxy.ToString(), true);
        return hop.Authentication is { ProxyChallenged: true } || _basicOrigins.ContainsKey(proxy.ToString()) ? Basic(credentials) : null;
    }

    private static bool AsksForBasic(IEnumerable<System.Net.Http.Headers.AuthenticationHeaderValue> challenges) =>
        challenges.Any(static challenge => string.Equals(challenge.Scheme, "Basic", StringComparison.OrdinalIgnoreCase));

    private static void RequireBody(HttpOperation operation, Hop hop)
    {
        if (hop.Content is null || operation.BodyIsReady) return;
        throw new AuthenticationFailedException(
            "The server asks for credentials after the body was sent, and the body cannot be produced again: set PreAuthenticate, send bytes, or a ReplayableContent.")
        {
            Endpoint = Transport.UrlText.EndPointOf(hop.Url),
        };
    }

    /// <summary>The Authorization to send, or null: bound to the origin that the caller named, and never over clear text unless he says so.</summary>
    private async ValueTask<string?> AuthorizationAsync(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        if (!hop.CarriesSecrets || operation.Credentials is not { } credentials) return null;
        if (operation.Headers.Exists(static header => string.Equals(header.Key, "Authorization", StringComparison.OrdinalIgnoreCase))) return null;
        if (credentials.TokenSource is { } tokens)
        {
            RequireConfidential(hop.Url);
            string token = (await tokens(cancellationToken).ConfigureAwait(false)).Reveal();
            HttpText.RequireField("Authorization", token, nameof(operation));
            return "Bearer " + token;
        }

        string origin = hop.Origin;
        if (hop.Authentication is not { Challenged: true } && !Options.PreAuthenticate && !_basicOrigins.ContainsKey(origin)) return null;
        RequireConfidential(hop.Url);
        if (hop.Authentication is { Challenged: true }) _basicOrigins.TryAdd(origin, true);
        return Basic(credentials);
    }

    // credentials = base64(user-id ":" password), in UTF-8   (RFC 7617 §2)
    private static string Basic(Credentials credentials)
    {
        if (credentials.User.Contains(':', StringComparison.Ordinal)) throw new ArgumentException("A user name with a colon cannot be sent with Basic (RFC 7617 §2).", nameof(credentials));
        return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials.User + ":" + credentials.Secret!.Reveal()));
    }

    private void RequireConfidential(Uri url)
    {
        if (url.Scheme is "https" || url.IsLoopback || Options.AllowClearTextCredentials) return;
        throw new CapabilityMissingException("TLS", $"Credentials are not sent to {Origin(url)} over clear text; HttpSessionOptions.AllowClearTextCredentials allows it.")
        {
            Endpoint = Transport.UrlText.EndPointOf(url),
        };
    }

    private static string Origin(Uri url) => url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
}
