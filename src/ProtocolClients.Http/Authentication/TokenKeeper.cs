namespace ProtocolClients;

/// <summary>
/// Keeps the token of one source until it is about to expire or a server refuses it. Whoever needs a new one meanwhile waits for the
/// one fetch that is under way; it ends with the session, not with the caller who began it.
/// </summary>
internal sealed class TokenKeeper(Credentials credentials, TimeProvider time, CancellationToken closing)
{
    /// <summary>A token is fetched anew so long before its end, and at the latest after half its life.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private BearerToken? _token;
    private DateTimeOffset _useUntil;
    private Task<BearerToken>? _fetch;

    /// <summary>A token that is good for now.</summary>
    public ValueTask<Secret> GetAsync(CancellationToken cancellationToken)
    {
        // Who gives tokens without their end keeps them himself, and knows better when to give another.
        if (credentials.BearerSource is null) return credentials.TokenSource!(cancellationToken);
        Task<BearerToken> fetch;
        lock (_gate)
        {
            if (_token is { } token && time.GetUtcNow() < _useUntil) return ValueTask.FromResult(token.Token);
            fetch = _fetch ??= FetchAsync();
        }

        return WaitAsync(fetch, cancellationToken);
    }

    /// <summary>A token after one was refused: what another caller got meanwhile, or a new one.</summary>
    public ValueTask<Secret> GetAfterAsync(Secret refused, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_token is { } token && token.Token.Equals(refused)) _token = null;
        }

        return GetAsync(cancellationToken);
    }

    private static async ValueTask<Secret> WaitAsync(Task<BearerToken> fetch, CancellationToken cancellationToken) =>
        (await fetch.WaitAsync(cancellationToken).ConfigureAwait(false)).Token;

    private async Task<BearerToken> FetchAsync()
    {
        // Off the lock, and off the caller's context.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            BearerToken token = await credentials.BearerSource!(closing).ConfigureAwait(false);
            lock (_gate)
            {
                DateTimeOffset now = time.GetUtcNow();
                TimeSpan life = (token.ExpiresAt ?? DateTimeOffset.MaxValue) - now;
                _token = token;
                _useUntil = token.ExpiresAt is null ? DateTimeOffset.MaxValue : now + (life - (life / 2 < Margin ? life / 2 : Margin));
            }

            return token;
        }
        finally
        {
            lock (_gate) _fetch = null;
        }
    }
}
