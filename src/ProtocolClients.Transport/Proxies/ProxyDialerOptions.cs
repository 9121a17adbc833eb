namespace ProtocolClients.Transport;

/// <summary>How a proxy is used.</summary>
public sealed record ProxyDialerOptions
{
    /// <summary>The defaults.</summary>
    public static ProxyDialerOptions Default { get; } = new();

    /// <summary>Their <see cref="Deadlines.Connect"/> bounds it all: reaching the proxy, TLS to it, its handshake.</summary>
    public Deadlines Deadlines { get; init; } = Deadlines.Default;

    /// <summary>The source of time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How much the proxy may send.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>TLS to an <c>https</c> proxy; not that to the peer behind it, which nothing here touches.</summary>
    public TlsOptions Tls { get; init; } = TlsOptions.Default;

    /// <summary>
    /// Judges whom the proxy is asked for: addresses, and names that it would resolve out of our sight
    /// (<see cref="AddressPolicy.AllowsRemoteName"/>). The proxy's own address is the inner dialer's matter.
    /// </summary>
    public AddressPolicy AddressPolicy { get; init; } = AddressPolicy.Any;
}
