namespace ProtocolClients;

/// <summary>How far the content of a transfer is compared once it is done.</summary>
public enum FtpVerification
{
    /// <summary>Not beyond the server's word that it is done (226).</summary>
    None,

    /// <summary>The size on both sides, where the server tells it.</summary>
    Size,

    /// <summary>Also a hash that the server computes (HASH, XSHA256 and its like, XCRC), where it can; else the size.</summary>
    Hash,
}

/// <summary>How a file is downloaded or uploaded.</summary>
public sealed record FtpTransferOptions
{
    /// <summary>The defaults.</summary>
    public static FtpTransferOptions Default { get; } = new();

    /// <summary>What is done about a file that has the final name already, here or there.</summary>
    /// <value>By default the transfer fails before anything is moved.</value>
    public ExistingFile WhenExists { get; init; }

    /// <summary>
    /// Leaves what came or went when a transfer does not end well, and goes on with what an earlier one left, also one of a process that was
    /// killed. A download: when the source still has the size and the time that it had then. An upload: when a hash that the server computes of its
    /// part is that of as much of the content; on a server that computes none the part of a file from 1 MiB has a name of its size, its time and
    /// its ends, and any other upload is begun anew. Text (<see cref="FtpDataType.Ascii"/>) is begun anew.
    /// </summary>
    /// <value>On by default.</value>
    public bool Continue { get; init; } = true;

    /// <summary>What is compared at the end.</summary>
    /// <value>The default is <see cref="FtpVerification.Size"/>.</value>
    public FtpVerification Verify { get; init; } = FtpVerification.Size;

    /// <summary>What the whole content must hash to, for example <c>sha256:…</c>; a string converts. Null for no check.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>What the bytes are; text has its line ends translated.</summary>
    /// <value>The default is <see cref="FtpDataType.Binary"/>.</value>
    public FtpDataType Type { get; init; }

    /// <summary>Gives the copy the time at which the source was changed (MDTM here, MFMT there).</summary>
    /// <value>Off by default.</value>
    public bool KeepTime { get; init; }

    /// <summary>
    /// Uploads under <c>NAME.part</c> (or <c>NAME.0123456789abcdef.part</c>, see <see cref="Continue"/>) and renames when the file is whole, so that nobody there takes a part for the file. Off for servers that
    /// let nobody rename.
    /// </summary>
    /// <value>On by default.</value>
    public bool UploadAside { get; init; } = true;

    /// <summary>Forces a download's bytes to the disk before the file gets its name, so that they outlive a power failure.</summary>
    /// <value>On by default.</value>
    public bool Durable { get; init; } = true;

    /// <summary>A limit for this transfer, or for all that share the object; it can be changed while they run. Null for none.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Told how far it has come: at the beginning, about ten times a second, and at the end.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }
}
