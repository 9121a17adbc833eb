namespace ProtocolClients;

/// <summary>Why a redirect was not followed.</summary>
public enum HttpRedirectRefusal
{
    /// <summary>More redirects than <see cref="RedirectPolicy.Limit"/>: a loop, most often.</summary>
    TooMany,

    /// <summary>The target's scheme is neither http nor https.</summary>
    Scheme,

    /// <summary>From https to http, and <see cref="RedirectPolicy.AllowDowngrade"/> is off.</summary>
    Downgrade,

    /// <summary>The Location is not a URL.</summary>
    Malformed,

    /// <summary>The request's body has to be sent again and cannot be produced again.</summary>
    Body,

    /// <summary>The target is on another origin, and the request is meant for its own only: an upload's bytes (<see cref="TusUploader"/>).</summary>
    Origin,
}

/// <summary>The server redirected to where this client does not go. Never transient; nothing was sent to the target.</summary>
public sealed class HttpRedirectException : ProtocolClientException
{
    /// <summary>Makes the refusal.</summary>
    /// <param name="reason">Why it was not followed.</param>
    /// <param name="message">A sentence for the user.</param>
    public HttpRedirectException(HttpRedirectRefusal reason, string message)
        : base(message)
    {
        Reason = reason;
        Delivery = Delivery.Answered;
    }

    /// <summary>Why it was not followed.</summary>
    public HttpRedirectRefusal Reason { get; }

    /// <summary>The URL that answered with the redirect, without userinfo.</summary>
    public Uri? From { get; init; }

    /// <summary>The target that was refused, without userinfo; null when it is malformed.</summary>
    public Uri? To { get; init; }
}
