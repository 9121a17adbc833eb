namespace ProtocolClients;

/// <summary>Bearer (RFC 6750): a token with every request, from the keeper of its credentials.</summary>
internal sealed class BearerAuthenticator(Credentials credentials, TokenKeeper tokens) : Authenticator("Bearer", string.Empty, credentials)
{
    public override int Reach(string path) => 0;

    public override async ValueTask<ShownCredentials> AnswerAsync(AuthenticatedRequest request, CancellationToken cancellationToken)
    {
        Secret token = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        HttpText.RequireField("Authorization", token.Reveal(), nameof(Credentials));
        return new ShownCredentials(this, "Bearer " + token.Reveal()) { Token = token };
    }

    /// <summary>Fetches another token than the refused one; false when the source has no other.</summary>
    public async ValueTask<bool> RefreshAsync(Secret refused, CancellationToken cancellationToken) =>
        !refused.Equals(await tokens.GetAfterAsync(refused, cancellationToken).ConfigureAwait(false));
}
