using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// One open connection: a stream and the facts about it. Disposing it closes the stream and all below. Immutable but for
/// the stream: a layer on top (TLS, a throttle) is a new <see cref="Connection"/> made by <see cref="WithStream"/>.
/// </summary>
public sealed class Connection : IAsyncDisposable
{
    /// <summary>Wraps a stream.</summary>
    /// <param name="stream">The bytes both ways.</param>
    /// <param name="endPoint">Whom the caller asked for.</param>
    public Connection(Stream stream, EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(endPoint);
        Stream = stream;
        EndPoint = endPoint;
    }

    /// <summary>The bytes both ways.</summary>
    public Stream Stream { get; }

    /// <summary>Whom the caller asked for, as he named it.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The address at the other end of the socket: the peer's, or the proxy's; null without a socket.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>The address at this end; null without a socket.</summary>
    public EndPoint? LocalEndPoint { get; init; }

    /// <summary>
    /// The socket itself, when nothing lies between it and the peer (no TLS, proxy framing, throttle or fault): what
    /// sendfile and splice need. Null otherwise.
    /// </summary>
    public Socket? Socket { get; init; }

    /// <summary>The proxy that relays this connection, without credentials, for example <c>socks5h://127.0.0.1:1080</c>; null when direct.</summary>
    public string? Proxy { get; init; }

    /// <summary>The TLS layer, when there is one: protocol version, cipher suite, ALPN, the peer's certificate.</summary>
    public SslStream? Tls { get; init; }

    /// <summary>The same connection with another stream on top; the plain socket is no longer shown.</summary>
    /// <param name="stream">The new top; disposing it disposes what it wraps.</param>
    public Connection WithStream(Stream stream) => new(stream, EndPoint)
    {
        RemoteEndPoint = RemoteEndPoint,
        LocalEndPoint = LocalEndPoint,
        Proxy = Proxy,
        Tls = stream as SslStream ?? Tls,
    };

    /// <summary>The same connection, told whom it reaches behind a proxy.</summary>
    /// <param name="endPoint">The peer behind the proxy.</param>
    /// <param name="proxy">The proxy without credentials.</param>
    public Connection Through(EndPoint endPoint, string proxy) => new(Stream, endPoint)
    {
        RemoteEndPoint = RemoteEndPoint,
        LocalEndPoint = LocalEndPoint,
        Socket = Socket,
        Proxy = proxy,
        Tls = Tls,
    };

    /// <summary>Closes the stream and all below.</summary>
    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
