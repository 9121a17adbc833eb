using System.Collections;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Where credentials are for: an origin, a path there, and perhaps a realm.</summary>
/// <param name="Url">The scope: scheme, host, port and path. A path that ends in a slash covers what is below it; another also itself.</param>
/// <param name="Credentials">The credentials.</param>
/// <param name="Realm">The only realm that they are for; null for any.</param>
public sealed record CredentialScope(Uri Url, Credentials Credentials, string? Realm = null);

#pragma warning disable CA1710 // A store of credentials is what every user calls it.
/// <summary>
/// Credentials by scope, as urllib's password manager keeps them: of all scopes that hold a URL the longest path wins, and of two equal ones
/// the one with the realm that asks. Safe for many tasks; it may be changed while sessions use it.
/// <code>
/// var store = new CredentialStore { { "https://example.org/", new("ann", "secret") }, { "https://example.org/admin/", new("root", "secret") } };
/// </code>
/// </summary>
public sealed class CredentialStore : IReadOnlyCollection<CredentialScope>
#pragma warning restore CA1710
{
    private readonly Lock _gate = new();
    private volatile CredentialScope[] _scopes = [];

    /// <inheritdoc/>
    public int Count => _scopes.Length;

    /// <summary>Adds credentials for a scope, in the place of those of before.</summary>
    /// <param name="url">An absolute http or https URL: <c>https://example.org/private/</c>. Query and fragment do not count.</param>
    /// <param name="credentials">The credentials.</param>
    /// <param name="realm">The only realm that they are for; null for any. With a realm they are sent only after that realm asked.</param>
    /// <exception cref="ArgumentException">The URL is malformed, has userinfo, or is not of http or https.</exception>
    public void Add(string url, Credentials credentials, string? realm = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(credentials);
        CredentialScope scope = new(ScopeOf(url), credentials, realm);
        lock (_gate) _scopes = [.. _scopes.Where(other => !IsSame(other, scope.Url, realm)), scope];
    }

    /// <summary>Removes the credentials of a scope.</summary>
    /// <param name="url">The URL that they were added with.</param>
    /// <param name="realm">The realm that they were added with.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Add"/>.</exception>
    public bool Remove(string url, string? realm = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        Uri scope = ScopeOf(url);
        lock (_gate)
        {
            int before = _scopes.Length;
            _scopes = [.. _scopes.Where(other => !IsSame(other, scope, realm))];
            return _scopes.Length < before;
        }
    }

    /// <summary>The credentials for a URL; null for none.</summary>
    /// <param name="url">The URL; userinfo, query and fragment do not count.</param>
    /// <param name="realm">The realm that asks; null when nobody asked yet, which finds only credentials for any realm.</param>
    public Credentials? Find(Uri url, string? realm = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        CredentialScope? best = null;
        foreach (CredentialScope scope in _scopes)
        {
            if (scope.Realm is not null && !string.Equals(scope.Realm, realm, StringComparison.Ordinal)) continue;
            if (!UrlText.SameOrigin(scope.Url, url) || !IsIn(url.AbsolutePath, scope.Url.AbsolutePath)) continue;
            int longer = best is null ? 1 : scope.Url.AbsolutePath.Length.CompareTo(best.Url.AbsolutePath.Length);
            if (longer > 0 || (longer == 0 && scope.Realm is not null)) best = scope;
        }

        return best?.Credentials;
    }

    /// <inheritdoc/>
    public IEnumerator<CredentialScope> GetEnumerator() => ((IEnumerable<CredentialScope>)_scopes).GetEnumerator();

    /// <summary>How many scopes there are.</summary>
    public override string ToString() => $"{nameof(CredentialStore)} ({Count})";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // A path ends at a slash: /private is not for /privateer.
    private static bool IsIn(string path, string scope) =>
        path.StartsWith(scope, StringComparison.Ordinal) && (path.Length == scope.Length || scope[^1] == '/' || path[scope.Length] == '/');

    private static bool IsSame(CredentialScope scope, Uri url, string? realm) =>
        UrlText.SameOrigin(scope.Url, url)
        && string.Equals(scope.Url.AbsolutePath, url.AbsolutePath, StringComparison.Ordinal)
        && string.Equals(scope.Realm, realm, StringComparison.Ordinal);

    private static Uri ScopeOf(string text)
    {
        Uri url = UrlText.Parse(text);
        if (url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
        {
            throw new ArgumentException("A scope is an http or https URL without userinfo.", nameof(text));
        }

        return url;
    }
}
