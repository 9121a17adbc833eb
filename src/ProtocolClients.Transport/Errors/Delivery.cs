namespace ProtocolClients;

/// <summary>What is known about an operation when it failed: whether the peer can have applied it.</summary>
public enum Delivery
{
    /// <summary>No byte of the operation left this machine.</summary>
    NotSent,

    /// <summary>The peer answered, and the answer proves that nothing was applied.</summary>
    Refused,

    /// <summary>Some bytes may have arrived; the peer may have applied the operation.</summary>
    MaybeSent,

    /// <summary>The peer answered; the operation took the effect that the answer names.</summary>
    Answered,
}
