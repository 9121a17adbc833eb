using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ProtocolClients;

/// <summary>What the options of every client have. A record: change it by <c>with</c>.</summary>
public abstract record ClientOptions
{
    /// <summary>Dialer, proxy, TLS, address policy, keep-alive.</summary>
    public TransportOptions Transport { get; init; } = TransportOptions.Default;

    /// <summary>Who the client says it is; null for the URL's userinfo, else anonymous.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>How long each phase may take.</summary>
    public Deadlines Deadlines { get; init; } = Deadlines.Default;

    /// <summary>How much a peer may send.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>Attempts, budget, backoff, breaker, or a pipeline of one's own.</summary>
    public ResilienceOptions Resilience { get; init; } = ResilienceOptions.Default;

    /// <summary>Where log messages go.</summary>
    /// <value>By default nowhere.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Takes the redacted traffic; null for none.</summary>
    public IWireLog? WireLog { get; init; }

    /// <summary>The source of all time: deadlines, waits, clocks.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
