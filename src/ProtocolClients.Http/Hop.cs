using System.Net;

namespace ProtocolClients;

/// <summary>Where one request of an operation goes, and what it may carry there: an operation has one, and one more for each redirect and challenge.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">The URL and whom it names.</param>
/// <param name="Content">The body; null for none.</param>
/// <param name="CarriesSecrets">Whether this is still the origin that the caller named, and never was another.</param>
internal sealed record Hop(HttpMethod Method, HttpTarget Target, HttpContent? Content, bool CarriesSecrets)
{
    /// <summary>The URL, without userinfo.</summary>
    public Uri Url => Target.Url;

    /// <summary>Whom the URL names.</summary>
    public EndPoint EndPoint => Target.EndPoint;

    /// <summary>Scheme, host and port.</summary>
    public string Origin => Target.Origin;

    /// <summary>Who we say we are on this hop; null as long as nobody asked and nothing is known to be wanted.</summary>
    public HopAuthentication? Authentication { get; set; }

    /// <summary>The site on whose behalf it is made; null for the user.</summary>
    public Uri? Initiator { get; init; }

    public static Hop First(HttpOperation operation) =>
        new(operation.Method, operation.Target, operation.Content, operation.CarriesSecrets) { Initiator = operation.Call.Initiator };

    /// <summary>Gives back what this hop holds, unless the next holds it too.</summary>
    public void LeaveFor(Hop next)
    {
        if (!ReferenceEquals(Authentication, next.Authentication)) Authentication?.Release();
    }
}
