namespace ProtocolClients;

/// <summary>Where one request of an operation goes, and what it may carry there: an operation has one, and one more for each redirect and challenge.</summary>
/// <param name="Method">The method.</param>
/// <param name="Url">The URL, without userinfo.</param>
/// <param name="Content">The body; null for none.</param>
/// <param name="CarriesSecrets">Whether this is still the origin that the caller named, and never was another.</param>
internal sealed record Hop(HttpMethod Method, Uri Url, HttpContent? Content, bool CarriesSecrets)
{
    /// <summary>Who we say we are on this hop; null as long as nobody asked and nothing is known to be wanted.</summary>
    public HopAuthentication? Authentication { get; set; }

    public static Hop First(HttpOperation operation) => new(operation.Method, operation.Url, operation.Content, CarriesSecrets: true);
}
