namespace ProtocolClients.Transport;

/// <summary>Makes the channel of a client from its options.</summary>
public static class Channels
{
    /// <summary>A channel with the limits, deadlines, time and wire log of a client.</summary>
    /// <param name="connection">The connection; disposed with the channel.</param>
    /// <param name="options">The client's options.</param>
    public static WireChannel Open(Connection connection, ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new WireChannel(connection, new WireChannelOptions
        {
            Limits = options.Limits,
            Deadlines = options.Deadlines,
            TimeProvider = options.TimeProvider,
            WireLog = options.WireLog,
        });
    }
}
