using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>The next request when the answer is a redirect that is followed; null when it is the answer.</summary>
    private Hop? NextAfterRedirect(HttpOperation operation, Hop hop, HttpResponseMessage response, ref List<HttpHop>? history)
    {
        int status = (int)response.StatusCode;
        if (status is not (301 or 302 or 303 or 307 or 308) || operation.Redirects.Limit == 0) return null;
        if (!response.Headers.NonValidated.TryGetValues("Location", out System.Net.Http.Headers.HeaderStringValues locations)) return null;

        if (locations.Count != 1) throw Refused(HttpRedirectRefusal.Malformed, "The redirect names more than one target.", hop.Url, null);
        if (!Transport.UrlText.TryResolve(hop.Url, locations.ToString(), out Uri? target, out string? error))
        {
            throw Refused(HttpRedirectRefusal.Malformed, $"The target of the redirect is not a URL: {error}.", hop.Url, null);
        }

        if (target.Scheme is not ("http" or "https"))
        {
            throw Refused(HttpRedirectRefusal.Scheme, $"A redirect to {target.Scheme}: is not followed.", hop.Url, target);
        }

        target = Upgraded(target);
        if (hop.Url.Scheme is "https" && target.Scheme is "http" && !operation.Redirects.AllowDowngrade)
        {
            throw Refused(HttpRedirectRefusal.Downgrade, "A redirect from https to http is not followed unless it is allowed by name.", hop.Url, target);
        }

        if ((history?.Count ?? 0) >= operation.Redirects.Limit)
        {
            throw Refused(HttpRedirectRefusal.TooMany, $"More than {operation.Redirects.Limit} redirects: a loop, most likely.", hop.Url, target);
        }

        // A target without a fragment inherits the one that was asked for (RFC 9110 §10.2.2).
        if (target.Fragment.Length == 0 && hop.Url.Fragment.Length > 0) target = new UriBuilder(target) { Fragment = hop.Url.Fragment }.Uri;
        (history ??= []).Add(new HttpHop(hop.Url, response.StatusCode, new HttpFields(response.Headers, response.Content.Headers)));
        if (_logger.IsEnabled(LogLevel.Debug)) HttpLog.Redirected(_logger, status, Shown(hop.Url), Shown(target));

        bool toGet = (status == 303 && hop.Method != HttpMethod.Head) || (status is 301 or 302 && hop.Method == HttpMethod.Post);
        HttpMethod method = toGet ? HttpMethod.Get : hop.Method;
        HttpContent? content = toGet ? null : hop.Content;
        if (content is not null && !operation.BodyIsReady)
        {
            throw Refused(HttpRedirectRefusal.Body, "The redirect asks for the body again, and it cannot be produced again: send bytes, or a ReplayableContent.", hop.Url, target);
        }

        bool carries = hop.CarriesSecrets && UrlText.SameOrigin(hop.Url, target);
        if (hop.CarriesSecrets && !carries) HttpLog.SecretsDropped(_logger, Shown(target));
        return new Hop(method, new HttpTarget(target), content, carries) { Initiator = InitiatorAfter(hop, target) };
    }

    internal static HttpRedirectException Refused(HttpRedirectRefusal reason, string message, Uri from, Uri? to) =>
        new(reason, message) { From = from, To = to, Endpoint = Transport.UrlText.EndPointOf(from) };
}
