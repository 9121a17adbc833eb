namespace ProtocolClients;

/// <summary>What a transfer did.</summary>
public enum TransferOutcome
{
    /// <summary>The content came, or went.</summary>
    Transferred,

    /// <summary>The source has what is here already.</summary>
    NotModified,

    /// <summary>A file of the name was there, and was to stay.</summary>
    Skipped,
}

/// <summary>A transfer that is done: what stands where, and how it came there.</summary>
/// <param name="Path">The local file, absolute.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record TransferResult(string Path, long Bytes)
{
    /// <summary>What was done.</summary>
    public TransferOutcome Outcome { get; init; }

    /// <summary>The checksums that were verified; empty when none was asked for.</summary>
    public IReadOnlyList<Checksum> Checksums { get; init; } = [];

    /// <summary>Bytes that an earlier run had left and that were not transferred again; 0 when it began anew.</summary>
    public long ResumedFrom { get; init; }

    /// <summary>How many requests were made for its content, repeats after failures included.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>How long it took, waits included.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Where it came from or went to in the end, after redirects, without userinfo; null when it is not known.</summary>
    public Uri? FinalUrl { get; init; }

    /// <summary>What was asked for and could not be done, though the file is right; for people. Empty as a rule.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The most connections that fetched parts of it at the same time.</summary>
    public int Segments { get; init; } = 1;
}
