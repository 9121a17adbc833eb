using System.Net;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The kinds of proxy, as in the scheme of a proxy's URL.</summary>
public enum ProxyKind
{
    /// <summary>HTTP (<c>http</c>): tunnels by CONNECT (RFC 9110 §9.3.6).</summary>
    Http,

    /// <summary>HTTP with TLS to the proxy (<c>https</c>).</summary>
    Https,

    /// <summary>SOCKS 4 (<c>socks4</c>): IPv4 only, names resolved here.</summary>
    Socks4,

    /// <summary>SOCKS 4a (<c>socks4a</c>): names resolved by the proxy.</summary>
    Socks4a,

    /// <summary>SOCKS 5 (<c>socks5</c>, RFC 1928): names resolved here.</summary>
    Socks5,

    /// <summary>SOCKS 5 (<c>socks5h</c>): names resolved by the proxy.</summary>
    Socks5h,
}

/// <summary>One proxy: what it speaks, where it is, and who we are to it. Equal by value; its text shows no credentials.</summary>
/// <param name="Kind">What it speaks.</param>
/// <param name="Host">Its name or address, an IPv6 one without brackets.</param>
/// <param name="Port">Its port.</param>
/// <param name="Credentials">The credentials for the proxy, and for nobody else; null for none.</param>
public sealed record ProxyServer(ProxyKind Kind, string Host, int Port, Credentials? Credentials = null)
{
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

    /// <summary>The proxy through which this one is reached; null when that is directly.</summary>
    public ProxyServer? Via { get; init; }

    /// <summary>The proxy's URL without credentials, for example <c>socks5h://127.0.0.1:1080</c>.</summary>
    public Uri Url => new(ToString());

    /// <summary>The proxy's own end point: an address when the host is one.</summary>
    public EndPoint EndPoint => AddressLiteral.TryParse(Host, out IPAddress? address) ? new IPEndPoint(address, Port) : new DnsEndPoint(Host, Port);

    /// <summary>True for the schemes of proxy URLs: http, https, socks4, socks4a, socks5, socks5h.</summary>
    /// <param name="scheme">The scheme in lower case.</param>
    public static bool Supports(string scheme) => Array.IndexOf(Schemes, scheme) >= 0;

    /// <summary>The proxy of a URL; SOCKS is at port 1080 where the URL names none, HTTP where the scheme has it.</summary>
    /// <param name="url">The URL, with userinfo where the proxy asks for credentials.</param>
    /// <param name="credentials">Credentials before those of the URL.</param>
    /// <exception cref="ArgumentException">The URL is of another scheme or has no host.</exception>
    public static ProxyServer FromUrl(Uri url, Credentials? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || url.Host.Length == 0 || !Supports(url.Scheme))
        {
            throw new ArgumentException("Not the URL of a proxy: http, https, socks4, socks4a, socks5 or socks5h.", nameof(url));
        }

        // The platform maps no name where it has no culture data.
        string host = url.IdnHost.Trim('[', ']');
        if (!Ascii.IsValid(url.Host) && !HostName.TryCanonical(url.Host, out host!, out string? reason)) throw new ArgumentException($"Not the URL of a proxy. {reason}", nameof(url));
        int port = url.Port > 0 ? url.Port : 1080;
        return new ProxyServer(KindOf(url.Scheme), host, port, credentials ?? Credentials.FromUserInfo(url));
    }

    /// <summary>The proxy's URL without credentials.</summary>
    public override string ToString() => $"{Schemes[(int)Kind]}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    internal static ProxyKind KindOf(string scheme) => (ProxyKind)Array.IndexOf(Schemes, scheme);
}
