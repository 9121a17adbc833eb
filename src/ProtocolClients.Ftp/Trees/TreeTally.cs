using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Counts what becomes of many files, keeps the failures, and tells who listens. Safe for many threads.</summary>
internal sealed class TreeTally(FtpManyOptions options, TimeProvider time)
{
    private const double SmoothingSeconds = 3;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly List<FtpTreeItem> _failures = [];
    private readonly long[] _outcomes = new long[Enum.GetValues<FtpTreeOutcome>().Length];
    private readonly long _started = time.GetTimestamp();
    private long _files;
    private long _found;
    private long _foundBytes;
    private long _moved;
    private long _bytes;
    private long _reported = time.GetTimestamp();
    private long _reportedBytes;
    private double _rate;

    /// <summary>Whether somebody wants to hear of each item.</summary>
    public bool TellsItems => options.Items is not null;

    public bool TellsProgress => options.Progress is not null;

    /// <summary>Whether all has been found.</summary>
    public bool IsCounted { get; set; }

    public string? EndedEarly { get; set; }

    public bool HasFailed => Of(FtpTreeOutcome.Failed) > 0;

    /// <summary>A file that is to be moved or deleted was found.</summary>
    public void Found(long bytes)
    {
        Interlocked.Increment(ref _found);
        if (bytes > 0) Interlocked.Add(ref _foundBytes, bytes);
    }

    /// <summary>Bytes moved, or were lost again.</summary>
    public void Moved(long bytes)
    {
        Interlocked.Add(ref _moved, bytes);
        Tell();
    }

    /// <summary>Something is done, without a word about it to who wants to hear of each item.</summary>
    public void Count(FtpTreeOutcome outcome, long bytes, bool isFile)
    {
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        if (bytes > 0) Interlocked.Add(ref _bytes, bytes);
        if (isFile) Interlocked.Increment(ref _files);
        Tell();
    }

    /// <summary>Something is done.</summary>
    /// <returns>False when there were too many failures.</returns>
    public bool Done(FtpTreeItem item)
    {
        bool goesOn = true;
        if (item.Outcome == FtpTreeOutcome.Failed)
        {
            lock (_gate)
            {
                if (_failures.Count < options.MaxFailures) _failures.Add(item);
                goesOn = _failures.Count < options.MaxFailures;
            }
        }

        Count(item.Outcome, item.Bytes, item.Kind != FtpEntryKind.Directory);
        options.Items?.Report(item);
        return goesOn;
    }

    public FtpTreeResult Result()
    {
        Report();
        lock (_gate)
        {
            return new FtpTreeResult
            {
                Transferred = Of(FtpTreeOutcome.Transferred),
                Bytes = Interlocked.Read(ref _bytes),
                Skipped = Of(FtpTreeOutcome.Skipped),
                Created = Of(FtpTreeOutcome.Created),
                Deleted = Of(FtpTreeOutcome.Deleted),
                TimesSet = Of(FtpTreeOutcome.TimeSet),
                Failures = [.. _failures],
                EndedEarly = EndedEarly,
                Elapsed = time.GetElapsedTime(_started),
            };
        }
    }

    private long Of(FtpTreeOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);

    private void Tell()
    {
        if (options.Progress is null || time.GetElapsedTime(Interlocked.Read(ref _reported)) < Every) return;
        lock (_gate)
        {
            TimeSpan elapsed = time.GetElapsedTime(_reported);
            if (elapsed < Every) return;
            long moved = Interlocked.Read(ref _moved);
            double now = Math.Max(0, moved - _reportedBytes) / elapsed.TotalSeconds;
            _rate = _rate == 0 ? now : _rate + ((now - _rate) * (1 - Math.Exp(-elapsed.TotalSeconds / SmoothingSeconds)));
            Interlocked.Exchange(ref _reported, time.GetTimestamp());
            _reportedBytes = moved;
        }

        Report();
    }

    // Not under the lock: it is the caller's code.
    private void Report() => options.Progress?.Report(
        new FtpTreeProgress(Interlocked.Read(ref _files), Interlocked.Read(ref _found), Interlocked.Read(ref _moved), Interlocked.Read(ref _foundBytes))
        {
            IsCounted = IsCounted,
            Failed = Of(FtpTreeOutcome.Failed),
            Rate = _rate,
        });
}

/// <summary>One of those that move files at the same time: one file after the other.</summary>
internal sealed class TreeWorker : IProgress<TransferProgress>
{
    private readonly TreeTally _tally;
    private long _told;

    public TreeWorker(TreeTally tally, FtpTransferOptions transfer)
    {
        _tally = tally;
        Transfer = tally.TellsProgress ? transfer with { Progress = this } : transfer;
    }

    /// <summary>How it moves a file; told of its progress.</summary>
    public FtpTransferOptions Transfer { get; }

    public void Report(TransferProgress value)
    {
        long change = value.Bytes - _told;
        _told = value.Bytes;
        _tally.Moved(change);
    }

    /// <summary>A file is done, with so many bytes in all.</summary>
    public void End(long bytes)
    {
        if (_tally.TellsProgress) _tally.Moved(bytes - _told);
        _told = 0;
    }
}
