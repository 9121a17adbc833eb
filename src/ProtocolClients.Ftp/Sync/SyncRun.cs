using System.Collections.Concurrent;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Does what a plan says: wave after wave, the steps of one at the same time.</summary>
internal sealed class SyncRun
{
    private readonly FtpClient _client;
    private readonly FtpSyncPlan _plan;
    private readonly FtpBatchOptions _options;
    private readonly LocalTree _tree;
    private readonly TreeTally _tally;
    private readonly FileFetch _fetch;
    private readonly FileStore _store;
    private readonly ConcurrentBag<TreeWorker> _workers = [];
    private readonly bool _isUp;

    public SyncRun(FtpClient client, FtpSyncPlan plan, FtpBatchOptions options)
    {
        if (options.Transfer.Progress is not null || options.Transfer.Checksum is not null)
            throw new ArgumentException("A progress and a checksum are of one file, not of many.", nameof(options));
        if (plan.Deletions > plan.Options.MaxDelete)
            throw new InvalidOperationException($"The plan deletes {plan.Deletions}, and no more than {plan.Options.MaxDelete} are allowed: nothing was done.");
        _client = client;
        _plan = plan;
        _options = options;
        _tree = new LocalTree(plan.Local);
        _tally = new TreeTally(options, client.Options.TimeProvider);
        _fetch = new FileFetch(client, options with { SkipUnchanged = false });
        _store = new FileStore(client);
        _isUp = plan.Options.Direction == FtpSyncDirection.Up;
    }

    public async Task<FtpTreeResult> RunAsync(CancellationToken cancellationToken)
    {
        using OperationScope scope = _client.Trace("apply_sync");
        try
        {
            foreach (FtpSyncStep step in _plan.Steps.Where(step => step.IsChange)) _tally.Found(step.Bytes);
            _tally.IsCounted = true;
            foreach (IReadOnlyList<FtpSyncStep> wave in Waves())
            {
                bool deletes = wave[0].Action is FtpSyncAction.Delete or FtpSyncAction.DeleteDirectory;
                if (deletes && _tally.HasFailed)
                {
                    _tally.EndedEarly ??= "something failed, so nothing is deleted";
                    break;
                }

                if (!await RunAsync(wave, cancellationToken).ConfigureAwait(false)) break;
            }

            return _tally.Result();
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }
    }

    // Directories one level after the other, downwards when they are made and upwards when they go; files of all levels at once.
    private IEnumerable<IReadOnlyList<FtpSyncStep>> Waves()
    {
        foreach (IGrouping<int, FtpSyncStep> level in Of(FtpSyncAction.CreateDirectory).GroupBy(Depth).OrderBy(level => level.Key)) yield return [.. level];
        foreach (FtpSyncStep[] files in (FtpSyncStep[][])
            [[.. Of(FtpSyncAction.Upload), .. Of(FtpSyncAction.Download), .. Of(FtpSyncAction.SetTime)], [.. Of(FtpSyncAction.Delete)]])
        {
            if (files.Length > 0) yield return files;
        }

        foreach (IGrouping<int, FtpSyncStep> level in Of(FtpSyncAction.DeleteDirectory).GroupBy(Depth).OrderByDescending(level => level.Key)) yield return [.. level];
    }

    private IEnumerable<FtpSyncStep> Of(FtpSyncAction action) => _plan.Steps.Where(step => step.Action == action);

    private static int Depth(FtpSyncStep step) => step.Path.Length == 0 ? 0 : step.Path.AsSpan().Count('/') + 1;

