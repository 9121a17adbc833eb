namespace ProtocolClients;

/// <summary>What an operation is: whether repeating it whole can do harm. Unset means <see cref="Never"/>.</summary>
public enum Replay
{
    /// <summary>Never repeated by itself.</summary>
    Never,

    /// <summary>
    /// Repeated only when it is proven that nothing was applied (<see cref="Delivery.NotSent"/> or <see cref="Delivery.Refused"/>).
    /// </summary>
    IfNotApplied,

    /// <summary>Harmless to repeat: reads, and writes that end in the same state.</summary>
    Always,
}
