using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>What the server's proof in <c>Authentication-Info</c> says (RFC 7616 §3.5).</summary>
public enum DigestProof
{
    /// <summary>The server sent no proof; it need not.</summary>
    None,

    /// <summary>The server knows the password.</summary>
    Right,

    /// <summary>The proof is wrong, or is for another request: who answered does not know the password.</summary>
    Wrong,

    /// <summary>The proof is over the response's body: check again with its hash when it was read.</summary>
    NeedsBody,
}

/// <summary>One answer to a digest challenge, and what the server's proof is checked against. Its text never shows it.</summary>
public sealed class DigestAnswer
{
    private readonly DigestAlgorithm _algorithm;
    private readonly string _key;
    private readonly string _nonce;
    private readonly string _count;
    private readonly string _cnonce;
    private readonly string _target;

    internal DigestAnswer(DigestAlgorithm algorithm, string field, string key, string nonce, string count, string cnonce, string target)
    {
        _algorithm = algorithm;
        Field = field;
        _key = key;
        _nonce = nonce;
        _count = count;
        _cnonce = cnonce;
        _target = target;
    }

    /// <summary>The value of <c>Authorization</c> or <c>Proxy-Authorization</c>.</summary>
    public string Field { get; }

    /// <summary>Checks the server's proof that it knows the password too: <c>rspauth</c> (RFC 7616 §3.5), compared in constant time.</summary>
    /// <param name="info">The value of <c>Authentication-Info</c> or <c>Proxy-Authentication-Info</c>.</param>
    /// <param name="bodyHash">The hash of the response's body as it is on the wire; null when it was not read yet.</param>
    public DigestProof Check(string info, string? bodyHash = null)
    {
        IReadOnlyDictionary<string, string> given = AuthenticationChallenge.ParseParameters(info);
        if (!given.TryGetValue("rspauth", out string? proof)) return DigestProof.None;
        if (given.TryGetValue("cnonce", out string? cnonce) && !string.Equals(cnonce, _cnonce, StringComparison.Ordinal)) return DigestProof.Wrong;
        if (given.TryGetValue("nc", out string? count) && !string.Equals(count, _count, StringComparison.OrdinalIgnoreCase)) return DigestProof.Wrong;
        string? quality = given.GetValueOrDefault("qop")?.ToLowerInvariant();
        if (quality is not (null or "auth" or "auth-int")) return DigestProof.Wrong;
        if (quality is "auth-int" && bodyHash is null) return DigestProof.NeedsBody;

        // A2 = ":" request-uri [ ":" H(entity-body) ]
        string a2 = Hash(quality is "auth-int" ? $":{_target}:{bodyHash}" : $":{_target}");
        string expected = Hash(quality is null ? $"{_key}:{_nonce}:{a2}" : $"{_key}:{_nonce}:{_count}:{_cnonce}:{quality}:{a2}");
        bool right = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(proof.ToLowerInvariant()));
        return right ? DigestProof.Right : DigestProof.Wrong;
    }

    /// <summary>Always <c>Digest ***</c>.</summary>
    public override string ToString() => "Digest ***";

    private string Hash(string text) => DigestHash.Of(_algorithm, Encoding.UTF8.GetBytes(text));
}
