using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// Answers the challenges of one HTTP proxy for one user, and remembers the last: the first connection asks before it
/// shows anything (a proxy that knows Digest never sees the password), the later ones answer at once.
/// </summary>
internal sealed class ProxyLogin(Credentials? credentials)
{
    private volatile Func<string, ProxyAnswer>? _known;

    /// <summary>What is known to answer the proxy; null before its first challenge. Takes the authority of the CONNECT.</summary>
    public Func<string, ProxyAnswer>? Known => _known;

    /// <summary>Takes the challenges of a 407.</summary>
    /// <param name="challenges">The challenges.</param>
    /// <param name="answered">Whether the request that was refused carried an answer.</param>
    /// <param name="fresh">Whether that answer was made for a challenge of this dial.</param>
    /// <param name="reason">Why nothing more can be done.</param>
    /// <returns>The answer to send; null when there is none.</returns>
    public Func<string, ProxyAnswer>? Answer(IEnumerable<string> challenges, bool answered, bool fresh, out string reason)
    {
        List<AuthenticationChallenge> all = [.. challenges.SelectMany(AuthenticationChallenge.Parse)];
        string offered = string.Join(", ", all.Select(challenge => challenge.Scheme).Distinct(StringComparer.OrdinalIgnoreCase));
        if (credentials is null)
        {
            reason = $"it asks for credentials (407, {offered})";
            return null;
        }

        reason = "it does not accept the credentials (407)";
        if (answered && fresh && !all.Exists(DigestAuthentication.IsStale))
        {
            _known = null;
            return null;
        }

        DigestAuthentication? digest = all
            .Select(challenge => DigestAuthentication.TryCreate(challenge, credentials))
            .OfType<DigestAuthentication>()
            .MaxBy(candidate => candidate.Strength);
        if (digest is not null) return _known = authority => new ProxyAnswer(digest, digest.Answer("CONNECT", authority));
        if (credentials.Secret is { } secret && all.Exists(challenge => challenge.Is("Basic")))
        {
            // RFC 7617 §2: the user ends at the first colon.
            if (credentials.User.Contains(':', StringComparison.Ordinal))
            {
                reason = "it asks for Basic, which cannot carry a user with a colon";
                return null;
            }

            string value = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{secret.Reveal()}"));
            return _known = _ => new ProxyAnswer(value);
        }

        reason = $"it offers no way to authenticate that is known here (407, {offered})";
        return null;
    }
}

/// <summary>One answer to a proxy.</summary>
internal sealed class ProxyAnswer
{
    private readonly DigestAuthentication? _digest;
    private readonly DigestAnswer? _answer;

    public ProxyAnswer(string field) => Field = field;

    public ProxyAnswer(DigestAuthentication digest, DigestAnswer answer)
    {
        Field = answer.Field;
        _digest = digest;
        _answer = answer;
    }

    /// <summary>The value of Proxy-Authorization.</summary>
    public string Field { get; }

    /// <summary>Takes the Proxy-Authentication-Info of the proxy's consent (RFC 7616 §3.5); false when its proof is wrong.</summary>
    public bool Learn(IEnumerable<string> infos)
    {
        if (_answer is null) return true;
        string info = string.Join(", ", infos);
        if (info.Length == 0) return true;

        // The answer to a CONNECT has no body: a proof over one is over none.
        using DigestHash nothing = _digest!.StartHash();
        if (_answer.Check(info, nothing.Finish()) == DigestProof.Wrong) return false;
        _digest.Learn(info);
        return true;
    }
}
