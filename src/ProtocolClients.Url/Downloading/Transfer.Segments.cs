using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Several connections, each a chunk at a time, into one file by offset.</summary>
internal sealed partial class Transfer
{
    private const int SegmentBuffer = 256 * 1024;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    private readonly Lock _contentGate = new();
    private ChunkQueue? _queue;

    // What the first request for a part was answered with, for whoever goes on with it.
    private (Source Source, UrlContent Content)? _opened;

    /// <summary>The content in segments.</summary>
    /// <returns>False when one connection has to fetch it, from <see cref="Written"/> on.</returns>
    private async Task<bool> FetchSegmentsAsync(CancellationToken cancellationToken)
    {
        // A content that changes under one run changes again: the second time one connection fetches it.
        for (int round = 0; round < 2; round++)
        {
            if (!await ProbeAsync(cancellationToken).ConfigureAwait(false)) return false;
            SegmentRun run = await RunSegmentsAsync(cancellationToken).ConfigureAwait(false);
            if (run.Queue.IsDone)
            {
                Written = run.Queue.Total;
                return true;
            }

            if (!run.IsChanged)
            {
                if (!run.IsRefused && _plan.Sources.Count == 1 && run.Failure is not null) throw run.Failure;
                FallBack(run.Queue.Snapshot().Prefix);
                return false;
            }

            UrlLog.BeginsAnew(_tools.Logger, _plan.Path, "the content changed while its parts were fetched");
            Restart();
        }

        return false;
    }

    /// <summary>Learns length and validator from the first part, unless an earlier run knew them.</summary>
    private async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        if (Total is not null && IsResumable) return _here.Bytes < Total;
        Source[] sources = [.. _plan.Sources.Where(static source => !source.IsWrong)];
        for (int i = 0; i < sources.Length; i++)
        {
            try
            {
                return await _tools.Resilience.RunAsync(
                    Replay.Always,
                    sources[i].EndPoint,
                    static (state, token) => state.Transfer.ProbeAsync(state.Source, token),
                    (Transfer: this, Source: sources[i]),
                    cancellationToken).ConfigureAwait(false);
            }
            catch (WireFormatException)
            {
                // It cannot speak of parts; of the whole it may.
                return false;
            }
            catch (ProtocolClientException failure)
            {
                _plan.Servers?.Failed(sources[i].Url, failure);
                if (i == sources.Length - 1) throw;
                UrlLog.NextSource(_tools.Logger, sources[i].Shown, sources[i + 1].Shown, failure.Message);
            }
        }

