namespace ProtocolClients;

/// <summary>What a transfer is about.</summary>
public enum TransferPhase
{
    /// <summary>Bytes come or go.</summary>
    Transferring,

    /// <summary>All bytes are here; checksums are computed over what is not hashed yet.</summary>
    Verifying,

    /// <summary>The file has its name.</summary>
    Done,
}

/// <summary>How far a transfer has come.</summary>
/// <param name="Bytes">Bytes of the whole that are here, those of an earlier attempt included.</param>
/// <param name="Total">Bytes of the whole, when the peer said so.</param>
public readonly record struct TransferProgress(long Bytes, long? Total)
{
    /// <summary>What the transfer is about.</summary>
    public TransferPhase Phase { get; init; }

    /// <summary>Bytes a second, smoothed over the last seconds; 0 as long as nothing is known.</summary>
    public double Rate { get; init; }

    /// <summary>Connections that fetch parts of it now.</summary>
    public int Segments { get; init; }

    /// <summary>From 0 to 1; null when the total is unknown.</summary>
    public double? Fraction => Total is > 0 and { } total ? Math.Min(1, (double)Bytes / total) : null;

    /// <summary>How long it will take at this rate; null when the total or the rate is unknown.</summary>
    public TimeSpan? Remaining => Total is { } total && Rate > 0 && total >= Bytes
        ? TimeSpan.FromSeconds(Math.Min((total - Bytes) / Rate, int.MaxValue))
        : null;
}
