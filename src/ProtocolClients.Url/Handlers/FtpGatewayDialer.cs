using System.Globalization;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Reaches, for whoever is asked for, the proxy that leads there, and says in each request whom it is for, and by which protocol.</summary>
/// <param name="options">How the proxy is reached.</param>
/// <param name="proxies">Which proxy leads where.</param>
/// <param name="authorize">Gives the value of Proxy-Authorization for a proxy, a method and a target; null for none.</param>
internal sealed class FtpGatewayDialer(FtpClientOptions options, ProxyResolver proxies, Func<ProxyServer, string, string, string?> authorize) : IDialer
{
    private readonly IDialer _direct = Dialers.CreateDirect(options);
    private readonly IDialer _toSecond = Dialers.CreateToProxy(options);

    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        (string host, int port) = endPoint switch
        {
            DnsEndPoint name => (name.Host, name.Port),
            IPEndPoint address => (address.Address.ToString(), address.Port),
            _ => throw new ArgumentException("A name or an address is dialed.", nameof(endPoint)),
        };
        ProxyServer proxy = proxies.Resolve("ftp", host, port)
            ?? throw new TransportException(TransportError.Proxy, $"No proxy leads to {host}.") { Endpoint = endPoint, Delivery = Delivery.NotSent };
        try
        {
            Connection connection = await (proxy.Via is null ? _direct : _toSecond).DialAsync(proxy.EndPoint, cancellationToken).ConfigureAwait(false);
            if (proxy.Kind == ProxyKind.Https)
            {
                connection = await TlsClient.AuthenticateAsync(
                    connection, TlsTo(), proxy.Host, options.Deadlines, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            return connection.Through(endPoint, proxy.ToString()).WithStream(new AbsoluteFormStream(connection.Stream, FormOf(host, port), (method, target) => authorize(proxy, method, target)));
        }
        catch (TransportException failure)
        {
            throw new TransportException(failure.Error, $"The proxy {proxy} was not reached: {failure.Message}", failure.InnerException ?? failure)
            {
                Endpoint = endPoint,
                Delivery = Delivery.NotSent,
                Phase = failure.Phase,
                Attempts = failure.Attempts,
            };
        }
    }

    // What stands before the path in a request to a proxy.
    private static string FormOf(string host, int port)
    {
        string authority = host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;
        return string.Create(CultureInfo.InvariantCulture, $"ftp://{authority}{(port == 21 ? string.Empty : $":{port}")}");
    }

    // Pins, names and certificates are those of servers; the proxy is another party.
    private TlsOptions TlsTo() => new()
    {
        Roots = options.Transport.Tls.Roots,
        MinimumVersion = options.Transport.Tls.MinimumVersion,
        Revocation = options.Transport.Tls.Revocation,
        AllowResume = options.Transport.Tls.AllowResume,
    };
}
