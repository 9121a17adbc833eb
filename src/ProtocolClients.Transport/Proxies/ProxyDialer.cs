using System.Net;
using System.Net.Sockets;
using System.Security.Authentication.ExtendedProtection;

namespace ProtocolClients.Transport;

/// <summary>
/// Reaches every end point through one proxy: HTTP CONNECT, with TLS to the proxy or without, SOCKS 4, 4a and 5. The proxy
/// itself is reached by another dialer. Safe for many tasks; remembers only how an HTTP proxy wants to be answered.
/// </summary>
/// <remarks>
/// The password is shown to nobody but the proxy, and only when it asks. Names are given to the proxy (<c>socks4a</c>,
/// <c>socks5h</c>, <c>http</c>, <c>https</c>) or resolved here (<c>socks4</c>, <c>socks5</c>), never one for want of the other (CVE-2023-38545).
/// </remarks>
public sealed class ProxyDialer : IDialer
{
    private readonly IDialer _inner;
    private readonly ProxyServer _proxy;
    private readonly ProxyDialerOptions _options;
    private readonly HostResolver _resolver;
    private readonly ProxyLogin _login;

    /// <summary>Makes a dialer through a proxy.</summary>
    /// <param name="inner">Reaches the proxy.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    public ProxyDialer(IDialer inner, ProxyServer proxy, ProxyDialerOptions? options = null)
        : this(inner, proxy, options ?? ProxyDialerOptions.Default, Dns.GetHostAddressesAsync)
    {
    }

    internal ProxyDialer(IDialer inner, ProxyServer proxy, ProxyDialerOptions options, HostResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(proxy);
        _inner = inner;
        _proxy = proxy;
        _options = options;
        _resolver = resolver;
        _login = new ProxyLogin(proxy);
    }

