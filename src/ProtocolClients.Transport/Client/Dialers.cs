using Microsoft.Extensions.Logging;

namespace ProtocolClients.Transport;

/// <summary>Puts the dialer of a client together from its options.</summary>
public static class Dialers
{
    /// <summary>
    /// The dialer that the options describe: sockets (or <see cref="TransportOptions.Dialer"/>), the proxy for the scheme,
    /// metering. TLS is not part of it: <see cref="TlsMode.Implicit"/> and STARTTLS are the connection's.
    /// </summary>
    /// <remarks>
    /// The address policy judges whom the client reaches, not the proxy that the user chose. A dialer of one's own hears of a
    /// proxy only when <see cref="ProxyOptions.Url"/> or <see cref="ProxyOptions.PreProxy"/> names one: a test's network does not depend on the environment. A Unix
    /// domain socket is the peer itself, so no proxy leads to it.
    /// </remarks>
    /// <param name="options">The client's options.</param>
    /// <param name="scheme">The URL's scheme, which chooses the environment's proxy.</param>
    public static IDialer Create(ClientOptions options, string scheme)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ILogger logger = options.LoggerFactory.CreateLogger("ProtocolClients.Transport");
        return new MeteredDialer(Route(options, scheme, logger), options.TimeProvider, logger);
    }

    /// <summary>
    /// As <see cref="Create"/>, but never through a proxy: for a client that speaks to the proxy itself (HTTP in absolute form).
    /// </summary>
    /// <param name="options">The client's options.</param>
    public static IDialer CreateDirect(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ILogger logger = options.LoggerFactory.CreateLogger("ProtocolClients.Transport");
        return new MeteredDialer(
            options.Transport.Dialer ?? Sockets(options, options.Transport.AddressPolicy, logger), options.TimeProvider, logger);
    }

    /// <summary>
    /// As <see cref="CreateDirect"/>, for the proxy at the end of a chain (<see cref="ProxyServer.Via"/>): through
    /// <see cref="ProxyOptions.PreProxy"/>, when there is one.
    /// </summary>
    /// <param name="options">The client's options.</param>
    public static IDialer CreateToProxy(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Transport.Proxy.PreProxy is not { } first) return CreateDirect(options);
        ILogger logger = options.LoggerFactory.CreateLogger("ProtocolClients.Transport");
        IDialer sockets = options.Transport.Dialer ?? Sockets(options, AddressPolicy.Any, logger);
        ProxyServer proxy = ProxyServer.FromUrl(first, options.Transport.Proxy.PreProxyCredentials);
        return new MeteredDialer(new ProxyDialer(sockets, proxy, ToProxy(options, AddressPolicy.Any)), options.TimeProvider, logger);
    }

    private static IDialer Route(ClientOptions options, string scheme, ILogger logger)
    {
        TransportOptions transport = options.Transport;
        IDialer direct = transport.Dialer ?? Sockets(options, transport.AddressPolicy, logger);
        ProxyOptions proxies = transport.Proxy.Url is null && transport.Dialer is not null ? transport.Proxy with { FromEnvironment = false } : transport.Proxy;
        bool proxied = proxies.Url is not null || proxies.PreProxy is not null || proxies.FromEnvironment;
        if (!proxied || transport.UnixSocketPath is not null) return direct;
        IDialer toProxy = transport.Dialer ?? Sockets(options, AddressPolicy.Any, logger);
        return new ProxyRouter(new ProxyResolver(proxies), scheme, direct, toProxy, ToProxy(options, transport.AddressPolicy));
    }

    private static ProxyDialerOptions ToProxy(ClientOptions options, AddressPolicy policy) => new()
    {
        Deadlines = options.Deadlines,
        TimeProvider = options.TimeProvider,
        Limits = options.Limits,
        AddressPolicy = policy,
        // Pins, names, certificates and dangers are those of the peer; the proxy is another party.
        Tls = new TlsOptions
        {
            Roots = options.Transport.Tls.Roots,
            MinimumVersion = options.Transport.Tls.MinimumVersion,
            Revocation = options.Transport.Tls.Revocation,
            AllowResume = options.Transport.Tls.AllowResume,
        },
    };

    private static SocketDialer Sockets(ClientOptions options, AddressPolicy policy, ILogger logger) => new(new SocketDialerOptions
    {
        AddressPolicy = policy,
        UnixSocketPath = options.Transport.UnixSocketPath,
        Hosts = options.Transport.Hosts,
        AttemptDelay = options.Transport.AttemptDelay,
        KeepAlive = options.Transport.KeepAlive,
        Deadlines = options.Deadlines,
        TimeProvider = options.TimeProvider,
        Logger = logger,
    });
}
