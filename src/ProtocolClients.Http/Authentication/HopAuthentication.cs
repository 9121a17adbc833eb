using System.Net;

namespace ProtocolClients;

/// <summary>Who we say we are on one hop, to the origin and to a proxy that is handed the URL; there is none where nobody is told.</summary>
internal sealed class HopAuthentication
{
    public AuthenticationSide? Origin { get; set; }

    public AuthenticationSide? Proxy { get; set; }

    /// <summary>The connection that is proved; null where requests are.</summary>
    public HttpLineLease? Line { get; set; }

    public void Release()
    {
        Origin?.Proof?.Dispose();
        Proxy?.Proof?.Dispose();
        Line?.Release();
        (Origin, Proxy, Line) = (null, null, null);
    }

    public void AddTo(HttpRequestMessage request)
    {
        // Streams of HTTP/2 share their connection: it cannot be proved (RFC 4559 §6).
        if (Line is not null) request.Version = HttpVersion.Version11;
        Add(request, Origin);
        Add(request, Proxy);
    }

    private static void Add(HttpRequestMessage request, AuthenticationSide? side)
    {
        if (side?.Shown?.Field is { } field) request.Headers.TryAddWithoutValidation(side.Party.AnswerField, field);
    }
}

/// <summary>How far it is with one party on one hop.</summary>
internal sealed class AuthenticationSide(AuthenticationParty party)
{
    /// <summary>Challenge, stale nonce and one more: who still asks is not to be pleased.</summary>
    public const int MostRounds = 3;

    public AuthenticationParty Party { get; } = party;

    /// <summary>What the party's challenge is answered with by the next request; null when it did not ask.</summary>
    public Authenticator? Chosen { get; set; }

    /// <summary>What went with the last request.</summary>
    public ShownCredentials? Shown { get; set; }

    /// <summary>How far the connection is proved; null where requests are.</summary>
    public ConnectionProof? Proof { get; set; }

    /// <summary>How many challenges were answered.</summary>
    public int Rounds { get; set; }
}
