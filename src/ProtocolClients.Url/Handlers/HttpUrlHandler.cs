using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace ProtocolClients;

/// <summary>http and https.</summary>
internal sealed class HttpUrlHandler(HttpSession session) : IUrlHandler
{
    // What a peer named is asked by a session that holds nothing of the caller's.
    private readonly Lazy<HttpSession> _foreign = new(() => new HttpSession(session.Options with { BaseAddress = null, Credentials = null, Headers = [] }));

    public async ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        HttpReply reply = await SessionFor(request).GetAsync(request.Url.OriginalString, CallOf(request), cancellationToken).ConfigureAwait(false);
        if (reply.Status == HttpStatusCode.RequestedRangeNotSatisfiable && request.Offset > 0)
        {
            // The whole is shorter than what we have: it is another one. From the beginning.
            reply.Dispose();
            return await OpenAsync(request with { Offset = 0, Validator = null }, cancellationToken).ConfigureAwait(false);
        }

        if (reply.Status == HttpStatusCode.NotModified && (request.IfNoneMatch is not null || request.IfModifiedSince is not null))
        {
            return new UrlContent(Stream.Null, reply.FinalUrl, reply)
            {
                IsNotModified = true,
                LastModified = LastModified(reply.Headers),
                Headers = reply.Headers,
            };
        }

        try
        {
            reply.EnsureSuccess();
            long offset = OffsetOf(reply, request);
            return new UrlContent(await reply.OpenReadAsync(cancellationToken).ConfigureAwait(false), reply.FinalUrl, reply)
            {
                Length = offset > 0 ? RestOf(reply) - offset : reply.Length,
                MediaType = reply.MediaType,
                Charset = reply.Charset,
                LastModified = LastModified(reply.Headers),
                Headers = reply.Headers,
                Offset = offset,
                Validator = request.Verbatim ? ValidatorOf(reply.Headers) : null,
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
            LastModified = LastModified(reply.Headers),
            Headers = reply.Headers,
        };
    }

    public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("HTTP has no listings: a page of links is a page.");

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
        List<(string, string)> headers = [];
        if (request.Offset > 0 && request.Validator is not null)
        {
            headers.Add(("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={request.Offset}-")));
            headers.Add(("If-Range", request.Validator));
        }

        if (request.IfNoneMatch is not null) headers.Add(("If-None-Match", request.IfNoneMatch));
        if (request.IfModifiedSince is { } since) headers.Add(("If-Modified-Since", since.ToString("r", CultureInfo.InvariantCulture)));
        headers.AddRange(request.Headers);
        return headers.Count == 0 ? call : call with { Headers = [.. headers] };
    }

    /// <summary>Where the body begins; a part that is not the one that was asked for is refused (RFC 9110 §14.4).</summary>
    private static long OffsetOf(HttpReply reply, UrlRequest request)
    {
        if (reply.Status != HttpStatusCode.PartialContent) return 0;
        if (ContentRangeHeaderValue.TryParse(reply.Headers["Content-Range"], out ContentRangeHeaderValue? range)
            && string.Equals(range.Unit, "bytes", StringComparison.OrdinalIgnoreCase)
            && range.From == request.Offset && request.Offset > 0
            && (range.Length is null || range.To == range.Length - 1)
            && (reply.Length is null || reply.Length == range.To - range.From + 1))
        {
            // A server that does not know If-Range answers with a part of what is there now: two halves of two contents
            // make neither (RFC 9110 §15.3.7.3).
            if (ValidatorOf(reply.Headers) is { } now && now != request.Validator)
            {
                throw new WireFormatException("The server answered with a part of another content than the one that was begun.");
            }

            return request.Offset;
        }

        throw new WireFormatException("The server answered with another part of the content than was asked for.");
    }

    /// <summary>Where a part that goes to the end ends: chunks without a length of their own could stop anywhere.</summary>
    private static long? RestOf(HttpReply reply) => ContentRangeHeaderValue.Parse(reply.Headers["Content-Range"]!).To + 1;

    private static DateTimeOffset? LastModified(HttpFields headers) =>
        headers["Last-Modified"] is { } text && DateTimeOffset.TryParseExact(
            text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    /// <summary>
    /// A strong validator (RFC 9110 §8.8.1, §13.1.5): an entity tag that is not weak; else a date of change that was a minute old when
    /// the answer was made, so that no second change can hide in the same second (RFC 9110 §8.8.2.2).
    /// </summary>
    private static string? ValidatorOf(HttpFields headers)
    {
        if (headers["ETag"] is { Length: > 2 } tag) return tag[0] == '"' && tag[^1] == '"' && headers.All("ETag").Count() == 1 ? tag : null;
        return LastModified(headers) is { } changed
            && DateTimeOffset.TryParseExact(headers["Date"], "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset now)
            && now - changed >= TimeSpan.FromMinutes(1)
            ? headers["Last-Modified"]
            : null;
    }
}
