using System.Globalization;
using System.Net;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>The three requests, and where they may go.</content>
internal sealed partial class TusUpload
{
    private const string Version = "1.0.0";

    private readonly Uri _endPoint;
    private readonly Credentials? _credentials;

    // Where the upload lives: the end point's origin, or the same host over TLS once it has sent us there.
    private Uri _origin;

    /// <summary>POST: a new upload (Creation).</summary>
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        _url = null;
        // A creation whose answer was lost leaves an empty upload behind, and does no harm.
        using HttpReply reply = await RequestAsync(
            HttpMethod.Post, _endPoint, null, [("Upload-Length", Length.ToString(CultureInfo.InvariantCulture)), .. Metadata()], cancellationToken).ConfigureAwait(false);
        Check(reply);
        if (reply.Status != HttpStatusCode.Created || reply.Headers["Location"] is not { } location)
            throw Broken(reply, "The answer to the creation of an upload names none.");
        if (!UrlText.TryResolve(reply.FinalUrl, location, out Uri? url, out string? error))
            throw Broken(reply, $"The upload that was made has no URL: {error}.");
        url = _session.Upgraded(url);
        // The credentials are those of the end point, and the bytes are meant for it.
        if (!IsOurs(url)) throw Broken(reply, $"The upload is made at another origin: {url.GetLeftPart(UriPartial.Authority)}.");
        _url = url;
        _offset = 0;
        if (_state is not null) await _state.SaveAsync(url, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>HEAD: how many bytes the server has.</summary>
    /// <returns>False when it does not know the upload, or has one of another length.</returns>
    private async ValueTask<bool> AskAsync(CancellationToken cancellationToken)
    {
        using HttpReply reply = await RequestAsync(HttpMethod.Head, _url!, null, [], cancellationToken).ConfigureAwait(false);
        if (reply.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden) return false;
        Check(reply);
        if (reply.Headers["Upload-Length"] is { } length && Number(length) != Length) return false;
        _offset = Offset(reply);
        return true;
    }

    /// <summary>PATCH: bytes from an offset on.</summary>
    /// <returns>False when the server has another number of bytes.</returns>
    private async ValueTask<bool> SendAsync(long start, CancellationToken cancellationToken)
    {
        // Whatever happens from here on, only the server knows how much it took.
        _offset = null;
        long count = Math.Min(Length - start, _options.MaxRequest ?? long.MaxValue);
        using var content = new ReplayableContent(_ => new(new TusWindow(this, start, count)), count, BodyType);
        _attempts++;
        using HttpReply reply = await RequestAsync(
            HttpMethod.Patch, _url!, content, [("Upload-Offset", start.ToString(CultureInfo.InvariantCulture))], cancellationToken).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.Conflict) return false;
        Check(reply);
        long offset = Offset(reply);
        if (offset <= start || offset > start + count) throw Broken(reply, $"After {count} bytes from byte {start} on the server has {offset}.");
        _offset = offset;
        _confirmed = Math.Max(_confirmed, offset);
        return true;
    }

    /// <summary>
    /// One request. The session follows no redirect of it: tus knows none, and neither the bytes nor what is said of them go where the caller did
    /// not send them. What stays at the end point's origin, or goes to the same host over TLS, is followed here.
    /// </summary>
    private async Task<HttpReply> RequestAsync(
        HttpMethod method, Uri url, HttpContent? content, ValueList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        var call = new HttpCallOptions { Headers = [("Tus-Resumable", Version), .. headers], Redirects = RedirectPolicy.None, Replay = Replay.Never };
        int limit = _session.Options.Redirects.Limit;
        for (int redirects = 0; ; redirects++)
        {
            // What the caller gave for the one scheme does not go to the other, as of every redirect.
            bool carries = UrlText.SameOrigin(_endPoint, url);
            HttpReply reply = await _session.SendAsync(method, new HttpTarget(url, carries ? _credentials : null), content, call, carries, cancellationToken).ConfigureAwait(false);
            if (limit == 0 || reply.Status is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || reply.Headers["Location"] is not { } location) return reply;
            using (reply) url = Redirected(reply.FinalUrl, location, redirects == limit);
        }
    }

    private Uri Redirected(Uri from, string location, bool isTooMany)
    {
        if (!UrlText.TryResolve(from, location, out Uri? target, out string? error))
            throw HttpSession.Refused(HttpRedirectRefusal.Malformed, $"The target of the redirect is not a URL: {error}.", from, null);
        target = _session.Upgraded(target);
        if (!IsOurs(target)) throw HttpSession.Refused(HttpRedirectRefusal.Origin, "An upload does not follow a redirect to another origin.", from, target);
        return isTooMany ? throw HttpSession.Refused(HttpRedirectRefusal.TooMany, "Too many redirects: a loop, most likely.", from, target) : target;
    }

    /// <summary>Whether a URL has the end point's origin, or is the same host over TLS; from then on it is that origin, and never clear text again.</summary>
    private bool IsOurs(Uri url)
    {
        if (UrlText.SameOrigin(_origin, url)) return true;
        bool isUpgrade = _origin.Scheme == Uri.UriSchemeHttp && UrlText.SameOrigin(HstsStore.OverTls(_origin), url);
        if (isUpgrade) _origin = url;
        return isUpgrade;
    }

    // Upload-Metadata = key [ SP base64 ] *( "," … )
    private IEnumerable<(string Name, string Value)> Metadata()
    {
        ValueList<(string Name, string Value)> metadata = _options.Metadata ?? [("filename", Path.GetFileName(_path))];
        if (metadata.Count > 0)
            yield return ("Upload-Metadata", string.Join(',', metadata.Select(static pair => $"{pair.Name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))}".TrimEnd(' '))));
    }

    /// <summary>Every answer of a tus server says that it is one.</summary>
    private void Check(HttpReply reply)
    {
        if (reply.Status == HttpStatusCode.PreconditionFailed && reply.Headers["Tus-Version"] is { } versions)
            throw new CapabilityMissingException("tus 1.0.0", $"The server speaks tus {versions}, not {Version}.") { Endpoint = UrlText.EndPointOf(_endPoint) };
        reply.EnsureSuccess();
        if (reply.Headers["Tus-Resumable"] != Version)
            throw new CapabilityMissingException("tus 1.0.0", "The server does not answer as one of tus 1.0.0: uploads do not go on there.") { Endpoint = UrlText.EndPointOf(_endPoint) };
    }

    private long Offset(HttpReply reply) =>
        Number(reply.Headers["Upload-Offset"]) is { } offset && offset <= Length ? offset : throw Broken(reply, "The answer has no Upload-Offset within the file.");

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static WireFormatException Broken(HttpReply reply, string message) => new(message) { Endpoint = UrlText.EndPointOf(reply.FinalUrl), Delivery = Delivery.Answered };
}
