using System.Runtime.ExceptionServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Files from there to here, as the caller names them. His source is taken as fast as it gives, and waits in a queue: a listing that it is made of
/// holds a connection until its end, and must not wait for those that wait for that connection.
/// </summary>
internal sealed class FileBatch(FtpClient client, FtpBatchOptions options) : IDisposable
{
    private readonly FileFetch _fetch = new(client, options);
    private readonly TreeTally _tally = new(options, client.Options.TimeProvider);
    private readonly Lock _gate = new();
    private readonly PairQueue _files = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly int _connections = options.Connections ?? client.Options.MaxConnections;
    private ExceptionDispatchInfo? _fatal;

    public async Task<FtpTreeResult> RunAsync(IAsyncEnumerable<FtpFilePair> files, CancellationToken cancellationToken)
    {
        if (options.Transfer.Progress is not null || options.Transfer.Checksum is not null)
            throw new ArgumentException("A progress and a checksum are of one file, not of many.", nameof(cancellationToken));
        using OperationScope scope = client.Trace("download_many");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // On a thread of the pool: a source that never waits would keep the caller's.
            await Task.WhenAll([Task.Run(() => PumpAsync(files, stop), CancellationToken.None), .. Enumerable.Range(0, _connections).Select(_ => WorkAsync(stop))]).ConfigureAwait(false);
            _fatal?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
            return _tally.Result();
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _available.Dispose();
    }

    private async Task PumpAsync(IAsyncEnumerable<FtpFilePair> files, CancellationTokenSource stop)
    {
        try
        {
            await foreach (FtpFilePair pair in files.WithCancellation(stop.Token).ConfigureAwait(false))
            {
                stop.Token.ThrowIfCancellationRequested();
                _tally.Found(pair.Size ?? 0);
                lock (_gate) _files.Push(pair.Local is null ? pair with { Local = string.Empty } : pair);
                _available.Release();
            }

            _tally.IsCounted = true;
            // One word for each of those who ask: that there is nothing more.
            _available.Release(_connections);
        }
        catch (Exception failure)
        {
            await FailAsync(failure, stop).ConfigureAwait(false);
        }
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        var worker = new TreeWorker(_tally, options.Transfer);
        try
        {
            while (true)
            {
                await _available.WaitAsync(stop.Token).ConfigureAwait(false);
                FtpFilePair pair;
                lock (_gate)
                {
                    if (!_files.TryPop(out pair)) return;
                }

                if (await FetchAsync(pair, worker, stop.Token).ConfigureAwait(false)) continue;
                _tally.EndedEarly = "too much failed";
                await stop.CancelAsync().ConfigureAwait(false);
                return;
            }
        }
        catch (Exception failure)
        {
            await FailAsync(failure, stop).ConfigureAwait(false);
        }
    }

    private async Task FailAsync(Exception failure, CancellationTokenSource stop)
    {
        lock (_gate)
        {
            if (failure is not OperationCanceledException || !stop.IsCancellationRequested) _fatal ??= ExceptionDispatchInfo.Capture(failure);
        }

        await stop.CancelAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> FetchAsync(FtpFilePair pair, TreeWorker worker, CancellationToken cancellationToken)
    {
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
