namespace ProtocolClients;

/// <summary>How far a transfer has come.</summary>
/// <param name="Bytes">Bytes of the whole that are here, those of an earlier attempt included.</param>
/// <param name="Total">Bytes of the whole, when the peer said so.</param>
public readonly record struct TransferProgress(long Bytes, long? Total)
{
    /// <summary>From 0 to 1; null when the total is unknown.</summary>
    public double? Fraction => Total is > 0 and { } total ? Math.Min(1, (double)Bytes / total) : null;
}
