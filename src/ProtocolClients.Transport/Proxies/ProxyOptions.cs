using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Which proxy connections go through. Equal by value (part of a connection's key); its text never shows credentials.
/// </summary>
public sealed record ProxyOptions
{
    /// <summary>No proxy, whatever the environment says.</summary>
    public static ProxyOptions None { get; } = new();

    /// <summary>
    /// The environment's, read as curl reads it when a client is made: <c>http_proxy</c> (lower case only),
    /// <c>https_proxy</c>, <c>&lt;scheme&gt;_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c> (either case).
    /// </summary>
    public static ProxyOptions Environment { get; } = new() { FromEnvironment = true };

    /// <summary>Whether the environment's variables are read.</summary>
    public bool FromEnvironment { get; init; }

    /// <summary>
    /// The proxy: <c>http</c>, <c>https</c>, <c>socks4</c>, <c>socks4a</c>, <c>socks5</c> (names resolved here) or
    /// <c>socks5h</c> (names resolved by the proxy), with userinfo where it asks for credentials; null for none.
    /// </summary>
    /// <exception cref="ArgumentException">The URL has another scheme or no host.</exception>
    public Uri? Url
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The credentials for the proxy, before those of <see cref="Url"/>.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>
    /// A proxy before the proxy, as curl's <c>--preproxy</c>: it is asked for the one of <see cref="Url"/> or of the environment, and that one for
    /// the host. Of the same schemes as <see cref="Url"/>. Alone, with no other proxy for a scheme, it is the proxy; null for none.
    /// </summary>
    /// <remarks>
    /// Each of the two is shown its own credentials and not the other's. What is said to a second proxy of the scheme <c>http</c> passes
    /// through the first one in clear text, credentials included; <c>https</c> keeps it from him. <see cref="NoProxy"/> speaks for both.
    /// </remarks>
    /// <exception cref="ArgumentException">The URL has another scheme or no host.</exception>
    public Uri? PreProxy
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The credentials for the proxy before the proxy, before those of <see cref="PreProxy"/>.</summary>
    public Credentials? PreProxyCredentials { get; init; }

    /// <summary>Hosts that are reached directly, past every proxy, in the form of <c>no_proxy</c>; null for none.</summary>
    public string? NoProxy { get; init; }

    /// <summary>True when all is equal; the users in the URLs included, which <see cref="Uri.Equals(object)"/> leaves out.</summary>
    /// <param name="other">The other options.</param>
    public bool Equals(ProxyOptions? other) => ReferenceEquals(this, other) || (other is not null
        && FromEnvironment == other.FromEnvironment
        && string.Equals(Url?.OriginalString, other.Url?.OriginalString, StringComparison.Ordinal)
        && Equals(Credentials, other.Credentials)
        && string.Equals(PreProxy?.OriginalString, other.PreProxy?.OriginalString, StringComparison.Ordinal)
        && Equals(PreProxyCredentials, other.PreProxyCredentials)
        && string.Equals(NoProxy, other.NoProxy, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(FromEnvironment, Url?.OriginalString, Credentials, PreProxy?.OriginalString, PreProxyCredentials, NoProxy);

    /// <summary>The options without the credentials.</summary>
    public override string ToString()
    {
        string last = Url is not null && !FromEnvironment ? Text(Url) : FromEnvironment ? "environment" : "none";
        return PreProxy is null ? last : last == "none" ? Text(PreProxy) : $"{Text(PreProxy)}, {last}";
    }

    private static string Text(Uri url) => $"{url.Scheme}://{url.Host}:{url.Port}";

    private static Uri? Checked(Uri? value) => value is null || (value.IsAbsoluteUri && value.Host.Length > 0 && ProxyServer.Supports(value.Scheme))
        ? value
        : throw new ArgumentException("A proxy is a URL with a host, of the scheme http, https, socks4, socks4a, socks5 or socks5h.", nameof(value));
}
