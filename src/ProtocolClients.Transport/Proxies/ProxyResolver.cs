using System.Collections.Concurrent;
using System.Globalization;

namespace ProtocolClients.Transport;

/// <summary>
/// Tells which proxy leads to a host, as curl does: the proxy of the options, or that of the environment for the scheme, unless
/// <c>no_proxy</c> names the host. The environment is read once a scheme. Safe for many tasks.
/// </summary>
public sealed class ProxyResolver
{
    private readonly ProxyOptions _options;
    private readonly ProxyServer? _first;
    private readonly NoProxyList _direct;
    private readonly Func<string, string?> _environment;
    private readonly ConcurrentDictionary<string, (string Name, ProxyServer? Proxy)?> _found = new(StringComparer.Ordinal);

    /// <summary>Makes a resolver.</summary>
    /// <param name="options">Which proxy is used.</param>
    /// <param name="environment">Gives a variable's value, null when it is not set; null for the process's own environment.</param>
    public ProxyResolver(ProxyOptions options, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _first = options.PreProxy is { } first ? ProxyServer.FromUrl(first, options.PreProxyCredentials) : null;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _direct = new NoProxyList(options.NoProxy ?? (options.FromEnvironment ? Variable("no_proxy") ?? Variable("NO_PROXY") : null));
    }

    /// <summary>Whether every host is reached directly: there is no proxy for the scheme, whatever the host.</summary>
    /// <param name="scheme">The URL's scheme in lower case.</param>
    public bool IsDirect(string scheme) => _options.Url is null && _first is null && OfEnvironment(scheme) is null;

    /// <summary>The proxy for a host, with the one through which it is reached; null to reach the host directly.</summary>
    /// <param name="scheme">The URL's scheme in lower case.</param>
    /// <param name="host">A name or an address, an IPv6 one with or without brackets.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="TransportException">The environment's variable is no proxy's URL (<see cref="TransportError.Proxy"/>).</exception>
    public ProxyServer? Resolve(string scheme, string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ArgumentException.ThrowIfNullOrEmpty(host);
        // Who has no proxy at all need not look at the host.
        if (IsDirect(scheme) || _direct.Matches(host, port)) return null;
        if (_options.Url is { } url) return Behind(ProxyServer.FromUrl(url, _options.Credentials));
        if (OfEnvironment(scheme) is not var (name, found)) return _first;
        return found is { } proxy
            ? Behind(_options.Credentials is { } credentials ? proxy with { Credentials = credentials } : proxy)
            : throw new TransportException(TransportError.Proxy, $"The environment variable {name} is not the URL of a proxy.")
            {
                Endpoint = UrlText.EndPointOf(host, port),
                Delivery = Delivery.NotSent,
            };
    }

    private (string Name, ProxyServer? Proxy)? OfEnvironment(string scheme) =>
        _options.FromEnvironment ? _found.GetOrAdd(scheme, static (scheme, self) => self.Find(scheme), this) : null;

    private ProxyServer Behind(ProxyServer proxy) => _first is null ? proxy : proxy with { Via = _first };

    private (string Name, ProxyServer? Proxy)? Find(string scheme)
    {
        string lower = scheme.ToLowerInvariant() + "_proxy";

        // HTTP_PROXY is what a CGI server makes of the request field "Proxy" (CVE-2016-5385): only the lower case is the user's.
        string?[] names = [lower, scheme.Equals("http", StringComparison.OrdinalIgnoreCase) ? null : lower.ToUpperInvariant(), "all_proxy", "ALL_PROXY"];
        foreach (string? name in names)
        {
            if (name is not null && Variable(name) is { } value) return (name, Read(value));
        }

        return null;
    }

    // An empty variable is as good as none, so that a user can switch one off; curl does the same.
    private string? Variable(string name) => _environment(name)?.Trim() is { Length: > 0 } value ? value : null;

    // [ scheme "://" ] [ userinfo "@" ] host [ ":" port ] [ "/" … ]: the scheme is http when there is none, the port 1080 (https: 443).
    private static ProxyServer? Read(string text)
    {
        int mark = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = mark < 0 ? "http" : text[..mark].ToLowerInvariant();
        if (!ProxyServer.Supports(scheme)) return null;
        string authority = mark < 0 ? text : text[(mark + 3)..];
        int at = authority.LastIndexOf('@');
        int end = authority.AsSpan(at + 1).IndexOfAny('/', '?', '#');
        if (end >= 0) authority = authority[..(at + 1 + end)];

        string host = authority[(at + 1)..];
        int port = scheme is "https" ? 443 : 1080;
        int colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']'))
        {
            if (!ushort.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0) return null;
            port = number;
            host = host[..colon];
        }

        if (host.Contains(':', StringComparison.Ordinal) && host[0] != '[') return null;
        if (!HostName.TryCanonical(host, out string? canonical, out _)) return null;
        return new ProxyServer(ProxyServer.KindOf(scheme), canonical, port, at < 0 ? null : User(authority[..at]));
    }

    private static Credentials User(string userInfo)
    {
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new Credentials(Uri.UnescapeDataString(userInfo), string.Empty)
            : new Credentials(Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }
}
