using System.Text;

namespace ProtocolClients.Testing;

/// <summary>How a <see cref="MockHttpServer"/> asks who the client is, and what it accepts.</summary>
public abstract class MockAuthentication
{
    private protected MockAuthentication()
    {
    }

    /// <summary>Basic (RFC 7617), in UTF-8.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="realm">The realm.</param>
    public static MockAuthentication Basic(string user, string password, string realm = "mock") => new BasicScheme(user, password, realm);

    /// <summary>Digest (RFC 7616) with <c>qop=auth</c>; a nonce may be used any number of times, a count of it once.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="algorithm">MD5, SHA-256 or SHA-512-256, each also with <c>-sess</c>; several, best first, are asked for side by side.</param>
    /// <param name="realm">The realm.</param>
    /// <param name="uses">After so many uses a nonce is stale; 0 for never.</param>
    public static MockAuthentication Digest(string user, string password, string algorithm = "MD5", string realm = "mock", int uses = 0) =>
        Digest(user, password, new MockDigestOptions { Algorithms = algorithm, Realm = realm, Uses = uses });

    /// <summary>Digest (RFC 7616) in all its variants, checked strictly.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="options">What is asked for, and what is sent with an answer.</param>
    public static MockAuthentication Digest(string user, string password, MockDigestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new DigestScheme(user, password, options);
    }

    /// <summary>Bearer (RFC 6750).</summary>
    /// <param name="token">The token.</param>
    /// <param name="realm">The realm.</param>
    public static MockAuthentication Bearer(string token, string realm = "mock")
    {
        ArgumentNullException.ThrowIfNull(token);
        return new BearerScheme(shown => string.Equals(shown, token, StringComparison.Ordinal), () => [token], realm);
    }

    /// <summary>Bearer (RFC 6750) with tokens that end.</summary>
    /// <param name="tokens">Who hands them out.</param>
    /// <param name="realm">The realm.</param>
    public static MockAuthentication Bearer(MockTokens tokens, string realm = "mock")
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return new BearerScheme(tokens.IsGood, () => tokens.Issued, realm);
    }

    /// <summary>NTLM version 2 (MS-NLMP): of a connection; the handshake and every request after it must come on the same one.</summary>
    /// <param name="user">The user, without a domain.</param>
    /// <param name="password">The password.</param>
    /// <param name="negotiate">Asks for <c>Negotiate</c>, with NTLM inside SPNEGO (RFC 4178), instead of <c>NTLM</c>.</param>
    public static MockAuthentication Ntlm(string user, string password, bool negotiate = false) => new NtlmScheme([(user, password)], negotiate);

    /// <summary>NTLM version 2 for several users.</summary>
    /// <param name="users">The users with their passwords.</param>
    public static MockAuthentication Ntlm(params IReadOnlyList<(string User, string Password)> users) => new NtlmScheme(users, negotiate: false);

    /// <summary>Asks for several side by side, and accepts each.</summary>
    /// <param name="schemes">The schemes in the order in which they are offered.</param>
    public static MockAuthentication AnyOf(params IReadOnlyList<MockAuthentication> schemes)
    {
        ArgumentNullException.ThrowIfNull(schemes);
        return new SeveralSchemes(schemes);
    }

    internal abstract IEnumerable<string> Secrets { get; }

    /// <summary>Whether the body is part of what is judged.</summary>
    internal virtual bool CoversBody => false;

    /// <summary>Whether the request is let in; otherwise what to ask.</summary>
    internal abstract MockVerdict Judge(MockCredential shown);

    private protected static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private protected static string? After(string field, string scheme) =>
        field.StartsWith(scheme + " ", StringComparison.OrdinalIgnoreCase) ? field[(scheme.Length + 1)..].Trim() : null;

    private sealed class BasicScheme(string user, string password, string realm) : MockAuthentication
    {
        internal override IEnumerable<string> Secrets => [password, $"{user}:{password}"];

        internal override MockVerdict Judge(MockCredential shown)
        {
            string right = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            return string.Equals(After(shown.Field, "Basic"), right, StringComparison.Ordinal)
                ? MockVerdict.In
                : new MockVerdict(false, [$"Basic realm={Quoted(realm)}, charset=\"UTF-8\""]);
        }
    }

    private sealed class BearerScheme(Func<string, bool> isGood, Func<IEnumerable<string>> secrets, string realm) : MockAuthentication
    {
        internal override IEnumerable<string> Secrets => secrets();

        // RFC 6750 §3: an error only when a token was shown.
        internal override MockVerdict Judge(MockCredential shown)
        {
            if (After(shown.Field, "Bearer") is not { } token) return new MockVerdict(false, [$"Bearer realm={Quoted(realm)}"]);
            return isGood(token) ? MockVerdict.In : new MockVerdict(false, [$"Bearer realm={Quoted(realm)}, error=\"invalid_token\""]);
        }
    }

    private sealed class SeveralSchemes(IReadOnlyList<MockAuthentication> schemes) : MockAuthentication
    {
        internal override IEnumerable<string> Secrets => schemes.SelectMany(static scheme => scheme.Secrets);

        internal override bool CoversBody => schemes.Any(static scheme => scheme.CoversBody);

        internal override MockVerdict Judge(MockCredential shown)
        {
            List<string> challenges = [];
            foreach (MockAuthentication scheme in schemes)
            {
                MockVerdict verdict = scheme.Judge(shown);
                if (verdict.IsIn) return verdict;
                if (verdict.IsLeg) return verdict;
                challenges.AddRange(verdict.Challenges);
            }

            return new MockVerdict(false, challenges);
        }
    }
}

/// <summary>What a client showed with one request.</summary>
/// <param name="Field">The value of Authorization or Proxy-Authorization; empty for none.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">The target as it was sent.</param>
/// <param name="Connection">The number of the connection.</param>
/// <param name="Body">The body, where it is judged.</param>
internal sealed record MockCredential(string Field, string Method, string Target, long Connection, ReadOnlyMemory<byte> Body);

/// <summary>What becomes of a request.</summary>
/// <param name="IsIn">Whether it is let in.</param>
/// <param name="Challenges">What is asked otherwise.</param>
internal sealed record MockVerdict(bool IsIn, IReadOnlyList<string> Challenges)
{
    public static MockVerdict In { get; } = new(true, []);

    /// <summary>One step of a handshake of several: nothing else is offered with it.</summary>
    public bool IsLeg { get; init; }

    /// <summary>The value of Authentication-Info for an answer's body; null for none.</summary>
    public Func<byte[], string>? Info { get; init; }
}
