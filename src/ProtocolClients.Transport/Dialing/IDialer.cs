using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// Opens connections: the one seam under every protocol. Sockets, proxies, TLS, metering and the in-memory network of
/// tests are all dialers; one wraps another. A dialer tries addresses but never retries: time belongs to the client.
/// </summary>
public interface IDialer
{
    /// <summary>Opens a connection.</summary>
    /// <param name="endPoint">
    /// Whom to reach: a <see cref="DnsEndPoint"/> (resolved by the dialer, or by the proxy), an <see cref="IPEndPoint"/>,
    /// or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="TransportException">No connection could be made, in time or at all; lists every address tried.</exception>
    ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default);
}
