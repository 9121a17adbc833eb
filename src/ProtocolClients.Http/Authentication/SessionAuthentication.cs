using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Who a session says it is: chooses credentials and scheme, keeps what was agreed, and answers what servers and proxies ask.</summary>
internal sealed class SessionAuthentication(HttpSessionOptions options, HttpWire wire, ILogger logger) : IDisposable
{
    private static readonly (string Scheme, HttpAuthenticationSchemes Flag, int Rank)[] ConnectionSchemes =
        [("Negotiate", HttpAuthenticationSchemes.Negotiate, 11), ("NTLM", HttpAuthenticationSchemes.Ntlm, 10)];

    private readonly AuthenticationStore _store = new();
    private readonly ConcurrentDictionary<Credentials, TokenKeeper> _tokens = new();
    private readonly CredentialSources _sources = new(options);
    private readonly HttpLines _lines = new(wire);
    private readonly CancellationTokenSource _closing = new();

    public void Dispose()
    {
        // Not disposed: a token that is being fetched holds its token.
        _closing.Cancel();
        _lines.Dispose();
    }

    /// <summary>Decides what the next request of a hop says of who we are; costs nothing where no credentials are.</summary>
    public ValueTask AuthorizeAsync(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        bool known = hop.Authentication is not null;
        bool origin = known || (_sources.MayHave(operation, hop) && !IsAuthorizedByCaller(operation, hop));
        ProxyServer? proxy = wire.ForwardingProxy(hop.Url) is { Credentials: not null } asking ? asking : null;
        if (proxy is not null) return AuthorizeAsync(operation, hop, proxy, cancellationToken);
        return origin ? AuthorizeOriginAsync(operation, hop, cancellationToken) : default;
    }

    /// <summary>Takes what any answer teaches: the state that was accepted, the next nonce, the server's proof.</summary>
    /// <exception cref="AuthenticationFailedException">The server's proof that it knows the password is wrong.</exception>
    public void Learn(Hop hop, HttpResponseMessage response)
    {
        if (hop.Authentication is not { } authentication) return;
        if (authentication.Proxy is { } proxy) Learn(proxy, hop, response);
        if (authentication.Origin is { } origin && response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired) Learn(origin, hop, response);
    }

