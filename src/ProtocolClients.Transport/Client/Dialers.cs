using Microsoft.Extensions.Logging;

namespace ProtocolClients.Transport;

/// <summary>Puts the dialer of a client together from its options.</summary>
public static class Dialers
{
    /// <summary>
    /// The dialer that the options describe: sockets (or <see cref="TransportOptions.Dialer"/>), the proxy for the scheme,
    /// metering. TLS is not part of it: <see cref="TlsMode.Implicit"/> and STARTTLS are the connection's.
    /// </summary>
    /// <param name="options">The client's options.</param>
    /// <param name="scheme">The URL's scheme, which chooses the environment's proxy.</param>
    public static IDialer Create(ClientOptions options, string scheme)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ILogger logger = options.LoggerFactory.CreateLogger("ProtocolClients.Transport");
        return new MeteredDialer(options.Transport.Dialer ?? Sockets(options, logger), options.TimeProvider, logger);
    }

    private static SocketDialer Sockets(ClientOptions options, ILogger logger) => new(new SocketDialerOptions
    {
        AddressPolicy = options.Transport.AddressPolicy,
        UnixSocketPath = options.Transport.UnixSocketPath,
        AttemptDelay = options.Transport.AttemptDelay,
        KeepAlive = options.Transport.KeepAlive,
        Deadlines = options.Deadlines,
        TimeProvider = options.TimeProvider,
        Logger = logger,
    });
}
