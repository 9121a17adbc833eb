namespace ProtocolClients.Transport;

/// <summary>What a channel needs of its client's options.</summary>
public sealed record WireChannelOptions
{
    /// <summary>The defaults of every client, without a wire log.</summary>
    public static WireChannelOptions Default { get; } = new();

    /// <summary>How much the peer may send.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>How long each phase may take: <see cref="Deadlines.Command"/> and <see cref="Deadlines.Idle"/> are the channel's.</summary>
    public Deadlines Deadlines { get; init; } = Deadlines.Default;

    /// <summary>The source of time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Takes the redacted traffic; null for none.</summary>
    public IWireLog? WireLog { get; init; }
}
