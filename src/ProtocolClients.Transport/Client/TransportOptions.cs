using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// All that a reused connection depends on, besides whom it reaches and who the client says it is: the key of connection
/// pools. Every property takes part in equality; collections are equal by value.
/// </summary>
public sealed record TransportOptions
{
    /// <summary>Sockets, the environment's proxies, platform TLS.</summary>
    public static TransportOptions Default { get; } = new();

    /// <summary>Replaces sockets: the in-memory network of a test, a tunnel of one's own. Null for sockets.</summary>
    public IDialer? Dialer { get; init; }

    /// <summary>TLS: mode, trust, pins, client certificate.</summary>
    public TlsOptions Tls { get; init; } = TlsOptions.Default;

    /// <summary>The proxy.</summary>
    /// <value>By default the environment's.</value>
    public ProxyOptions Proxy { get; init; } = ProxyOptions.Environment;

    /// <summary>Which addresses may be dialed.</summary>
    /// <value>By default any.</value>
    public AddressPolicy AddressPolicy { get; init; } = AddressPolicy.Any;

    /// <summary>Dials this Unix domain socket whatever the host is; null for TCP.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>
    /// Names that are dialed at fixed addresses, without asking a name server; the first that fits counts. Certificates are still checked
    /// for the name, and <see cref="AddressPolicy"/> still judges the addresses.
    /// </summary>
    /// <value>By default none: <c>Hosts = [new("www.example.org", IPAddress.Loopback) { ToPort = 8443 }]</c>.</value>
    public ValueList<HostMapping> Hosts { get; init; } = [];

    /// <summary>How long one address is tried before the next is tried beside it (RFC 8305 §5, Connection Attempt Delay).</summary>
    /// <value>The default is 250 ms; 10 ms at least.</value>
    public TimeSpan AttemptDelay
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(10)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RFC 8305 §5: at least 10 ms.");
    } = TimeSpan.FromMilliseconds(250);

    /// <summary>TCP keep-alive: probes start after this much silence; null for none.</summary>
    /// <value>The default is 60 seconds.</value>
    public TimeSpan? KeepAlive { get; init; } = TimeSpan.FromSeconds(60);
}
