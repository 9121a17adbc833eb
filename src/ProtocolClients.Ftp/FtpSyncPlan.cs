using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// What has to be done so that one side is like the other, step by step: to look at, to print, to shorten
/// (<c>plan with { Steps = [.. plan.Steps.Where(…)] }</c>), and to apply (<see cref="FtpClient.ApplyAsync"/>). Making it touches nothing.
/// </summary>
public sealed record FtpSyncPlan
{
    /// <summary>The directory here, absolute.</summary>
    public required string Local { get; init; }

    /// <summary>The directory on the server.</summary>
    public required FtpPath Remote { get; init; }

    /// <summary>What it was made by.</summary>
    public required FtpSyncOptions Options { get; init; }

    /// <summary>The steps: directories first, deletions last, and what is left alone.</summary>
    public IReadOnlyList<FtpSyncStep> Steps { get; init; } = [];

    /// <summary>How many files are the same on both sides.</summary>
    public long Unchanged { get; init; }

    /// <summary>How many files are moved.</summary>
    public int Transfers => Steps.Count(step => step.Action is FtpSyncAction.Upload or FtpSyncAction.Download);

    /// <summary>How many bytes are moved.</summary>
    public long Bytes => Steps.Sum(step => step.Bytes);

    /// <summary>How many files and directories are deleted.</summary>
    public int Deletions => Steps.Count(step => step.Action is FtpSyncAction.Delete or FtpSyncAction.DeleteDirectory);

    /// <summary>True when nothing has to be done.</summary>
    public bool IsEmpty => !Steps.Any(step => step.IsChange);

    /// <summary>What could not be planned: names that are refused, directories that cannot be read, files where directories are.</summary>
    public IEnumerable<FtpSyncStep> Problems =>
        Steps.Where(step => step.Reason is FtpSyncReason.UnsafeName or FtpSyncReason.Conflict or FtpSyncReason.TooDeep or FtpSyncReason.Unreadable);

    /// <summary>The steps, one a line, and the totals.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Options.Direction == FtpSyncDirection.Up ? $"{Local} > {Remote}" : $"{Remote} > {Local}").Append('\n');
        foreach (FtpSyncStep step in Steps) text.Append(step).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $"{Transfers} to move ({Bytes} bytes), {Deletions} to delete, {Unchanged} unchanged, {Problems.Count()} problems").ToString();
    }
}
