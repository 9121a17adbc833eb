using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>
    /// Pages that link to one another by <c>Link: &lt;…&gt;; rel="next"</c> (RFC 8288), fetched by GET one at a time. Each is disposed when the
    /// next is asked for. An answer that is no success is the last page: a status is an answer.
    /// </summary>
    /// <remarks>
    /// Links are followed where redirects are: to http and https only, from https to http only when <see cref="RedirectPolicy.AllowDowngrade"/>
    /// says so. A page on another scheme, host or port than the first one's is asked for without credentials and secret headers, and so
    /// are all behind it: a page names where to go, and must not name who gets the secrets.
    /// </remarks>
    /// <param name="url">The first page: an absolute http or https URL, or one relative to the base address.</param>
    /// <param name="paging">How far; null for the defaults.</param>
    /// <param name="options">What is different for these requests.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="HttpRedirectException">A link leads in a circle, to another protocol, from https to http, or is no URL.</exception>
    /// <exception cref="WireLimitException">There are more pages than the limit.</exception>
    public IAsyncEnumerable<HttpReply> ListPagesAsync(
        string url, HttpPagingOptions? paging = null, HttpCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        return ListPagesAsync(_targets.Of(url), paging ?? HttpPagingOptions.Default, options ?? HttpCallOptions.Default, cancellationToken);
    }

    private async IAsyncEnumerable<HttpReply> ListPagesAsync(
        HttpTarget first, HttpPagingOptions paging, HttpCallOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        HttpTarget page = first;
        bool carries = true;
        while (true)
        {
            seen.Add(WithoutFragment(page.Url));
            var operation = new HttpOperation(HttpMethod.Get, page, null, null, options, Options) { CarriesSecrets = carries };
            using HttpReply reply = await SendAsync(operation, cancellationToken).ConfigureAwait(false);
            // Before the page is handed out: what the caller does with it does not change where it leads.
            HttpLink? link = reply.IsSuccess ? reply.Links.FirstOrDefault(each => each.Is(paging.Relation) && IsOf(reply.FinalUrl, each)) : null;
            yield return reply;
            if (link is null) yield break;
            Uri next = Checked(link, reply.FinalUrl, options);
            if (seen.Count == paging.Limit)
            {
                throw new WireLimitException(nameof(HttpPagingOptions.Limit), paging.Limit, "There are more pages than the limit.") { Endpoint = UrlText.EndPointOf(next) };
            }

            if (seen.Contains(WithoutFragment(next))) throw Refused(HttpRedirectRefusal.TooMany, "The pages lead in a circle.", reply.FinalUrl, next);
            // As they are asked: the host may want TLS, whatever scheme was typed (RFC 6797 §8.3).
            Uri origin = Upgraded(first.Url);
            carries = carries && UrlText.SameOrigin(origin, Upgraded(reply.FinalUrl)) && UrlText.SameOrigin(origin, next);
            // Userinfo that the caller gave with the first page counts for those beside it.
            page = new HttpTarget(next, carries ? first.Credentials : null);
        }
    }

    /// <summary>A link with an anchor speaks of another resource than the page (RFC 8288 §3.2), unless it names the page itself.</summary>
    private static bool IsOf(Uri page, HttpLink link) =>
        !link.HasAnchor || (link.Anchor is { } anchor && string.Equals(WithoutFragment(anchor), WithoutFragment(page), StringComparison.Ordinal));

    private Uri Checked(HttpLink link, Uri from, HttpCallOptions options)
    {
        if (link.Target is not { } target) throw Refused(HttpRedirectRefusal.Malformed, "The target of the link is not a URL.", from, null);
        if (target.Scheme is not ("http" or "https")) throw Refused(HttpRedirectRefusal.Scheme, $"A link to {target.Scheme}: is not followed.", from, target);
        target = Upgraded(target);
        if (from.Scheme is "https" && target.Scheme is "http" && !(options.Redirects ?? Options.Redirects).AllowDowngrade)
        {
            throw Refused(HttpRedirectRefusal.Downgrade, "A link from https to http is not followed unless it is allowed by name.", from, target);
        }

        return target;
    }

    private static string WithoutFragment(Uri url) =>
        url.GetComponents(UriComponents.AbsoluteUri & ~(UriComponents.Fragment | UriComponents.UserInfo), UriFormat.UriEscaped);
}
