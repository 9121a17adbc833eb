namespace ProtocolClients.Testing;

/// <summary>What a mock server asks for with Digest (RFC 7616), and what it sends with its answers.</summary>
public sealed record MockDigestOptions
{
    /// <summary>MD5, SHA-256 or SHA-512-256, each also with <c>-sess</c>; several, best first, are asked for side by side.</summary>
    public string Algorithms { get; init; } = "MD5";

    /// <summary>The realm.</summary>
    public string Realm { get; init; } = "mock";

    /// <summary>The qualities of protection: <c>auth</c>, <c>auth-int</c>, both with a comma between, or empty for the form of RFC 2069.</summary>
    public string Quality { get; init; } = "auth";

    /// <summary>After so many uses a nonce is stale; 0 for never.</summary>
    public int Uses { get; init; }

    /// <summary>Every count must be higher than those before; off, it must only be another, as with requests side by side.</summary>
    public bool Rising { get; init; } = true;

    /// <summary>Asks for the user's hash instead of his name.</summary>
    public bool UserHash { get; init; }

    /// <summary>The URIs of the protection space; empty leaves them out.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Sends the proof that the server knows the password (<c>rspauth</c>).</summary>
    public bool Proof { get; init; }

    /// <summary>Sends a proof that is wrong.</summary>
    public bool WrongProof { get; init; }

    /// <summary>Hands out the next nonce with every answer; each is good once.</summary>
    public bool NextNonce { get; init; }
}
