namespace ProtocolClients;

/// <summary>Which side is made like the other.</summary>
public enum FtpSyncDirection
{
    /// <summary>The server's directory is made like the one here.</summary>
    Up,

    /// <summary>The directory here is made like the server's.</summary>
    Down,
}

/// <summary>How two files are compared.</summary>
public enum FtpSyncComparison
{
    /// <summary>By size and time, as exactly as the server's listing tells them.</summary>
    SizeAndTime,

    /// <summary>By size alone.</summary>
    Size,

    /// <summary>By size, and by a hash that the server computes (HASH, XSHA256 and its like, XCRC). Where only the time differs, only the time is set.</summary>
    Hash,
}

/// <summary>When two times of files of the same size say that they are the same.</summary>
public enum FtpSyncTimes
{
    /// <summary><see cref="Equal"/> downwards, and upwards where the server says that it sets times (MFMT, SITE UTIME); else <see cref="NotOlder"/>.</summary>
    Auto,

    /// <summary>When they are equal.</summary>
    Equal,

    /// <summary>When the copy is not older than its source: for servers that give a file the time of its upload.</summary>
    NotOlder,
}

/// <summary>How a directory here and one on a server are compared, and what may be done about it.</summary>
public sealed record FtpSyncOptions
{
    /// <summary>The defaults.</summary>
    public static FtpSyncOptions Default { get; } = new();

    /// <summary>Which side is made like the other.</summary>
    /// <value>The default is <see cref="FtpSyncDirection.Up"/>.</value>
    public FtpSyncDirection Direction { get; init; }

    /// <summary>How two files are compared.</summary>
    /// <value>The default is <see cref="FtpSyncComparison.SizeAndTime"/>.</value>
    public FtpSyncComparison Compare { get; init; }

    /// <summary>When two times are the same.</summary>
    /// <value>The default is <see cref="FtpSyncTimes.Auto"/>.</value>
    public FtpSyncTimes Times { get; init; }

    /// <summary>As <see cref="FtpManyOptions.TimeTolerance"/>.</summary>
    /// <value>The default is 2 seconds.</value>
    public TimeSpan TimeTolerance
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A tolerance is not negative.");
    } = TimeSpan.FromSeconds(2);

    /// <summary>The files that are meant; as <see cref="FtpTreeOptions.Include"/>.</summary>
    public ValueList<string> Include { get; init; } = [];

    /// <summary>What is left alone on both sides, and never deleted; as <see cref="FtpTreeOptions.Exclude"/>.</summary>
    public ValueList<string> Exclude { get; init; } = [];

    /// <summary>Plans the deletion of what the source has not.</summary>
    /// <value>Off by default.</value>
    public bool DeleteExtra { get; init; }

    /// <summary>A plan with more deletions is not applied.</summary>
    /// <value>The default is 100.</value>
    public int MaxDelete
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A number is not negative.");
    } = 100;

    /// <summary>How many directories deep; as <see cref="FtpTreeOptions.MaxDepth"/>.</summary>
    /// <value>The default is 64.</value>
    public int MaxDepth
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = 64;

    /// <summary>How many entries there may be in all; a plan, which lies in memory, is not made of more.</summary>
    /// <value>The default is a million.</value>
    public long MaxEntries
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = 1_000_000;

    /// <summary>Whether files that are the same on both sides stand in the plan too; they are only counted otherwise.</summary>
    /// <value>Off by default.</value>
    public bool ListUnchanged { get; init; }

    /// <summary>As <see cref="FtpTreeOptions.Hidden"/>.</summary>
    /// <value>On by default.</value>
    public bool Hidden { get; init; } = true;

    /// <summary>As <see cref="FtpTreeOptions.DistinguishCase"/>.</summary>
    public bool? DistinguishCase { get; init; }
}
