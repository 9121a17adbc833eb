using System.Net;

namespace ProtocolClients.Transport;

/// <summary>The exceptions of a proxy's handshake.</summary>
internal static class ProxyFailure
{
    public static TransportException Refused(ProxyServer proxy, EndPoint target, string reason) =>
        New(TransportError.Proxy, target, $"The proxy {proxy} refused {Text(target)}: {reason}.");

    public static TransportException Broken(ProxyServer proxy, EndPoint target, string what, Exception? cause = null) =>
        New(TransportError.Proxy, target, $"The proxy {proxy} broke its protocol: {what}.", cause);

    public static TransportException New(TransportError error, EndPoint target, string message, Exception? cause = null) =>
        new(error, message, cause) { Endpoint = target, Delivery = Delivery.NotSent };

    public static string Text(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString()!;
}
