using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Files from there to here, as the caller names them.</summary>
internal sealed class FileBatch(FtpClient client, FtpBatchOptions options)
{
    private readonly FileFetch _fetch = new(client, options);
    private readonly TreeTally _tally = new(options, client.Options.TimeProvider);
    private readonly System.Collections.Concurrent.ConcurrentBag<TreeWorker> _workers = [];

    public async Task<FtpTreeResult> RunAsync(IAsyncEnumerable<FtpFilePair> files, CancellationToken cancellationToken)
    {
        if (options.Transfer.Progress is not null || options.Transfer.Checksum is not null)
            throw new ArgumentException("A progress and a checksum are of one file, not of many.", nameof(cancellationToken));
        using OperationScope scope = client.Trace("download_many");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int connections = options.Connections ?? client.Options.MaxConnections;
        try
        {
            await Parallel.ForEachAsync(
                files,
                new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = enough.Token },
                async (pair, token) =>
                {
                    if (!await FetchAsync(pair, token).ConfigureAwait(false)) await enough.CancelAsync().ConfigureAwait(false);
                }).ConfigureAwait(false);
            _tally.IsCounted = true;
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _tally.EndedEarly = "too much failed";
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }

        return _tally.Result();
    }

    private async ValueTask<bool> FetchAsync(FtpFilePair pair, CancellationToken cancellationToken)
    {
        if (!_workers.TryTake(out TreeWorker? worker)) worker = new TreeWorker(_tally, options.Transfer);
        _tally.Found(pair.Size ?? 0);
        try
        {
            if (_fetch.IsUnchanged(pair.Local, pair.Size, pair.Modified, pair.Precision)) return Done(pair, null, pair.Local);
            if (Path.GetDirectoryName(Path.GetFullPath(pair.Local)) is { } folder) Directory.CreateDirectory(folder);
            TransferResult result = await _fetch.FetchAsync(worker.Transfer, pair.Remote, pair.Local, pair.Size, pair.Modified, pair.Precision, cancellationToken).ConfigureAwait(false);
            bool moved = result.Outcome == TransferOutcome.Transferred;
            worker.End(moved ? result.Bytes : 0);
            return Done(pair, moved ? result.Bytes : null, result.Path);
        }
        catch (Exception failure) when (TreeRun.IsOfOne(failure))
        {
            worker.End(0);
            return _tally.Done(new FtpTreeItem(pair.Remote.ToString(), FtpTreeOutcome.Failed) { Remote = pair.Remote, Local = pair.Local, Kind = FtpEntryKind.File, Failure = failure });
        }
        finally
        {
            _workers.Add(worker);
        }
    }

    private bool Done(FtpFilePair pair, long? bytes, string local)
    {
        FtpTreeOutcome outcome = bytes is null ? FtpTreeOutcome.Skipped : FtpTreeOutcome.Transferred;
        if (_tally.TellsItems)
        {
            return _tally.Done(new FtpTreeItem(pair.Remote.ToString(), outcome)
            {
                Remote = pair.Remote,
                Local = local,
                Kind = FtpEntryKind.File,
                Bytes = bytes ?? 0,
                Reason = bytes is null ? "it is here already" : null,
            });
        }

        _tally.Count(outcome, bytes ?? 0, isFile: true);
        return true;
    }
}
