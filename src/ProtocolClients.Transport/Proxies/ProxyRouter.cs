using System.Collections.Concurrent;
using System.Net;

namespace ProtocolClients.Transport;

/// <summary>Dials each end point directly or through the proxy that leads to it.</summary>
internal sealed class ProxyRouter(
    ProxyResolver resolver, string scheme, IDialer direct, IDialer toProxy, ProxyDialerOptions options) : IDialer
{
    private readonly ConcurrentDictionary<ProxyServer, ProxyDialer> _dialers = new();

    public ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ProxyServer? proxy = endPoint switch
        {
            DnsEndPoint dns => resolver.Resolve(scheme, dns.Host, dns.Port),
            IPEndPoint ip => resolver.Resolve(scheme, ip.Address.ToString(), ip.Port),
            _ => null,
        };
        IDialer dialer = proxy is null ? direct : _dialers.GetOrAdd(proxy, p => new ProxyDialer(toProxy, p, options));
        return dialer.DialAsync(endPoint, cancellationToken);
    }
}
