using System.Net;

namespace ProtocolClients.Transport;

/// <summary>Shakes hands with a SOCKS proxy. Reads exactly what the proxy owes, so no byte of the peer's is taken.</summary>
internal static class SocksHandshake
{
    public static async ValueTask RunAsync(Stream stream, ProxyServer proxy, ProxyTarget target, CancellationToken cancellationToken)
    {
        try
        {
            if (proxy.Kind is ProxyKind.Socks4 or ProxyKind.Socks4a) await Run4Async(stream, proxy, target, cancellationToken).ConfigureAwait(false);
            else await Run5Async(stream, proxy, target, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException cause)
        {
            throw ProxyFailure.Broken(proxy, target.EndPoint, "it ended the connection in the middle of the handshake", cause);
        }
    }

    private static async ValueTask Run4Async(Stream stream, ProxyServer proxy, ProxyTarget target, CancellationToken cancellationToken)
    {
        byte[] reply = new byte[Socks4Message.ReplyLength];
        string user = proxy.Credentials?.User ?? string.Empty;
        if (user.Contains('\0', StringComparison.Ordinal)) throw Credentials(proxy, target, "a SOCKS 4 user has no NUL");
        await stream.WriteAsync(Socks4Message.Connect(target.Address, target.Name, target.Port, user), cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(reply, cancellationToken).ConfigureAwait(false);
        if (!Socks4Message.TryParseReply(reply, out byte code)) throw ProxyFailure.Broken(proxy, target.EndPoint, "its reply is none of SOCKS 4");
        if (code != 90) throw ProxyFailure.Refused(proxy, target.EndPoint, Socks4Message.Reason(code));
    }

    private static async ValueTask Run5Async(Stream stream, ProxyServer proxy, ProxyTarget target, CancellationToken cancellationToken)
    {
        byte[] reply = new byte[262];
        byte[]? login = null;
        if (proxy.Credentials is { Secret: { } secret } credentials)
        {
            login = Socks5Message.Login(credentials.User, secret.Reveal())
                ?? throw Credentials(proxy, target, "a SOCKS 5 user has 1 to 255 bytes, a password at most 255");
        }

        await stream.WriteAsync(Socks5Message.Greeting(login is not null), cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(reply.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
        if (reply[0] != 5) throw ProxyFailure.Broken(proxy, target.EndPoint, "its reply is none of SOCKS 5");
        switch (reply[1])
        {
            case Socks5Message.NoAuthentication:
                break;
            case Socks5Message.UserPassword when login is not null:
                await stream.WriteAsync(login, cancellationToken).ConfigureAwait(false);
                await stream.ReadExactlyAsync(reply.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);

                // RFC 1929 §2 wants version 1 in the reply; proxies in use say 5. The status alone counts.
                if (reply[1] != 0) throw ProxyFailure.Refused(proxy, target.EndPoint, "it does not accept the user and password");
                break;
            case Socks5Message.NoAcceptableMethod:
                throw ProxyFailure.Refused(
                    proxy, target.EndPoint, login is null ? "it asks for credentials" : "it accepts neither a password nor no authentication");
            default:
                throw ProxyFailure.Broken(proxy, target.EndPoint, $"it chose the authentication method {reply[1]} that was not offered");
        }

        await stream.WriteAsync(Socks5Message.Connect(target.Address, target.Name, target.Port), cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(reply.AsMemory(0, 2), cancellationToken).ConfigureAwait(false);
        if (reply[0] != 5) throw ProxyFailure.Broken(proxy, target.EndPoint, "its reply is none of SOCKS 5");

        // Some proxies end the connection right behind the code of a refusal.
        if (reply[1] != 0) throw ProxyFailure.Refused(proxy, target.EndPoint, Socks5Message.Reason(reply[1]));
        await stream.ReadExactlyAsync(reply.AsMemory(2, 3), cancellationToken).ConfigureAwait(false);
        int rest = Socks5Message.RestOfReply(reply);
        if (rest < 0) throw ProxyFailure.Broken(proxy, target.EndPoint, $"its reply has the unknown address type {reply[3]}");
        await stream.ReadExactlyAsync(reply.AsMemory(5, rest), cancellationToken).ConfigureAwait(false);
    }

    private static TransportException Credentials(ProxyServer proxy, ProxyTarget target, string rule) =>
        ProxyFailure.New(TransportError.Proxy, target.EndPoint, $"The credentials for the proxy {proxy} cannot be sent: {rule}.");
}

/// <summary>Whom a proxy is asked for: an address, or a name that it resolves.</summary>
/// <param name="EndPoint">As the caller named it.</param>
/// <param name="Address">The address; null for a name.</param>
/// <param name="Name">The canonical name; null for an address.</param>
/// <param name="Port">The port.</param>
internal sealed record ProxyTarget(EndPoint EndPoint, IPAddress? Address, string? Name, int Port)
{
    /// <summary>The authority form (RFC 9112 §3.2.3).</summary>
    public string Authority => Address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? $"[{Address}]:{Port}" : $"{Address?.ToString() ?? Name}:{Port}";
}
