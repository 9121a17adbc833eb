namespace ProtocolClients;

/// <summary>
/// Where the credentials of a hop come from, first to last: the URL's userinfo, the store, the options (both the first and these only as
/// long as the origin is the one that the caller named), the netrc. Store and netrc are asked for each hop by its own host.
/// </summary>
internal sealed class CredentialSources(HttpSessionOptions options)
{
    /// <summary>Whether it is worth asking at all; allocates nothing.</summary>
    public bool MayHave(HttpOperation operation, Hop hop) =>
        options.CredentialStore is not null || options.Netrc is not null || (hop.CarriesSecrets && operation.Credentials is not null);

    /// <summary>The credentials for a hop and a realm; null for none.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="hop">The hop.</param>
    /// <param name="realm">The realm that asks; null when nobody asked yet.</param>
    public Credentials? Find(HttpOperation operation, Hop hop, string? realm)
    {
        Credentials? named = hop.CarriesSecrets ? operation.Target.Credentials : null;
        if (named is not null)
        {
            // A user without a password: the netrc may know it.
            return named.Secret!.Reveal().Length > 0 ? named : options.Netrc?.Find(hop.Url.IdnHost, named.User)?.Credentials ?? named;
        }

        return options.CredentialStore?.Find(hop.Url, realm)
            ?? (hop.CarriesSecrets ? operation.Credentials : null)
            ?? options.Netrc?.Find(hop.Url.IdnHost)?.Credentials;
    }
}
