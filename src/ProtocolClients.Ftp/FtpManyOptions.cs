namespace ProtocolClients;

/// <summary>What work on many files has in common: how each is moved, how many at once, who is told.</summary>
public abstract record FtpManyOptions
{
    /// <summary>How each file is moved. Its progress and its checksum are of one file and not used here.</summary>
    /// <value>
    /// By default files that are there are no more than left alone (<see cref="ExistingFile.Fail"/>), times are kept where the server can, and
    /// bytes are not forced to the disk file by file: what a power failure took is found by its size in the next run.
    /// </value>
    public FtpTransferOptions Transfer { get; init; } = new() { KeepTime = true, Durable = false };

    /// <summary>
    /// Leaves a file as it is, whatever <see cref="FtpTransferOptions.WhenExists"/> says, when the other side has one of the same size and time:
    /// a run that broke off is begun again, and does the rest. Off to look at names only.
    /// </summary>
    /// <value>On by default.</value>
    public bool SkipUnchanged { get; init; } = true;

    /// <summary>How far two times may be apart that are taken for the same, beyond what the server's listing leaves out.</summary>
    /// <value>The default is 2 seconds: as much as some file systems leave out.</value>
    public TimeSpan TimeTolerance
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A tolerance is not negative.");
    } = TimeSpan.FromSeconds(2);

    /// <summary>How many files move at once; null for as many as the client has connections (<see cref="FtpClientOptions.MaxConnections"/>).</summary>
    public int? Connections
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one connection.");
    }

    /// <summary>After so many failures the run ends: nothing more is begun (<see cref="FtpTreeResult.EndedEarly"/>).</summary>
    /// <value>The default is 1000.</value>
    public int MaxFailures
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one failure.");
    } = 1000;

    /// <summary>Told how far the whole has come: about ten times a second, and at the end.</summary>
    public IProgress<FtpTreeProgress>? Progress { get; init; }

    /// <summary>Told of each file and directory when it is done, on the task that did it.</summary>
    public IProgress<FtpTreeItem>? Items { get; init; }
}

/// <summary>How a batch of files is moved.</summary>
public sealed record FtpBatchOptions : FtpManyOptions
{
    /// <summary>The defaults.</summary>
    public static FtpBatchOptions Default { get; } = new();
}

/// <summary>How a tree of directories is moved or deleted.</summary>
public sealed record FtpTreeOptions : FtpManyOptions
{
    /// <summary>The defaults.</summary>
    public static FtpTreeOptions Default { get; } = new();

    /// <summary>
    /// The files that are meant, by patterns; empty for all. A pattern without a slash is about names anywhere (<c>*.txt</c>), one with a slash
    /// about paths from the top of the tree (<c>css/*.css</c>, <c>/index.html</c>). <c>*</c> and <c>?</c> stay within a name, <c>**</c> does
    /// not (<c>docs/**/*.md</c>). Upper and lower case differ. Directories are entered to look for files in them.
    /// </summary>
    public ValueList<string> Include { get; init; } = [];

    /// <summary>The files and directories that are left alone, with all that is in them; patterns as those of <see cref="Include"/>, with a slash
    /// at the end for directories only. It has the last word.</summary>
    public ValueList<string> Exclude { get; init; } = [];

    /// <summary>How many directories deep. What lies deeper is a failure: a directory may contain itself.</summary>
    /// <value>The default is 64; 1 for the files of the directory itself.</value>
    public int MaxDepth
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = 64;

    /// <summary>How many entries there may be in all; at one more the run ends (<see cref="FtpTreeResult.EndedEarly"/>).</summary>
    /// <value>The default is ten million.</value>
    public long MaxEntries
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = 10_000_000;

    /// <summary>
    /// Moves what links lead to, when it is a file. Links are left alone otherwise; a link to a directory is never entered, and none is ever made.
    /// </summary>
    /// <value>Off by default.</value>
    public bool FollowLinks { get; init; }

    /// <summary>
    /// Whether names that end in <c>.part</c> and <c>.part.state</c> are files as all others. They are left alone otherwise: they are parts of
    /// transfers, of this client or of another's. With it transfers that break off begin anew.
    /// </summary>
    /// <value>Off by default.</value>
    public bool Parts { get; init; }

    /// <summary>Asks LIST for names that begin with a dot too; see <see cref="FtpListOptions.Hidden"/>.</summary>
    /// <value>On by default: a tree is whole.</value>
    public bool Hidden { get; init; } = true;

    /// <summary>
    /// Whether names that differ in upper and lower case only are two files here; null for what the system mostly does. Where they are one,
    /// the second is a failure.
    /// </summary>
    public bool? DistinguishCase { get; init; }
}
