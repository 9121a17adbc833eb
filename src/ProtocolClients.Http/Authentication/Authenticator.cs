using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One way to say who we are to one party: a scheme, the realm that asked, and the credentials. It is the state that is kept between
/// requests, by party, realm and user. Safe for many tasks.
/// </summary>
internal abstract class Authenticator(string scheme, string realm, Credentials credentials)
{
    public string Scheme { get; } = scheme;

    public string Realm { get; } = realm;

    public Credentials Credentials { get; } = credentials;

    /// <summary>
    /// How much of a path the protection space names, when a request for it belongs there and is answered before it is asked: of two, the one
    /// that names more. Negative when it does not belong there.
    /// </summary>
    public abstract int Reach(string path);

    /// <summary>What is sent with a request.</summary>
    public abstract ValueTask<ShownCredentials> AnswerAsync(AuthenticatedRequest request, CancellationToken cancellationToken);

    /// <summary>The same state, in another object: a new one takes the other's place.</summary>
    public bool IsSameState(Authenticator other) =>
        string.Equals(Scheme, other.Scheme, StringComparison.Ordinal)
        && string.Equals(Realm, other.Realm, StringComparison.Ordinal)
        && Credentials.Equals(other.Credentials);

    /// <summary>Never the credentials.</summary>
    public override string ToString() => Scheme;
}

/// <summary>What an answer may be over.</summary>
/// <param name="Method">The request's method.</param>
/// <param name="Party">Who is answered.</param>
/// <param name="Url">The request's URL.</param>
/// <param name="Content">The body; null for none.</param>
/// <param name="Replayable">Whether the body can be read now and once more when it is sent.</param>
internal readonly record struct AuthenticatedRequest(HttpMethod Method, AuthenticationParty Party, Uri Url, HttpContent? Content, bool Replayable)
{
    /// <summary>The request's target as the party sees it.</summary>
    public string Target => Party.Target(Url);
}

/// <summary>What was sent to a party with one request.</summary>
internal sealed class ShownCredentials(Authenticator by, string? field)
{
    public Authenticator By { get; } = by;

    /// <summary>The value of the field; null when the connection itself says who we are.</summary>
    public string? Field { get; } = field;

    /// <summary>Whether it answers a challenge of this hop, and not one of before.</summary>
    public bool IsFresh { get; init; }

    /// <summary>What a server's proof is checked against.</summary>
    public DigestAnswer? Digest { get; init; }

    /// <summary>The token that went with it.</summary>
    public Secret? Token { get; init; }
}