    private async Task<bool> RunAsync(IReadOnlyList<FtpSyncStep> wave, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                wave,
                new ParallelOptions { MaxDegreeOfParallelism = _options.Connections ?? _client.Options.MaxConnections, CancellationToken = enough.Token },
                async (step, token) =>
                {
                    if (!await DoAsync(step, token).ConfigureAwait(false)) await enough.CancelAsync().ConfigureAwait(false);
                }).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _tally.EndedEarly = "too much failed";
            return false;
        }
    }

    private async ValueTask<bool> DoAsync(FtpSyncStep step, CancellationToken cancellationToken)
    {
        if (!_workers.TryTake(out TreeWorker? worker)) worker = new TreeWorker(_tally, _options.Transfer);
        try
        {
            FtpTreeItem item = step.Action switch
            {
                FtpSyncAction.CreateDirectory => await MakeAsync(step, cancellationToken).ConfigureAwait(false),
                FtpSyncAction.Upload or FtpSyncAction.Download => await MoveAsync(step, worker, cancellationToken).ConfigureAwait(false),
                FtpSyncAction.SetTime => await SetTimeAsync(step, cancellationToken).ConfigureAwait(false),
                _ => await DeleteAsync(step, cancellationToken).ConfigureAwait(false),
            };
            worker.End(item.Bytes);
            return _tally.Done(item);
        }
        catch (Exception failure) when (TreeRun.IsOfOne(failure))
        {
            worker.End(0);
            return _tally.Done(Item(step, FtpTreeOutcome.Failed) with { Failure = failure });
        }
        finally
        {
            _workers.Add(worker);
        }
    }

    private async ValueTask<FtpTreeItem> MakeAsync(FtpSyncStep step, CancellationToken cancellationToken)
    {
        bool made = _isUp
            ? await _client.EnsureDirectoryAsync(step.Remote, parents: step.Path.Length == 0, cancellationToken).ConfigureAwait(false)
            : _tree.Ensure(step.Path.Length == 0 ? _tree.Root : LocalOf(step));
        return made ? Item(step, FtpTreeOutcome.Created) : Left(step, "it is there already");
    }

    private async ValueTask<FtpTreeItem> MoveAsync(FtpSyncStep step, TreeWorker worker, CancellationToken cancellationToken)
    {
        string local = LocalOf(step);
        if (!_isUp) _tree.Check(Path.GetDirectoryName(local)!);
        FtpSyncFile? now = await TargetAsync(step, local, cancellationToken).ConfigureAwait(false);
        if (!SyncFiles.IsStill(step.Target, now))
        {
            if (SyncFiles.IsCopy(step.Source, now, _plan.Options.TimeTolerance)) return Left(step, "it was done already");
            throw Changed(step);
        }

        // What was seen may be replaced; what was not there when we looked may not.
        FtpTransferOptions transfer = worker.Transfer with { WhenExists = step.Target is null ? ExistingFile.Fail : ExistingFile.Overwrite };
        TransferResult result;
        if (_isUp)
        {
            if (LocalEntry.Find(local) is not { Kind: FtpEntryKind.File }) throw new IOException($"'{local}' is no file any more.");
            result = await _store.StoreAsync(local, step.Remote, transfer, isFree: step.Target is null, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            FtpSyncFile source = step.Source ?? default;
            result = await _fetch.FetchAsync(transfer, step.Remote, local, source.Size, source.Modified, source.Precision, cancellationToken).ConfigureAwait(false);
        }

        return Item(step, FtpTreeOutcome.Transferred) with { Bytes = result.Bytes };
    }

    private async ValueTask<FtpTreeItem> SetTimeAsync(FtpSyncStep step, CancellationToken cancellationToken)
    {
        string local = LocalOf(step);
        if (step.Source?.Modified is not { } modified) throw new ArgumentException("A step that sets a time has none.", nameof(step));
        if (!_isUp) _tree.Check(Path.GetDirectoryName(local)!);
        FtpSyncFile? now = await TargetAsync(step, local, cancellationToken).ConfigureAwait(false);
        if (!SyncFiles.IsStill(step.Target, now))
        {
            if (SyncFiles.IsCopy(step.Source, now, _plan.Options.TimeTolerance)) return Left(step, "it was done already");
            throw Changed(step);
        }

        if (_isUp) await _client.SetModifiedAsync(step.Remote, modified, cancellationToken).ConfigureAwait(false);
        else File.SetLastWriteTimeUtc(local, modified.UtcDateTime);
        return Item(step, FtpTreeOutcome.TimeSet);
    }

    private async ValueTask<FtpTreeItem> DeleteAsync(FtpSyncStep step, CancellationToken cancellationToken)
    {
        // A plan may be put together by hand: nothing above the top is ever deleted, nor the top.
        if (step.Path.Length == 0) throw new ArgumentException("The top of a plan is not deleted.", nameof(step));
        string local = LocalOf(step);
        if (!_isUp && Directory.Exists(Path.GetDirectoryName(local))) _tree.Check(Path.GetDirectoryName(local)!);
        FtpSyncFile? now = await TargetAsync(step, local, cancellationToken).ConfigureAwait(false);
        if (now is null) return Left(step, "it is gone already");
        if (step.Target is null || !SyncFiles.IsStill(step.Target, now)) throw Changed(step);
        bool isDirectory = step.Action == FtpSyncAction.DeleteDirectory;
        if (_isUp) await (isDirectory ? _client.DeleteDirectoryAsync(step.Remote, cancellationToken) : _client.DeleteAsync(step.Remote, cancellationToken)).ConfigureAwait(false);
        else if (isDirectory) Directory.Delete(local);
        else File.Delete(local);
        return Item(step, FtpTreeOutcome.Deleted);
    }

    private async ValueTask<FtpSyncFile?> TargetAsync(FtpSyncStep step, string local, CancellationToken cancellationToken)
    {
        if (_isUp) return await SyncFiles.FindAsync(_client, step.Remote, step.Target, cancellationToken).ConfigureAwait(false);
        return LocalEntry.Find(local) is { } here ? SyncFiles.Of(here) : null;
    }

    private string LocalOf(FtpSyncStep step) => _tree.Inside(step.Local ?? throw new IOException($"'{step.Path}' has no name here."));

    private static IOException Changed(FtpSyncStep step) => new($"'{step.Path}' is not what it was when the plan was made: it is left alone.");

    private static FtpTreeItem Left(FtpSyncStep step, string reason) => Item(step, FtpTreeOutcome.Skipped) with { Reason = reason };

    private static FtpTreeItem Item(FtpSyncStep step, FtpTreeOutcome outcome) => new(step.Path, outcome)
    {
        Remote = step.Remote,
        Local = step.Local,
        Kind = step.Action is FtpSyncAction.CreateDirectory or FtpSyncAction.DeleteDirectory ? FtpEntryKind.Directory : FtpEntryKind.File,
    };
}
