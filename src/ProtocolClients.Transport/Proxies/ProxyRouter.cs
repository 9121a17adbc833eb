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
        IDialer dialer = proxy is null ? direct : _dialers.GetOrAdd(proxy, Make);
        return dialer.DialAsync(endPoint, cancellationToken);
    }

    private ProxyDialer Make(ProxyServer proxy)
    {
        // Whom the first is asked for is the second, whom the user chose: no matter of the policy.
        IDialer inner = proxy.Via is { } first ? _dialers.GetOrAdd(first, p => new ProxyDialer(toProxy, p, options with { AddressPolicy = AddressPolicy.Any })) : toProxy;
        return new ProxyDialer(inner, proxy, options);
    }
}