        return false;
    }

    private async ValueTask<bool> ProbeAsync(Source source, CancellationToken cancellationToken)
    {
        CountAttempt();
        UrlContent content = await source.OpenAsync(0, _plan.MinimumChunk, null, cancellationToken).ConfigureAwait(false);
        bool kept = false;
        try
        {
            // Without a total nobody knows whether this is a part or the whole: it is asked for anew, without a word of parts.
            if (content.Total is not { } total || content.Offset != 0) return false;
            bool isPart = content.Length != total;
            if (isPart && content.Validator is null && !_plan.IsProvenByChecksum(total)) return false;
            if (isPart) Adopt(source, content, total);
            _opened = (source, content);
            kept = true;
            return isPart;
        }
        finally
        {
            if (!kept) await content.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<SegmentRun> RunSegmentsAsync(CancellationToken cancellationToken)
    {
        bool mixed = _plan.IsProvenByChecksum(Total);
        Source first = _opened?.Source ?? _plan.Sources.FirstOrDefault(static source => source is { IsWrong: false, Validator: not null })
            ?? _plan.Sources.FirstOrDefault(static source => !source.IsWrong) ?? _plan.Sources[0];
        IReadOnlyList<Source> sources = mixed ? [first, .. _plan.Sources.Where(source => source != first && !source.IsWrong)] : [first];
        int workers = (int)Math.Clamp((Total!.Value - _here.Bytes + _plan.MinimumChunk - 1) / _plan.MinimumChunk, 1, _plan.Segments);
        // Nobody takes a whole here, and one that is open may hold the turn of another request.
        foreach (Source source in _plan.Sources) await source.DropAsync().ConfigureAwait(false);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new SegmentRun(new ChunkQueue(_here, Total.Value, _plan.MinimumChunk, _plan.MaximumChunk, workers), new SourceChoice(sources), abort);
        _queue = run.Queue;
        Checkpoint();
        _meter.Begin(run.Queue.Done, Total, workers);
        Task hashing = _proof.Hasher?.FollowAsync(_file.Handle, () => run.Queue.Snapshot().Prefix, _tools.Time, abort.Token) ?? Task.CompletedTask;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(run))).ConfigureAwait(false);
        }
        finally
        {
            await abort.CancelAsync().ConfigureAwait(false);
            await hashing.ConfigureAwait(false);
            await DropOpenedAsync().ConfigureAwait(false);
            Segments = Math.Max(Segments, run.Most);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return run;
    }

    /// <summary>One connection's work: chunk after chunk, until nothing is left or nobody gives it.</summary>
    private async Task WorkAsync(SegmentRun run)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SegmentBuffer);
        try
        {
            while (!run.Queue.IsDone && !run.Abort.IsCancellationRequested)
            {
                Source? source = run.Sources.Choose(out double rate);
                if (source is null) return;
                Task changed = run.Queue.Changed;
                if (run.Queue.Take(rate) is not { } chunk)
                {
                    // Another's chunk may come back, or become slow enough to be shared.
                    await Task.WhenAny(changed, Task.Delay(LookAgain, _tools.Time, run.Abort.Token)).ConfigureAwait(false);
                    continue;
                }

                if (!await TryFetchAsync(run, source, chunk, buffer).ConfigureAwait(false)) return;
            }
        }
        catch
        {
            // A full disk, or the caller's cancellation, is everybody's end.
            await run.Abort.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>One chunk, with its repeats.</summary>
    /// <returns>Whether this connection should go on.</returns>
    private async Task<bool> TryFetchAsync(SegmentRun run, Source source, Chunk chunk, byte[] buffer)
    {
        run.Enter();
        try
        {
            var pace = new Pace(_plan.RateLimits, _plan.LowSpeed, _tools.Time, source.EndPoint, _plan.HostRateLimits, _plan.Quota);
            var fetch = new ChunkFetch(this, run, source, chunk, buffer, pace);
            long start = _tools.Time.GetTimestamp();
            // No breaker: a server that refuses one connection too many serves the others well.
            await _tools.Resilience.RunAsync(
                Replay.Always,
                null,
                static (fetch, token) => fetch.RunAsync(token),
                fetch,
                static fetch => fetch.Chunk.Position - fetch.Chunk.Start,
                run.Abort.Token).ConfigureAwait(false);
            run.Sources.Measured(source, chunk.Rate);
            if (!pace.IsLimited) _plan.Servers?.Measured(source.Url, chunk.Position - chunk.Start, _tools.Time.GetElapsedTime(start));
            return true;
        }
        catch (PartRefusedException refusal)
        {
            if (run.Sources.AreSeveral)
            {
                run.Sources.Failed(source, forGood: true);
                UrlLog.SourceLeft(_tools.Logger, source.Shown, refusal.Message);
                return true;
            }

            run.IsRefused = true;
            run.IsChanged |= refusal.IsChange;
            if (refusal.IsChange) await run.Abort.CancelAsync().ConfigureAwait(false);
            return false;
        }
        catch (ProtocolClientException failure)
        {
            run.Failure = failure;
            _plan.Servers?.Failed(source.Url, failure);
            run.IsRefused |= failure is WireFormatException and not WireLimitException;
            bool left = run.Sources.Failed(source, forGood: !failure.IsTransient);
            UrlLog.SourceLeft(_tools.Logger, source.Shown, failure.Message);
            // With one source, this connection was one too many for it; others may go on.
            return run.Sources.AreSeveral && (left || !run.Abort.IsCancellationRequested);
        }
        catch (OperationCanceledException) when (run.IsChanged)
        {
            return false;
        }
        finally
        {
            run.Queue.Return(chunk);
            _proof.Pieces?.Gave(source, chunk.Start, chunk.Position);
            run.Leave();
            if (chunk.Position == chunk.End) Checkpoint();
        }
    }

    /// <summary>Refuses a part that is of another content, or none, or longer than it was asked for.</summary>
    public void CheckPart(Source source, UrlContent content, Chunk chunk, long asked)
    {
        lock (_contentGate)
        {
            bool isWhole = content.Offset != chunk.Position || (content.Length ?? long.MaxValue) > asked;
            bool isSame = content.Total == Total && (source.Validator is null || content.Validator == source.Validator);
            if (!isSame) throw new PartRefusedException("the content is another than the one whose parts were fetched", isChange: true);
            if (isWhole) throw new PartRefusedException("the whole came where a part was asked for", isChange: false);
            _isPatched |= content.Offset > 0 && content.Validator is null;
            if (Info is null || !_contributors.Contains(source)) Adopt(source, content, Total);
        }
    }

    private async ValueTask DropOpenedAsync()
    {
        if (TakeOpened(null) is { } content) await content.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The answer to the first request, for its source; for any when that is null.</summary>
    public UrlContent? TakeOpened(Source? source)
    {
        lock (_contentGate)
        {
            if (_opened is not { } opened || (source is not null && opened.Source != source)) return null;
            _opened = null;
            return opened.Content;
        }
    }
}
