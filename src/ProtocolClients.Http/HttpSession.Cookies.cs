using System.Text;
using Microsoft.Extensions.Logging;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>
    /// The session's cookies: those of <see cref="HttpSessionOptions.Cookies"/>, else a jar of its own. Without
    /// <see cref="HttpSessionOptions.UseCookies"/> it is there, but nothing is sent from it and nothing comes into it.
    /// </summary>
    public CookieJar Cookies { get; }

    /// <summary>The hosts that the session asks over TLS only: those of <see cref="HttpSessionOptions.Hsts"/>, else a store of its own.</summary>
    public HstsStore Hsts { get; }

    /// <summary>The first hop, over TLS when its host asked for that before (RFC 6797 §8.3).</summary>
    private Hop FirstHop(HttpOperation operation)
    {
        Uri url = Upgraded(operation.Url);
        Hop hop = Hop.First(operation);
        return ReferenceEquals(url, operation.Url) ? hop : hop with { Target = new HttpTarget(url) };
    }

    /// <summary>The URL as it is asked: over TLS when its host wants that.</summary>
    internal Uri Upgraded(Uri url)
    {
        if (!Options.UseHsts) return url;
        Uri upgraded = Hsts.Upgrade(url);
        if (!ReferenceEquals(upgraded, url) && _logger.IsEnabled(LogLevel.Debug)) HttpLog.AskedOverTls(_logger, Shown(url));
        return upgraded;
    }

    /// <summary>On whose behalf the request after a redirect is made: once another site has sent us here, its own (RFC 6265bis §5.2).</summary>
    private Uri? InitiatorAfter(Hop hop, Uri target) =>
        !Options.UseCookies || CookieSite.IsSame(hop.Url, target, Cookies.Policy.PublicSuffixes) ? hop.Initiator : hop.Url;

    private static CookieContext? ContextOf(HttpOperation operation, Hop hop) =>
        hop.Initiator is null ? null : new CookieContext { Initiator = hop.Initiator, Method = hop.Method, TopLevel = operation.Call.TopLevel };

    /// <summary>The jar's cookies for this hop, unless the caller's own are in the request: his are sent as he wrote them, none beside them.</summary>
    private void AddCookies(HttpRequestMessage request, HttpOperation operation, Hop hop)
    {
        if (operation.Headers.Count > 0 && request.Headers.NonValidated.TryGetValues("Cookie", out System.Net.Http.Headers.HeaderStringValues own))
        {
            string text = own.ToString();
            if (Ascii.IsValid(text)) return;
            // The wire takes this field as bytes, since the jar's cookies are bytes; the caller's text is UTF-8 as in all other fields.
            request.Headers.Remove("Cookie");
            request.Headers.TryAddWithoutValidation("Cookie", Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)));
            return;
        }

        if (!Options.UseCookies || Cookies.IsEmpty) return;
        if (Cookies.HeaderFor(hop.Url, hop.Target.CookieHost, ContextOf(operation, hop)) is { } header) request.Headers.TryAddWithoutValidation("Cookie", header);
    }

    /// <summary>What an answer of the chain, whichever it is, teaches about cookies and TLS.</summary>
    private void Learn(HttpOperation operation, Hop hop, HttpResponseMessage response)
    {
        if (Options.UseCookies && response.Headers.NonValidated.TryGetValues("Set-Cookie", out System.Net.Http.Headers.HeaderStringValues cookies))
        {
            CookieContext? context = ContextOf(operation, hop);
            foreach (string cookie in cookies)
            {
                if (!Cookies.Add(hop.Url, cookie, context) && _logger.IsEnabled(LogLevel.Debug)) HttpLog.CookieRefused(_logger, Shown(hop.Url));
            }
        }

        // Who accepts any certificate does not know who it is that speaks (RFC 6797 §8.1).
        if (Options.UseHsts && !Options.Transport.Tls.DangerousAcceptAnyCertificate) Hsts.Learn(hop.Url, response);
    }
}
