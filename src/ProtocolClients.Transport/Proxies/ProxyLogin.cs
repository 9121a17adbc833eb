using System.Security.Authentication.ExtendedProtection;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// Answers the challenges of one HTTP proxy for one user, and remembers the last: the first connection asks before it
/// shows anything (a proxy that knows Digest never sees the password), the later ones answer at once.
/// </summary>
internal sealed class ProxyLogin(ProxyServer proxy)
{
    private static readonly string[] ConnectionSchemes = ["Negotiate", "NTLM"];

    private readonly Credentials? _credentials = proxy.Credentials;
    private readonly string _target = "HTTP/" + proxy.Host;
    private volatile Func<ProxyAsk, ProxyAnswer>? _known;

    /// <summary>What is known to answer the proxy; null before its first challenge.</summary>
    public Func<ProxyAsk, ProxyAnswer>? Known => _known;

    /// <summary>Takes the challenges of a 407.</summary>
    /// <param name="challenges">The challenges.</param>
    /// <param name="answered">Whether the request that was refused carried an answer.</param>
    /// <param name="fresh">Whether that answer was made for a challenge of this dial.</param>
    /// <param name="reason">Why nothing more can be done.</param>
    /// <returns>The answer to send; null when there is none.</returns>
    public Func<ProxyAsk, ProxyAnswer>? Answer(IReadOnlyList<AuthenticationChallenge> challenges, bool answered, bool fresh, out string reason)
    {
        string offered = string.Join(", ", challenges.Select(challenge => challenge.Scheme).Distinct(StringComparer.OrdinalIgnoreCase));
        if (_credentials is not { } credentials)
        {
            reason = $"it asks for credentials (407, {offered})";
            return null;
        }

        reason = "it does not accept the credentials (407)";
        if (answered && fresh && !challenges.Any(DigestAuthentication.IsStale))
        {
            _known = null;
            return null;
        }

        string? unavailable = null;
        string none = $"it offers no way to authenticate that is known here (407, {offered})";
        if (credentials.Secret is not { } secret)
        {
            reason = none;
            return null;
        }

        // The order of strength is that of sessions: what proves a connection, then digests, then the password itself.
        foreach (string scheme in ConnectionSchemes)
        {
            if (!challenges.Any(challenge => challenge.Is(scheme))) continue;
            if (NegotiateHandshake.IsAvailable(scheme, credentials, _target))
            {
                return _known = ask => new ProxyAnswer(new NegotiateHandshake(scheme, credentials, _target, ask.Binding));
            }

            unavailable ??= $"it asks for {NegotiateHandshake.Missing(scheme)}";
        }

        DigestAuthentication? digest = challenges
            .Select(challenge => DigestAuthentication.TryCreate(challenge, credentials))
            .OfType<DigestAuthentication>()
            .MaxBy(candidate => candidate.Strength);
        if (digest is not null) return _known = ask => new ProxyAnswer(digest, digest.Answer("CONNECT", ask.Authority));
        if (!challenges.Any(challenge => challenge.Is("Basic")))
        {
            reason = unavailable ?? none;
            return null;
        }

        // RFC 7617 §2: the user ends at the first colon.
        if (credentials.User.Contains(':', StringComparison.Ordinal))
        {
            reason = "it asks for Basic, which cannot carry a user with a colon";
            return null;
        }

        string value = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{secret.Reveal()}"));
        return _known = _ => new ProxyAnswer(value);
    }
}

/// <summary>What an answer to a proxy is for.</summary>
/// <param name="Authority">The authority of the CONNECT.</param>
/// <param name="Binding">The channel binding of TLS to the proxy; null without.</param>
internal readonly record struct ProxyAsk(string Authority, ChannelBinding? Binding);

/// <summary>One answer to a proxy; of a handshake, all of them on one connection.</summary>
internal sealed class ProxyAnswer : IDisposable
{
    /// <summary>A proxy that goes on asking is left.</summary>
    private const int MostSteps = 8;

    private readonly DigestAuthentication? _digest;
    private readonly DigestAnswer? _answer;
    private readonly NegotiateHandshake? _handshake;
    private int _steps;

    public ProxyAnswer(string field) => Field = field;

    public ProxyAnswer(DigestAuthentication digest, DigestAnswer answer)
    {
        Field = answer.Field;
        _digest = digest;
        _answer = answer;
    }

    public ProxyAnswer(NegotiateHandshake handshake)
    {
        _handshake = handshake;
        Field = handshake.NextField();
    }

    /// <summary>The value of Proxy-Authorization; null when the platform could not go on.</summary>
    public string? Field { get; private set; }

    /// <summary>Takes the challenge that is the other half of a handshake; false when it is none: then this is a refusal.</summary>
    /// <param name="challenges">The challenges of a 407.</param>
    public bool Continue(IReadOnlyList<AuthenticationChallenge> challenges)
    {
        if (Leg(challenges) is not { } token || ++_steps > MostSteps) return false;
        return (Field = _handshake!.NextField(token)) is not null;
    }

    /// <summary>Whether a 407 is the middle of this handshake.</summary>
    /// <param name="challenges">Its challenges.</param>
    public bool IsUnderWay(IReadOnlyList<AuthenticationChallenge> challenges) => Leg(challenges) is not null;

    /// <summary>Takes the proxy's consent; false when its proof that it knows the password is wrong.</summary>
    /// <param name="response">Its answer of 2xx.</param>
    public bool Accepts(ConnectResponse response)
    {
        if (_handshake is not null) return _handshake.Complete(Leg(response.Challenges));
        if (_answer is null) return true;
        string info = string.Join(", ", response["Proxy-Authentication-Info"]);
        if (info.Length == 0) return true;

        // The answer to a CONNECT has no body: a proof over one is over none.
        using DigestHash nothing = _digest!.StartHash();
        if (_answer.Check(info, nothing.Finish()) == DigestProof.Wrong) return false;
        _digest.Learn(info);
        return true;
    }

    public void Dispose() => _handshake?.Dispose();

    private string? Leg(IReadOnlyList<AuthenticationChallenge> challenges) =>
        _handshake is null ? null : challenges.FirstOrDefault(challenge => challenge.Is(_handshake.Scheme))?.Token;
}