    /// <summary>The next request when somebody asks who we are and we have an answer that he did not have yet; null when that is the answer.</summary>
    public ValueTask<Hop?> NextAsync(HttpOperation operation, Hop hop, HttpResponseMessage response, CancellationToken cancellationToken) =>
        response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when _sources.MayHave(operation, hop) && !IsAuthorizedByCaller(operation, hop) =>
                NextAsync(operation, hop, SideOf(hop, null), response, cancellationToken),
            HttpStatusCode.ProxyAuthenticationRequired when wire.ForwardingProxy(hop.Url) is { Credentials: not null } proxy =>
                NextAsync(operation, hop, SideOf(hop, proxy), response, cancellationToken),
            _ => default,
        };

    private static bool IsAuthorizedByCaller(HttpOperation operation, Hop hop) => hop.CarriesSecrets
        && operation.Headers.Exists(static header => string.Equals(header.Key, "Authorization", StringComparison.OrdinalIgnoreCase));

    private static AuthenticationSide SideOf(Hop hop, ProxyServer? proxy)
    {
        HopAuthentication authentication = hop.Authentication ??= new HopAuthentication();
        return proxy is null
            ? authentication.Origin ??= new AuthenticationSide(hop.Target.Party)
            : authentication.Proxy ??= new AuthenticationSide(AuthenticationParty.Proxy(proxy));
    }

    private async ValueTask AuthorizeAsync(HttpOperation operation, Hop hop, ProxyServer proxy, CancellationToken cancellationToken)
    {
        AuthenticationSide side = SideOf(hop, proxy);
        Authenticator? by = side.Chosen ?? _store.Find(side.Party, string.Empty, static (_, own) => own, proxy.Credentials!);
        await ShowAsync(side, by, operation, hop, cancellationToken).ConfigureAwait(false);
        await AuthorizeOriginAsync(operation, hop, cancellationToken).ConfigureAwait(false);
    }

    // No state machine of its own: it is on the way of every request that may have credentials.
    private ValueTask AuthorizeOriginAsync(HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        if (!_sources.MayHave(operation, hop) || IsAuthorizedByCaller(operation, hop)) return default;
        Authenticator? chosen = hop.Authentication?.Origin?.Chosen
            ?? _store.Find(hop.Target.Party, hop.Target.Path, static (realm, of) => of._sources.Find(of.operation, of.hop, realm), (_sources, operation, hop))
            ?? Unasked(operation, hop);
        if (chosen is null && hop.Authentication?.Origin is null) return default;
        if (chosen is not null) RequireConfidential(hop);
        return ShowAsync(SideOf(hop, null), chosen, operation, hop, cancellationToken);
    }

    private ValueTask ShowAsync(AuthenticationSide side, Authenticator? by, HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        if (by is null)
        {
            side.Shown = null;
            return default;
        }

        if (by is ConnectionAuthenticator connection)
        {
            side.Proof ??= new ConnectionProof(connection, LineOf(side.Party, connection, hop.Authentication!), side.Party.Host, hop.Url.Scheme is "https");
            side.Shown = new ShownCredentials(connection, side.Proof.Field);
            return default;
        }

        var request = new AuthenticatedRequest(hop.Method, side.Party, hop.Url, hop.Content, RequestBody.IsReplayable(hop.Content));
        ValueTask<ShownCredentials> answer = by.AnswerAsync(request, cancellationToken);
        if (!answer.IsCompletedSuccessfully) return ShowWhenReadyAsync(side, answer);
        side.Shown = answer.Result;
        return default;
    }

    private static async ValueTask ShowWhenReadyAsync(AuthenticationSide side, ValueTask<ShownCredentials> answer) =>
        side.Shown = await answer.ConfigureAwait(false);

    /// <summary>The connection of a hop that is proved: idle ones are kept by party, scheme and identity.</summary>
    private HttpLine LineOf(AuthenticationParty party, ConnectionAuthenticator by, HopAuthentication hop)
    {
        // The origin behind a proxy that knows us by the same connection: nobody else may have it then.
        if (hop.Line is { } shared) shared.Spoil();
        else hop.Line = _lines.Lease((party, by.Scheme, by.Credentials));
        return hop.Line.Line;
    }

    /// <summary>What is sent without a challenge: a token always, a password when the caller wants it.</summary>
    private Authenticator? Unasked(HttpOperation operation, Hop hop)
    {
        if (_sources.Find(operation, hop, null) is not { } credentials) return null;
        if (credentials.TokenSource is not null)
        {
            return options.Schemes.HasFlag(HttpAuthenticationSchemes.Bearer) ? new BearerAuthenticator(credentials, TokensOf(credentials)) : null;
        }

        return options.PreAuthenticate && options.Schemes.HasFlag(HttpAuthenticationSchemes.Basic)
            ? new BasicAuthenticator(string.Empty, credentials, BasicAuthenticator.PrefixOf(hop.Url))
            : null;
    }

    private TokenKeeper TokensOf(Credentials credentials) => _tokens.GetOrAdd(
        credentials, static (key, self) => new TokenKeeper(key, self.Time, self.Closing), (Time: options.TimeProvider, Closing: _closing.Token));

    private async ValueTask<Hop?> NextAsync(
        HttpOperation operation, Hop hop, AuthenticationSide side, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        IReadOnlyList<AuthenticationChallenge> challenges = Challenges.Read(response, side.Party.ChallengeField);
        Authenticator? chosen = side switch
        {
            { Proof: { } proof, Shown.By: ConnectionAuthenticator by } => Continued(proof, by, challenges),
            { Rounds: AuthenticationSide.MostRounds } => null,
            { Shown: { By: BearerAuthenticator bearer, Token: { } token } } => await RefreshedAsync(side, bearer, token, cancellationToken).ConfigureAwait(false),
            _ => Choose(operation, hop, side, challenges),
        };
        if (chosen is null)
        {
            if (side.Shown is not { } refused) return null;
            if (side.Proof is not null) hop.Authentication!.Line?.Spoil();
            _store.Forget(side.Party, refused.By);
            HttpLog.CredentialsRefused(logger, side.Party.Name, refused.By.Scheme);
            return null;
        }

        if (!side.Party.IsProxy) RequireConfidential(hop);
        RequireBody(operation, hop);
        side.Chosen = chosen;
        side.Rounds++;
        HttpLog.Authenticating(logger, side.Party.Name, chosen.Scheme);
        return hop;
    }

    private static ConnectionAuthenticator? Continued(ConnectionProof proof, ConnectionAuthenticator by, IReadOnlyList<AuthenticationChallenge> challenges) =>
        challenges.FirstOrDefault(challenge => challenge.Is(by.Scheme)) is { } challenge && proof.Continue(challenge) ? by : null;

    private static async ValueTask<Authenticator?> RefreshedAsync(
        AuthenticationSide side, BearerAuthenticator bearer, Secret refused, CancellationToken cancellationToken)
    {
        if (side.Rounds > 0) return null;
        return await bearer.RefreshAsync(refused, cancellationToken).ConfigureAwait(false) ? bearer : null;
    }

    /// <summary>The strongest of what is offered that the credentials can answer, unless it was refused already.</summary>
    private Authenticator? Choose(HttpOperation operation, Hop hop, AuthenticationSide side, IReadOnlyList<AuthenticationChallenge> challenges)
    {
        bool proxy = side.Party.IsProxy;
        Authenticator? best = null;
        string? unavailable = null;
        int strength = 0;
        bool stale = false;
        foreach (AuthenticationChallenge challenge in challenges)
        {
            string realm = challenge.Parameters.GetValueOrDefault("realm", string.Empty);
            Credentials? credentials = proxy ? wire.ForwardingProxy(hop.Url)?.Credentials : _sources.Find(operation, hop, realm);
            if (credentials is null) continue;
            (Authenticator? candidate, int rank) = Candidate(challenge, realm, credentials, hop, proxy);
            if (candidate is null || rank <= strength) continue;
            if (candidate is ConnectionAuthenticator connection && !CanBegin(connection, side.Party.Host))
            {
                unavailable = connection.Scheme;
                continue;
            }

            (best, strength, stale) = (candidate, rank, DigestAuthentication.IsStale(challenge));
        }

        if (best is null && side.Shown is null && unavailable is not null) throw Unavailable(unavailable, hop);
        return best is not null && side.Shown is { } shown && !MayFollow(best, stale, shown, side.Chosen is not null) ? null : best;
    }

    /// <summary>
    /// Whether an answer may follow one that was refused. The same password is never shown again in a weaker way, and in the same way only
    /// with a digest whose nonce was stale, or was one of before that the server may have forgotten.
    /// </summary>
    private static bool MayFollow(Authenticator next, bool stale, ShownCredentials shown, bool wasAsked)
    {
        if (!next.Credentials.Equals(shown.By.Credentials)) return true;
        if (next is DigestAuthenticator && shown.By is DigestAuthenticator) return stale || !wasAsked;
        return !wasAsked && !string.Equals(next.Scheme, shown.By.Scheme, StringComparison.Ordinal);
    }

    private (Authenticator? Candidate, int Rank) Candidate(AuthenticationChallenge challenge, string realm, Credentials credentials, Hop hop, bool proxy)
    {
        if (challenge.Is("Digest") && options.Schemes.HasFlag(HttpAuthenticationSchemes.Digest))
        {
            return DigestAuthentication.TryCreate(challenge, credentials) is { } digest
                ? (new DigestAuthenticator(digest, credentials, hop.Url, proxy), 1 + digest.Strength)
                : (null, 0);
        }

        foreach ((string scheme, HttpAuthenticationSchemes flag, int rank) in ConnectionSchemes)
        {
            if (!challenge.Is(scheme) || !options.Schemes.HasFlag(flag) || credentials.Secret is null) continue;
            var connection = new ConnectionAuthenticator(scheme, credentials);
            return (connection, rank);
        }

        if (challenge.Is("Basic") && options.Schemes.HasFlag(HttpAuthenticationSchemes.Basic) && credentials.Secret is not null)
        {
            return (new BasicAuthenticator(realm, credentials, proxy ? string.Empty : BasicAuthenticator.PrefixOf(hop.Url)), 1);
        }

        return (null, 0);
    }

    /// <summary>Whether the platform has a scheme; replaced by tests, since a platform cannot be.</summary>
    internal Func<ConnectionAuthenticator, string, bool> CanBegin { get; init; } = static (by, host) => by.CanBegin(host);

    private static CapabilityMissingException Unavailable(string scheme, Hop hop) => new(
        scheme,
        $"{hop.Origin} asks for {NegotiateHandshake.Missing(scheme)}.")
    {
        Endpoint = hop.EndPoint,
    };

    private void Learn(AuthenticationSide side, Hop hop, HttpResponseMessage response)
    {
        if (side.Shown is not { } shown || response.StatusCode == side.Party.Status) return;
        if (side.Proof is { } proof && !proof.Complete(Challenges.Read(response, side.Party.ChallengeField).FirstOrDefault(challenge => challenge.Is(shown.By.Scheme))))
        {
            throw new AuthenticationFailedException($"The last message of {side.Party.Name} does not prove that it knows the password ({shown.By.Scheme}).")
            {
                Endpoint = hop.EndPoint,
            };
        }

        if (shown.By is not BearerAuthenticator) _store.Remember(side.Party, shown.By);
        if (shown.By is not DigestAuthenticator digest || shown.Digest is not { } answer) return;
        if (!response.Headers.NonValidated.TryGetValues(side.Party.InfoField, out System.Net.Http.Headers.HeaderStringValues values)) return;
        string info = Challenges.Text(values.ToString());
        using DigestHash nothing = digest.StartHash();
        bool bodiless = hop.Method == HttpMethod.Head || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified;
        switch (answer.Check(info, bodiless ? nothing.Finish() : null))
        {
            case DigestProof.Wrong:
                throw DigestProofContent.Wrong(hop.EndPoint);
            case DigestProof.NeedsBody:
                response.Content = new DigestProofContent(response.Content, digest.StartHash(), answer, info, hop.EndPoint);
                break;
        }

        digest.Learn(info);
    }

    private static void RequireBody(HttpOperation operation, Hop hop)
    {
        if (hop.Content is null || operation.BodyIsReady) return;
        throw new AuthenticationFailedException(
            "The server asks for credentials after the body was sent, and the body cannot be produced again: set PreAuthenticate, send bytes, or a ReplayableContent.")
        {
            Endpoint = hop.EndPoint,
        };
    }

    private void RequireConfidential(Hop hop)
    {
        if (hop.Url.Scheme is "https" || hop.Url.IsLoopback || options.AllowClearTextCredentials) return;
        throw new CapabilityMissingException("TLS", $"Credentials are not sent to {hop.Origin} over clear text; HttpSessionOptions.AllowClearTextCredentials allows it.")
        {
            Endpoint = hop.EndPoint,
        };
    }
}
