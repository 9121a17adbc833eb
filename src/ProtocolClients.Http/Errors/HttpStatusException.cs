using System.Globalization;
using System.Net;

namespace ProtocolClients;

/// <summary>
/// The server answered with a status that is not a success. Transient for 408, 425, 429, 502, 503 and 504, which say that
/// the same request may be answered later; 500 is not, since it says nothing.
/// </summary>
public sealed class HttpStatusException : ReplyException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="reason">The reason phrase; may be empty.</param>
    /// <param name="url">What was asked, in the end; shown without userinfo and query.</param>
    /// <param name="excerpt">The beginning of the body as text; may be empty.</param>
    public HttpStatusException(HttpStatusCode status, string? reason, Uri url, string? excerpt = null)
        : base(Sentence(status, reason, url), IsTransientStatus(status))
    {
        Status = status;
        Reason = reason ?? string.Empty;
        Url = url;
        Excerpt = excerpt ?? string.Empty;
    }

    /// <summary>The status code.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The reason phrase as the server sent it; empty in HTTP/2.</summary>
    public string Reason { get; }

    /// <summary>What was asked, after redirects, without userinfo.</summary>
    public Uri Url { get; }

    /// <summary>The first bytes of the body as text, 2 KiB at most; empty when there was none or it was not text.</summary>
    public string Excerpt { get; }

    /// <summary>The header fields of the refusal; they may hold secrets, so that no message shows them.</summary>
    public HttpFields Headers { get; init; } = HttpFields.Empty;

    /// <summary>What the server says in <c>application/problem+json</c> (RFC 9457); null when it sent none, or none of 64 KiB or less.</summary>
    public HttpProblem? Problem { get; init; }

    /// <summary>The statuses after which the same request may succeed later.</summary>
    internal static bool IsTransientStatus(HttpStatusCode status) => (int)status is 408 or 425 or 429 or 502 or 503 or 504;

    /// <summary>What the status says of delivery: 408, 425 and 429 prove that the request was not acted upon (RFC 9110 §15.5.9, RFC 8470, RFC 6585).</summary>
    internal static Delivery DeliveryOf(HttpStatusCode status) => (int)status is 408 or 425 or 429 ? Delivery.Refused : Delivery.Answered;

    private static string Sentence(HttpStatusCode status, string? reason, Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string place = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return string.Create(CultureInfo.InvariantCulture, $"{(int)status}{(string.IsNullOrEmpty(reason) ? string.Empty : " ")}{reason}: {place}");
    }
}
