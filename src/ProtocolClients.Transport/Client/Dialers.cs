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
    /// proxy only when <see cref="ProxyOptions.Url"/> names one: a test's network does not depend on the environment. A Unix
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

    private static IDialer Route(ClientOptions options, string scheme, ILogger logger)
    {
        TransportOptions transport = options.Transport;
        IDialer direct = transport.Dialer ?? Sockets(options, transport.AddressPolicy, logger);
        bool proxied = transport.Proxy.Url is not null || (transport.Proxy.FromEnvironment && transport.Dialer is null);
        if (!proxied || transport.UnixSocketPath is not null) return direct;
        var proxy = new ProxyDialerOptions
        {
            Deadlines = options.Deadlines,
            TimeProvider = options.TimeProvider,
            Limits = options.Limits,
            AddressPolicy = transport.AddressPolicy,
            // Pins, names, certificates and dangers are those of the peer; the proxy is another party.
            Tls = new TlsOptions
            {
                Roots = transport.Tls.Roots,
                MinimumVersion = transport.Tls.MinimumVersion,
                Revocation = transport.Tls.Revocation,
                AllowResume = transport.Tls.AllowResume,
            },
        };
        IDialer toProxy = transport.Dialer ?? Sockets(options, AddressPolicy.Any, logger);
        return new ProxyRouter(new ProxyResolver(transport.Proxy), scheme, direct, toProxy, proxy);
    }

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
