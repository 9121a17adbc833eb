using System.Globalization;

namespace ProtocolClients;

/// <summary>What one step of a plan does.</summary>
public enum FtpSyncAction
{
    /// <summary>Makes a directory on the side that is changed.</summary>
    CreateDirectory,

    /// <summary>Uploads a file.</summary>
    Upload,

    /// <summary>Downloads a file.</summary>
    Download,

    /// <summary>Gives a file of the same content the time of the other.</summary>
    SetTime,

    /// <summary>Deletes a file on the side that is changed.</summary>
    Delete,

    /// <summary>Deletes a directory that is empty by then.</summary>
    DeleteDirectory,

    /// <summary>Does nothing.</summary>
    Skip,
}

/// <summary>Why a step does what it does.</summary>
public enum FtpSyncReason
{
    /// <summary>The other side has it not.</summary>
    New,

    /// <summary>The sizes differ.</summary>
    SizeDiffers,

    /// <summary>The sizes are the same, and the source is newer.</summary>
    Newer,

    /// <summary>The sizes are the same, and the source is older.</summary>
    Older,

    /// <summary>The sizes are the same, and the server tells no time.</summary>
    TimeUnknown,

    /// <summary>The sizes are the same, and the contents are not.</summary>
    HashDiffers,

    /// <summary>The contents are the same, and the times are not.</summary>
    TimeDiffers,

    /// <summary>The source has it not.</summary>
    Extra,

    /// <summary>Both sides are the same.</summary>
    Unchanged,

    /// <summary>The rules leave it out.</summary>
    Excluded,

    /// <summary>It is a link: not followed, not made, not deleted.</summary>
    Link,

    /// <summary>It is a part of a transfer.</summary>
    Part,

    /// <summary>It is a device, a socket or the like.</summary>
    NotAFile,

    /// <summary>A problem: the server's name for it is no safe name.</summary>
    UnsafeName,

    /// <summary>A problem: a file is on one side, and a directory or a link on the other.</summary>
    Conflict,

    /// <summary>A problem: it lies too deep.</summary>
    TooDeep,

    /// <summary>A problem: it could not be listed, or not be read; nothing below it is planned.</summary>
    Unreadable,
}

/// <summary>What was seen of a file or directory when a plan was made.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Size">Its size in bytes; null when it was not told.</param>
/// <param name="Modified">When it was changed; null when it was not told.</param>
/// <param name="Precision">How exactly the time was told.</param>
public readonly record struct FtpSyncFile(FtpEntryKind Kind, long? Size, DateTimeOffset? Modified, FtpTimePrecision Precision);

/// <summary>One step of a plan.</summary>
/// <param name="Action">What is to be done.</param>
/// <param name="Path">Which file or directory: from the top, with slashes; empty for the top itself.</param>
/// <param name="Reason">Why.</param>
public sealed record FtpSyncStep(FtpSyncAction Action, string Path, FtpSyncReason Reason)
{
    /// <summary>Where it is on the server.</summary>
    public FtpPath Remote { get; init; }

    /// <summary>Where it is here; null when its name was refused.</summary>
    public string? Local { get; init; }

    /// <summary>What was seen at the source; null for nothing.</summary>
    public FtpSyncFile? Source { get; init; }

    /// <summary>What was seen on the side that is changed; null for nothing. The step is not done when it is something else by then.</summary>
    public FtpSyncFile? Target { get; init; }

    /// <summary>What went wrong when the plan was made; null for nothing.</summary>
    public Exception? Problem { get; init; }

    /// <summary>The bytes that the step moves.</summary>
    public long Bytes => Action is FtpSyncAction.Upload or FtpSyncAction.Download ? Source?.Size ?? 0 : 0;

    /// <summary>True for a step that changes something.</summary>
    public bool IsChange => Action != FtpSyncAction.Skip;

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        string name = Path.Length == 0 ? "." : Path;
        string what = Action switch
        {
            FtpSyncAction.CreateDirectory => $"+ {name}/",
            FtpSyncAction.Upload => string.Create(CultureInfo.InvariantCulture, $"> {name} ({Bytes} bytes)"),
            FtpSyncAction.Download => string.Create(CultureInfo.InvariantCulture, $"< {name} ({Bytes} bytes)"),
            FtpSyncAction.SetTime => $"t {name}",
            FtpSyncAction.Delete => $"- {name}",
            FtpSyncAction.DeleteDirectory => $"- {name}/",
            _ => $"  {name}",
        };
        return Problem is null ? $"{what}: {Reason}" : $"{what}: {Reason}: {Problem.Message}";
    }
}
