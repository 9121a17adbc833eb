namespace ProtocolClients;

/// <summary>What is done, as a value: its name in traces, and whether it may be repeated whole.</summary>
/// <param name="Name">The name.</param>
/// <param name="Replay">Whether a failure of any kind is followed by another attempt.</param>
/// <param name="IsOnce">Whether what is sent can be had once.</param>
internal readonly record struct FtpOperation(string Name, Replay Replay, bool IsOnce = false)
{
    public static FtpOperation List => new("list", Replay.Always);

    public static FtpOperation Stat => new("stat", Replay.Always);

    public static FtpOperation Read => new("read", Replay.Always);

    public static FtpOperation Write => new("write", Replay.IfNotApplied, IsOnce: true);

    public static FtpOperation Download => new("download", Replay.Always);

    public static FtpOperation Upload => new("upload", Replay.Always);

    /// <summary>An upload of a source that can be read once.</summary>
    public static FtpOperation UploadOnce => new("upload", Replay.IfNotApplied, IsOnce: true);

    public static FtpOperation Delete => new("delete", Replay.IfNotApplied);

    public static FtpOperation Rename => new("rename", Replay.IfNotApplied);

    public static FtpOperation CreateDirectory => new("create_directory", Replay.IfNotApplied);

    public static FtpOperation DeleteDirectory => new("delete_directory", Replay.IfNotApplied);

    /// <summary>Ends in the same state however often it is done.</summary>
    public static FtpOperation SetFacts => new("set_facts", Replay.Always);

    /// <summary>What SITE does the server alone knows.</summary>
    public static FtpOperation Site => new("set_facts", Replay.IfNotApplied);

    public static FtpOperation Hash => new("hash", Replay.Always);

    public static FtpOperation Command => new("command", Replay.Never);

    public static FtpOperation Connect => new("connect", Replay.Always);
}
