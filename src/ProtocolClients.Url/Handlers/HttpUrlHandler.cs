using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace ProtocolClients;

/// <summary>http and https.</summary>
internal sealed class HttpUrlHandler(HttpSession session) : IUrlHandler
{
    // What a peer named is asked by a session that holds nothing of the caller's; what is kept by host is kept once.
    private readonly Lazy<HttpSession> _foreign = new(() => new HttpSession(session.Options with
    {
        BaseAddress = null,
        Credentials = null,
        Headers = [],
        Cookies = session.Cookies,
        Hsts = session.Hsts,
    }));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        HttpReply reply = await SessionFor(request).GetAsync(request.Url.OriginalString, CallOf(request), cancellationToken).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.RequestedRangeNotSatisfiable && WantsPart(request))
        {
            // The whole is shorter than what we have: it is another one, or an empty one. From the beginning.
            reply.Dispose();
            return await OpenAsync(Whole(request), cancellationToken).ConfigureAwait(false);
        }

        if (reply.Status == HttpStatusCode.NotModified && (request.IfNoneMatch is not null || request.IfModifiedSince is not null))
        {
            return new UrlContent(Stream.Null, reply.FinalUrl, reply)
            {
                IsNotModified = true,
                LastModified = reply.Headers.Date("Last-Modified"),
                Headers = reply.Headers,
            };
        }

        try
        {
            reply.EnsureSuccess();
            ContentRangeHeaderValue? part = PartOf(reply, request);
            string? validator = request.Verbatim ? ValidatorOf(reply.Headers) : null;
            if (part is not null && request is { Length: null, Validator: { } wanted } && !IsOf(wanted, validator))
            {
                // A server that does not know If-Range answers with a part of what is there now: two halves of two contents
                // make neither (RFC 9110 §15.3.7.3).
                reply.Dispose();
                return await OpenAsync(Whole(request), cancellationToken).ConfigureAwait(false);
            }

            return new UrlContent(await reply.OpenReadAsync(cancellationToken).ConfigureAwait(false), reply.FinalUrl, reply)
            {
                // Chunks without a length of their own could stop anywhere: a part ends where its head says.
                Length = part is null ? reply.Length : part.To - part.From + 1,
                Total = part is null ? reply.Length : part.Length,
                MediaType = reply.MediaType,
                Charset = reply.Charset,
                LastModified = reply.Headers.Date("Last-Modified"),
                Headers = reply.Headers,
                Offset = part?.From ?? 0,
                Validator = validator,
                InMemoryLimit = session.Options.Limits.InMemory,
            };
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    public async ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        using HttpReply reply = await SessionFor(request).HeadAsync(request.Url.OriginalString, CallOf(request with { Verbatim = true }), cancellationToken).ConfigureAwait(false);
        reply.EnsureSuccess();
        return new UrlInfo(reply.FinalUrl)
        {
            Length = reply.Length,
            MediaType = reply.MediaType,
            Charset = reply.Charset,
            LastModified = reply.Headers.Date("Last-Modified"),
            Headers = reply.Headers,
        };
    }

    /// <summary>HTTP has no listings; what servers make of a folder is a page whose links are read.</summary>
    public async IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        UrlContent page = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (page.ConfigureAwait(false))
        {
            if (page.MediaType is not ("text/html" or "application/xhtml+xml")) throw new NotSupportedException("This is no page of links: the server lists nothing here.");
            string html = await page.ReadTextAsync(null, cancellationToken).ConfigureAwait(false);
            foreach (UrlEntry entry in IndexPage.Read(page.FinalUrl, html)) yield return entry;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        if (_foreign.IsValueCreated) await _foreign.Value.DisposeAsync().ConfigureAwait(false);
    }

    private HttpSession SessionFor(UrlRequest request) => request.Foreign ? _foreign.Value : session;

    private static HttpCallOptions CallOf(UrlRequest request)
    {
        var call = new HttpCallOptions
        {
            Decoding = request.Verbatim ? DecodingOptions.None : null,
            Replay = request.Retry ? null : Replay.Never,
        };
        if (request is { Offset: 0, Length: null, IfNoneMatch: null, IfModifiedSince: null, Headers.Count: 0 }) return call;
        List<(string, string)> headers = [];
        if (WantsPart(request))
        {
            long? last = request.Offset + request.Length - 1;
            headers.Add(("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={request.Offset}-{last}")));
            if (request.Validator is not null) headers.Add(("If-Range", request.Validator));
        }

        if (request.IfNoneMatch is not null) headers.Add(("If-None-Match", request.IfNoneMatch));
        if (request.IfModifiedSince is { } since) headers.Add(("If-Modified-Since", since.ToString("r", CultureInfo.InvariantCulture)));
        headers.AddRange(request.Headers);
        return call with { Headers = [.. headers] };
    }

    /// <summary>
    /// Whether a part is of the content that was wanted. A tag comes with a part as it does with the whole; a date need not come again
    /// where If-Range named it (RFC 9110 §15.3.7), and goes to none but the server that gave it.
    /// </summary>
    private static bool IsOf(string wanted, string? validator) =>
        validator is null ? wanted[0] != '"' : string.Equals(validator, wanted, StringComparison.Ordinal);

    private static bool WantsPart(UrlRequest request) => request.Offset > 0 || request.Length is not null;

    private static UrlRequest Whole(UrlRequest request) => request with { Offset = 0, Length = null, Validator = null };

    /// <summary>The part that the body is; null for the whole. One that was not asked for is refused (RFC 9110 §14.4).</summary>
    private static ContentRangeHeaderValue? PartOf(HttpReply reply, UrlRequest request)
    {
        if (reply.Status != HttpStatusCode.PartialContent) return null;
        // Several parts in one body have no such field: a server may only send them when it was asked for several.
        if (WantsPart(request)
            && ContentRangeHeaderValue.TryParse(reply.Headers["Content-Range"], out ContentRangeHeaderValue? range)
            && string.Equals(range.Unit, "bytes", StringComparison.OrdinalIgnoreCase)
            && range.From == request.Offset
            && (range.Length is null || range.To < range.Length)
            && (request.Length is { } length ? range.To < request.Offset + length : range.Length is null || range.To == range.Length - 1)
            && (reply.Length is null || reply.Length == range.To - range.From + 1))
        {
            return range;
        }

        throw new WireFormatException("The server answered with another part of the content than was asked for.");
    }

    /// <summary>
    /// A strong validator (RFC 9110 §8.8.1, §13.1.5): an entity tag that is not weak; else a date of change that was a minute old when
    /// the answer was made, so that no second change can hide in the same second (RFC 9110 §8.8.2.2).
    /// </summary>
    private static string? ValidatorOf(HttpFields headers)
    {
        if (headers["ETag"] is { Length: > 2 } tag) return tag[0] == '"' && tag[^1] == '"' && headers.All("ETag").Count() == 1 ? tag : null;
        return headers.Date("Last-Modified") is { } changed
            && headers.Date("Date") is { } now
            && now - changed >= TimeSpan.FromMinutes(1)
            ? headers["Last-Modified"]
            : null;
    }
}
