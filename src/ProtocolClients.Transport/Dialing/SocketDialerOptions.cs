using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ProtocolClients.Transport;

/// <summary>How sockets are dialed.</summary>
public sealed record SocketDialerOptions
{
    /// <summary>Any address, 250 ms between attempts, 30 seconds for all of it, keep-alive after 60 seconds.</summary>
    public static SocketDialerOptions Default { get; } = new();

    /// <summary>Which addresses may be dialed; asked for every address that a name resolves to, and for literals.</summary>
    /// <value>By default any.</value>
    public AddressPolicy AddressPolicy { get; init; } = AddressPolicy.Any;

    /// <summary>Dials this Unix domain socket whatever the end point is; null for TCP.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>Names that are dialed at fixed addresses; the first that fits counts.</summary>
    /// <value>By default none.</value>
    public ValueList<HostMapping> Hosts { get; init; } = [];

    /// <summary>How long one address is tried before the next is tried beside it (RFC 8305 §5, Connection Attempt Delay).</summary>
    /// <value>The default is 250 ms.</value>
    public TimeSpan AttemptDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>TCP keep-alive: probes start after this much silence; null for none.</summary>
    /// <value>The default is 60 seconds; whole seconds, at least one.</value>
    public TimeSpan? KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where the limit of <see cref="DeadlinePhase.Connect"/> stands: name resolution and connect together.</summary>
    public Deadlines Deadlines { get; init; } = Deadlines.Default;

    /// <summary>The source of time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where every attempt is logged (Debug).</summary>
    /// <value>By default nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
