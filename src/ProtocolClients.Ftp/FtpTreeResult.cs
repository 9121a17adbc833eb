using System.Globalization;

namespace ProtocolClients;

/// <summary>What became of one file or directory.</summary>
public enum FtpTreeOutcome
{
    /// <summary>The file was moved.</summary>
    Transferred,

    /// <summary>It was left as it is; <see cref="FtpTreeItem.Reason"/> says why.</summary>
    Skipped,

    /// <summary>The directory was made.</summary>
    Created,

    /// <summary>It was deleted.</summary>
    Deleted,

    /// <summary>Its time was set.</summary>
    TimeSet,

    /// <summary>It failed; <see cref="FtpTreeItem.Failure"/> says how.</summary>
    Failed,
}

/// <summary>One file or directory, and what became of it.</summary>
/// <param name="Path">Its path from the top of the tree, with slashes; of a batch the path there.</param>
/// <param name="Outcome">What became of it.</param>
public sealed record FtpTreeItem(string Path, FtpTreeOutcome Outcome)
{
    /// <summary>Where it is on the server.</summary>
    public FtpPath Remote { get; init; }

    /// <summary>Where it is here; null when it is nowhere here, or has a name that was refused.</summary>
    public string? Local { get; init; }

    /// <summary>What it is.</summary>
    public FtpEntryKind Kind { get; init; }

    /// <summary>The bytes of a file that was moved.</summary>
    public long Bytes { get; init; }

    /// <summary>Why it was left as it is, for people; null when it was not.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public Exception? Failure { get; init; }

    /// <summary>The outcome, the path and the reason.</summary>
    public override string ToString() => (Failure?.Message ?? Reason) is { } why ? $"{Outcome} {Path}: {why}" : $"{Outcome} {Path}";
}

/// <summary>How far work on many files has come.</summary>
/// <param name="Files">Files that are done: moved, left alone, deleted or failed.</param>
/// <param name="FilesFound">Files that were found so far.</param>
/// <param name="Bytes">Bytes that were moved, those of files under way included.</param>
/// <param name="BytesFound">Bytes of the files that were found and are to be moved, as far as their sizes are told.</param>
public readonly record struct FtpTreeProgress(long Files, long FilesFound, long Bytes, long BytesFound)
{
    /// <summary>Whether all has been found: the totals change no more.</summary>
    public bool IsCounted { get; init; }

    /// <summary>How many failed so far.</summary>
    public long Failed { get; init; }

    /// <summary>Bytes a second, smoothed over the last seconds; 0 as long as nothing is known.</summary>
    public double Rate { get; init; }
}

/// <summary>
/// What work on many files did. One that failed hides none of the others: look at <see cref="Failures"/>, or call <see cref="EnsureSuccess"/>.
/// </summary>
public sealed record FtpTreeResult
{
    /// <summary>Files that were moved.</summary>
    public long Transferred { get; init; }

    /// <summary>Their bytes, those that an earlier run had left included.</summary>
    public long Bytes { get; init; }

    /// <summary>Files and links that were left as they are: unchanged, excluded, not to be followed.</summary>
    public long Skipped { get; init; }

    /// <summary>Directories that were made.</summary>
    public long Created { get; init; }

    /// <summary>Files and directories that were deleted.</summary>
    public long Deleted { get; init; }

    /// <summary>Files whose time alone was set.</summary>
    public long TimesSet { get; init; }

    /// <summary>What failed, with its exception; at most <see cref="FtpManyOptions.MaxFailures"/>.</summary>
    public IReadOnlyList<FtpTreeItem> Failures { get; init; } = [];

    /// <summary>Why nothing more was begun before all was done; null when all was.</summary>
    public string? EndedEarly { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>True when nothing failed and all was done.</summary>
    public bool IsSuccess => Failures.Count == 0 && EndedEarly is null;

    /// <summary>Throws when something failed or was not done.</summary>
    /// <returns>This result.</returns>
    /// <exception cref="FtpTreeException">Something did.</exception>
    public FtpTreeResult EnsureSuccess() => IsSuccess ? this : throw new FtpTreeException(this);

    /// <summary>The counts.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Transferred} transferred ({Bytes} bytes), {Skipped} skipped, {Created} created, {Deleted} deleted, {Failures.Count} failed{(EndedEarly is null ? "" : ", ended early: " + EndedEarly)}");
}

/// <summary>Some of many files failed. <see cref="Exception.InnerException"/> is the first failure; all of them are in <see cref="Result"/>.</summary>
public sealed class FtpTreeException : ProtocolClientException
{
    /// <summary>Makes it of what was done.</summary>
    /// <param name="result">What was done.</param>
    public FtpTreeException(FtpTreeResult result)
        : base(Describe(result), result.Failures.Count > 0 ? result.Failures[0].Failure : null) => Result = result;

    /// <summary>What was done, and what failed.</summary>
    public FtpTreeResult Result { get; }

    /// <summary>True when all failures are of those that may not come again.</summary>
    public override bool IsTransient => Result.Failures.Count > 0 && Result.Failures.All(item => item.Failure is ProtocolClientException { IsTransient: true });

    private static string Describe(FtpTreeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        string end = result.EndedEarly is null ? "" : $" The run ended early: {result.EndedEarly}.";
        return result.Failures.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Failures.Count} failed; the first: {result.Failures[0].Path}: {result.Failures[0].Failure?.Message}{end}")
            : "Not all was done." + end;
    }
}
