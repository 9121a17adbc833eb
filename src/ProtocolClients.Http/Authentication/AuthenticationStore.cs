using System.Collections.Concurrent;

namespace ProtocolClients;

/// <summary>What a session knows of how parties want to be answered: by party, realm and user. Safe for many tasks.</summary>
internal sealed class AuthenticationStore
{
    /// <summary>More parties than this are forgotten all: a default entry of a netrc has credentials for every host.</summary>
    private const int MostParties = 1024;

    /// <summary>A server has as many realms as it likes to name.</summary>
    private const int MostStates = 32;

    private readonly ConcurrentDictionary<AuthenticationParty, Authenticator[]> _states = new();

    // Most sessions never remember one, and ask with each request.
    private volatile bool _isUsed;

    /// <summary>The state that reaches a path best, the newest of equal ones, whose credentials are those to be used there.</summary>
    /// <param name="party">Who will be answered.</param>
    /// <param name="path">The request's path.</param>
    /// <param name="credentialsFor">The credentials of this request for a realm: what another request was given is not its own.</param>
    /// <param name="request">Passed to <paramref name="credentialsFor"/>, which is static then.</param>
    public Authenticator? Find<TRequest>(AuthenticationParty party, string path, Func<string, TRequest, Credentials?> credentialsFor, TRequest request)
    {
        if (!_isUsed || !_states.TryGetValue(party, out Authenticator[]? states)) return null;
        Authenticator? best = null;
        int reach = -1;
        foreach (Authenticator state in states)
        {
            int own = state.Reach(path);
            if (own > reach && state.Credentials.Equals(credentialsFor(state.Realm, request))) (best, reach) = (state, own);
        }

        return best;
    }

    /// <summary>Keeps a state that was accepted, in the place of the same one of before.</summary>
    public void Remember(AuthenticationParty party, Authenticator state)
    {
        // What is newest already, as with each request after the first: nothing to do.
        if (_states.TryGetValue(party, out Authenticator[]? states) && states.Length > 0 && ReferenceEquals(states[0], state)) return;
        if (_states.Count >= MostParties) _states.Clear();
        _isUsed = true;
        _states.AddOrUpdate(party, static (_, one) => [one], static (_, known, one) => With(known, one), state);
    }

    /// <summary>Drops a state that was refused.</summary>
    public void Forget(AuthenticationParty party, Authenticator state)
    {
        if (!_states.TryGetValue(party, out Authenticator[]? known) || !known.Contains(state)) return;
        _states.TryUpdate(party, [.. known.Where(one => !ReferenceEquals(one, state))], known);
    }

    private static Authenticator[] With(Authenticator[] known, Authenticator state)
    {
        if (known.Length > 0 && ReferenceEquals(known[0], state)) return known;
        var kept = new List<Authenticator>(known.Length + 1) { state };
        foreach (Authenticator other in known)
        {
            if (!state.IsSameState(other))
            {
                kept.Add(other);
            }
            else if (state is BasicAuthenticator one && other is BasicAuthenticator two)
            {
                // Two places of one realm: the wider path, or both.
                BasicAuthenticator? joined = one.Joined(two);
                if (joined is null) kept.Add(other);
                else kept[0] = joined;
            }
        }

        return [.. kept.Take(MostStates)];
    }
}
