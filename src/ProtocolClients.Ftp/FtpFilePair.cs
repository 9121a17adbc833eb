namespace ProtocolClients;

/// <summary>A file there and a file here. What a listing told of the one there need not be asked for again.</summary>
/// <param name="Remote">The file there.</param>
/// <param name="Local">The file here.</param>
public readonly record struct FtpFilePair(FtpPath Remote, string Local)
{
    /// <summary>A file that was listed, and where it goes.</summary>
    /// <param name="entry">The entry of the listing.</param>
    /// <param name="local">The file here; a name of the server's is judged by the caller (<see cref="Transport.SafeFileName"/>).</param>
    public FtpFilePair(FtpEntry entry, string local)
        : this((entry ?? throw new ArgumentNullException(nameof(entry))).Path, local)
    {
        Size = entry.Size;
        Modified = entry.Modified;
        Precision = entry.ModifiedPrecision;
    }

    /// <summary>The size there in bytes; null when it is not known.</summary>
    public long? Size { get; init; }

    /// <summary>When it was changed there; null when it is not known.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>How exactly <see cref="Modified"/> is known.</summary>
    public FtpTimePrecision Precision { get; init; } = FtpTimePrecision.Second;
}