    /// <inheritdoc/>
    /// <exception cref="TransportException">
    /// <see cref="TransportError.Proxy"/>: the proxy refused, with its reason, or broke its protocol, or has no way to the kind of address;
    /// <see cref="TransportError.NameResolution"/>: no host name, or none with an address; <see cref="TransportError.AddressRefused"/>: by
    /// the policy; and what the inner dialer throws when the proxy cannot be reached.
    /// </exception>
    /// <exception cref="WireLimitException">An HTTP proxy sent too much.</exception>
    /// <exception cref="ArgumentException">The end point is neither a name nor an address.</exception>
    public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        using PhaseDeadline deadline = PhaseDeadline.Start(_options.TimeProvider, _options.Deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            ProxyTarget target = await TargetAsync(endPoint, deadline.Token).ConfigureAwait(false);
            Connection connection = _proxy.Kind is ProxyKind.Http or ProxyKind.Https
                ? await TunnelAsync(target, deadline.Token).ConfigureAwait(false)
                : await SocksAsync(target, deadline.Token).ConfigureAwait(false);
            return connection.Through(endPoint, _proxy.ToString());
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(endPoint, cause);
        }
        catch (OperationCanceledException cause) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cause.Message, cause, cancellationToken);
        }
    }

    private async ValueTask<ProxyTarget> TargetAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        if (endPoint is IPEndPoint literal) return Literal(endPoint, literal.Address, literal.Port);
        if (endPoint is not DnsEndPoint dns) throw new ArgumentException($"No proxy reaches {endPoint}.", nameof(endPoint));
        if (!HostName.TryCanonical(dns.Host, out string? host, out string? reason))
        {
            throw ProxyFailure.New(TransportError.NameResolution, endPoint, $"The host cannot be asked for: {reason}");
        }

        if (AddressLiteral.TryParse(host, out IPAddress? address)) return Literal(endPoint, address, dns.Port);
        if (_proxy.Kind is not (ProxyKind.Socks4 or ProxyKind.Socks5))
        {
            return _options.AddressPolicy.AllowsRemoteName(host)
                ? new ProxyTarget(endPoint, null, host, dns.Port)
                : throw ProxyFailure.New(
                    TransportError.AddressRefused,
                    endPoint,
                    $"The address policy forbids {host} through the proxy {_proxy}, which would resolve it unseen; it is not allowed by name.");
        }

        return await ResolvedAsync(endPoint, host, dns.Port, cancellationToken).ConfigureAwait(false);
    }

    private ProxyTarget Literal(EndPoint endPoint, IPAddress found, int port)
    {
        IPAddress address = found.IsIPv4MappedToIPv6 ? found.MapToIPv4() : found;
        if (!_options.AddressPolicy.Allows(address, port))
        {
            throw ProxyFailure.New(TransportError.AddressRefused, endPoint, $"The address policy forbids {address}.");
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6 && _proxy.Kind is (ProxyKind.Socks4 or ProxyKind.Socks4a))
        {
            throw ProxyFailure.New(TransportError.Proxy, endPoint, $"SOCKS 4 has no IPv6: {address} cannot be reached through {_proxy}.");
        }

        return new ProxyTarget(endPoint, address, null, port);
    }

    // One address, as curl does: the proxy says of only one whether it could be reached.
    private async ValueTask<ProxyTarget> ResolvedAsync(EndPoint endPoint, string host, int port, CancellationToken cancellationToken)
    {
        AddressFamily family = _proxy.Kind == ProxyKind.Socks4 ? AddressFamily.InterNetwork : AddressFamily.Unspecified;
        IPAddress[] found;
        try
        {
            found = await _resolver(host, family, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException cause)
        {
            throw ProxyFailure.New(TransportError.NameResolution, endPoint, $"Could not resolve {host}: {cause.Message}.", cause);
        }

        TransportException? refused = null;
        foreach (IPAddress address in found)
        {
            try
            {
                return Literal(endPoint, address, port);
            }
            catch (TransportException failure)
            {
                refused = failure;
            }
        }

        throw refused ?? ProxyFailure.New(TransportError.NameResolution, endPoint, $"Could not resolve {host}: the name has no usable address.");
    }

    private async ValueTask<Connection> ReachAsync(ProxyTarget target, CancellationToken cancellationToken)
    {
        try
        {
            Connection connection = await _inner.DialAsync(_proxy.EndPoint, cancellationToken).ConfigureAwait(false);
            if (_proxy.Kind != ProxyKind.Https) return connection;

            // The Connect deadline runs over all of it.
            return await TlsClient.AuthenticateAsync(
                connection, _options.Tls, _proxy.Host, Deadlines.None, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw new TransportException(failure.Error, $"The proxy {_proxy} was not reached: {failure.Message}", failure.InnerException ?? failure)
            {
                Endpoint = target.EndPoint,
                Delivery = Delivery.NotSent,
                Phase = failure.Phase,
                Attempts = failure.Attempts,
            };
        }
    }

    private async ValueTask<Connection> SocksAsync(ProxyTarget target, CancellationToken cancellationToken)
    {
        Connection connection = await ReachAsync(target, cancellationToken).ConfigureAwait(false);
        try
        {
            await SocksHandshake.RunAsync(connection.Stream, _proxy, target, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<Connection> TunnelAsync(ProxyTarget target, CancellationToken cancellationToken)
    {
        Func<ProxyAsk, ProxyAnswer>? answer = _login.Known;
        bool fresh = false;
        Connection? connection = null;
        ConnectHandshake? handshake = null;
        ProxyAnswer? shown = null;
        try
        {
            // Ask, answer, and once more when the nonce was stale: a proxy that wants a fourth is not to be pleased. The legs of one
            // handshake (NTLM, Negotiate) are one answer.
            for (int attempt = 0; ;)
            {
                connection ??= await ReachAsync(target, cancellationToken).ConfigureAwait(false);
                handshake ??= new ConnectHandshake(connection.Stream, _proxy, target, _options.Limits);
                shown ??= answer?.Invoke(new ProxyAsk(target.Authority, connection.Tls?.TransportContext.GetChannelBinding(ChannelBindingKind.Endpoint)));
                ConnectResponse response = await handshake.AskAsync(shown?.Field, cancellationToken).ConfigureAwait(false);
                if (response.Status < 300)
                {
                    if (shown?.Accepts(response) == false)
                    {
                        throw ProxyFailure.Refused(_proxy, target.EndPoint, "its proof that it knows the password is wrong");
                    }

                    byte[] leftover = handshake.Leftover;
                    Connection tunnel = leftover.Length == 0
                        ? connection
                        : connection.WithStream(new PrefixedStream(leftover, connection.Stream));
                    connection = null;
                    return tunnel;
                }

                if (response.Status != 407) throw ProxyFailure.Refused(_proxy, target.EndPoint, $"{response.Status} {response.Reason}".TrimEnd());
                IReadOnlyList<AuthenticationChallenge> challenges = response.Challenges;
                if (shown?.IsUnderWay(challenges) == true)
                {
                    // What was proved so far, was proved of this connection.
                    if (!await handshake.TryDrainAsync(response, cancellationToken).ConfigureAwait(false))
                    {
                        throw ProxyFailure.Broken(_proxy, target.EndPoint, "it ends the connection in the middle of a login that is bound to it");
                    }

                    if (shown.Continue(challenges)) continue;
                    throw ProxyFailure.Refused(_proxy, target.EndPoint, "its part of the login is malformed, or has no end");
                }

                shown?.Dispose();
                shown = null;
                answer = _login.Answer(challenges, answer is not null, fresh, out string reason);
                if (answer is null || attempt++ == 2) throw ProxyFailure.Refused(_proxy, target.EndPoint, reason);
                fresh = true;
                if (await handshake.TryDrainAsync(response, cancellationToken).ConfigureAwait(false)) continue;
                await connection.DisposeAsync().ConfigureAwait(false);
                connection = null;
                handshake = null;
            }
        }
        finally
        {
            shown?.Dispose();
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
