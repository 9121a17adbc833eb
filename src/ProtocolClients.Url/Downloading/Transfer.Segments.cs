using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Several connections, each a chunk at a time, into one file by offset.</summary>
internal sealed partial class Transfer
{
    private const int SegmentBuffer = 256 * 1024;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HashEvery = TimeSpan.FromMilliseconds(200);

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
                Written = run.Queue.Snapshot().Prefix;
                _queue = null;
                RandomAccess.SetLength(_file.Handle, Written);
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
            catch (ProtocolClientException failure) when (i < sources.Length - 1)
            {
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
            if (isPart && content.Validator is null && !_plan.IsProvenByChecksum) return false;
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
        bool mixed = _plan.IsProvenByChecksum;
        Source first = _opened?.Source ?? _plan.Sources.FirstOrDefault(static source => source.Validator is not null) ?? _plan.Sources[0];
        IReadOnlyList<Source> sources = mixed ? [first, .. _plan.Sources.Where(source => source != first && !source.IsWrong)] : [first];
        int workers = (int)Math.Clamp((Total!.Value - _here.Bytes + _plan.MinimumChunk - 1) / _plan.MinimumChunk, 1, _plan.Segments);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new SegmentRun(new ChunkQueue(_here, Total.Value, _plan.MinimumChunk, _plan.MaximumChunk, workers), new Mirrors(sources), abort);
        _queue = run.Queue;
        Checkpoint();
        _meter.Begin(run.Queue.Done, Total, workers);
        Task hashing = FollowAsync(run.Queue, abort.Token);
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
                Source? source = run.Mirrors.Choose(out double rate);
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
            var fetch = new ChunkFetch(this, run, source, chunk, buffer, new Pace(_plan.RateLimits, _plan.LowSpeed, _tools.Time, source.EndPoint));
            // No breaker: a server that refuses one connection too many serves the others well.
            await _tools.Resilience.RunAsync(
                Replay.Always,
                null,
                static (fetch, token) => fetch.RunAsync(token),
                fetch,
                static fetch => fetch.Chunk.Position - fetch.Chunk.Start,
                run.Abort.Token).ConfigureAwait(false);
            run.Mirrors.Measured(source, chunk.Rate);
            return true;
        }
        catch (PartRefusedException refusal)
        {
            if (run.Mirrors.AreSeveral)
            {
                run.Mirrors.Failed(source, forGood: true);
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
            run.IsRefused |= failure is WireFormatException and not WireLimitException;
            bool left = run.Mirrors.Failed(source, forGood: !failure.IsTransient);
            UrlLog.SourceLeft(_tools.Logger, source.Shown, failure.Message);
            // With one source, this connection was one too many for it; others may go on.
            return run.Mirrors.AreSeveral && (left || !run.Abort.IsCancellationRequested);
        }
        catch (OperationCanceledException) when (run.IsChanged)
        {
            return false;
        }
        finally
        {
            run.Queue.Return(chunk);
            run.Leave();
            if (chunk.Position == chunk.End) Checkpoint();
        }
    }

    /// <summary>Refuses a part that is of another content, or none.</summary>
    private void CheckPart(Source source, UrlContent content, Chunk chunk)
    {
        lock (_contentGate)
        {
            bool isWhole = content.Offset != chunk.Position || (content.Length ?? long.MaxValue) > chunk.End - chunk.Position;
            bool isSame = content.Total == Total && (source.Validator is null || content.Validator == source.Validator);
            if (!isSame) throw new PartRefusedException("the content is another than the one whose parts were fetched", isChange: true);
            if (isWhole) throw new PartRefusedException("the whole came where a part was asked for", isChange: false);
            _isPatched |= content.Offset > 0 && content.Validator is null;
            if (Info is null || !_contributors.Contains(source)) Adopt(source, content, Total);
        }
    }

    /// <summary>Hashes what is complete from the beginning on, while the rest comes: the end need not read all of it again.</summary>
    private async Task FollowAsync(ChunkQueue queue, CancellationToken cancellationToken)
    {
        if (_hasher is null) return;
        try
        {
            while (true)
            {
                await Task.Delay(HashEvery, _tools.Time, cancellationToken).ConfigureAwait(false);
                long prefix = queue.Snapshot().Prefix;
                if (prefix > _hasher.Position) _hasher.CatchUp(_file.Handle, prefix, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The rest is hashed at the end.
        }
    }

    private async ValueTask DropOpenedAsync()
    {
        if (TakeOpened(null) is { } content) await content.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The answer to the first request, for its source; for any when that is null.</summary>
    private UrlContent? TakeOpened(Source? source)
    {
        lock (_contentGate)
        {
            if (_opened is not { } opened || (source is not null && opened.Source != source)) return null;
            _opened = null;
            return opened.Content;
        }
    }

    private sealed class PartRefusedException(string message, bool isChange) : Exception(message)
    {
        public bool IsChange => isChange;
    }

    /// <summary>What the connections of one run share.</summary>
    private sealed class SegmentRun(ChunkQueue queue, Mirrors mirrors, CancellationTokenSource abort)
    {
        private readonly Lock _gate = new();

        public ChunkQueue Queue => queue;

        public Mirrors Mirrors => mirrors;

        public CancellationTokenSource Abort => abort;

        /// <summary>The content changed under the run.</summary>
        public volatile bool IsChanged;

        /// <summary>The server gave no part of it.</summary>
        public volatile bool IsRefused;

        public volatile ProtocolClientException? Failure;

        /// <summary>Connections that fetch now.</summary>
        public int At { get; private set; }

        /// <summary>The most that fetched at the same time.</summary>
        public int Most { get; private set; }

        public void Enter()
        {
            lock (_gate) Most = Math.Max(Most, ++At);
        }

        public void Leave()
        {
            lock (_gate) At--;
        }
    }

    /// <summary>One chunk on its way into the file: each attempt goes on at the last byte.</summary>
    private sealed class ChunkFetch(Transfer transfer, SegmentRun run, Source source, Chunk chunk, byte[] buffer, Pace pace)
    {
        private readonly TimeProvider _time = transfer._tools.Time;

        public Chunk Chunk => chunk;

        public async ValueTask<bool> RunAsync(CancellationToken cancellationToken)
        {
            while (run.Queue.Lacks(chunk) is > 0 and { } lacking)
            {
                UrlContent content;
                if (chunk.Position == 0 && transfer.TakeOpened(source) is { } opened)
                {
                    content = opened;
                }
                else
                {
                    transfer.CountAttempt();
                    content = await source.OpenAsync(chunk.Position, lacking, source.Validator, cancellationToken).ConfigureAwait(false);
                }

                await using (content.ConfigureAwait(false))
                {
                    // The first request asked before anybody knew how much is worth while: its part ends where it ends.
                    transfer.CheckPart(source, content, chunk);
                    await CopyAsync(content, cancellationToken).ConfigureAwait(false);
                }
            }

            return true;
        }

        private async ValueTask CopyAsync(UrlContent content, CancellationToken cancellationToken)
        {
            long start = _time.GetTimestamp();
            long came = 0;
            long announced = content.Length ?? long.MaxValue;
            while (came < announced && run.Queue.Lacks(chunk) is > 0 and { } lacking)
            {
                int most = (int)Math.Min(Math.Min(buffer.Length, lacking), announced - came);
                int read = await pace.ReadAsync(content.Stream, buffer.AsMemory(0, most), cancellationToken).ConfigureAwait(false);
                if (read == 0) throw new IntegrityException("A part ended before its announced end.", isTransient: true) { Delivery = Delivery.Answered };
#pragma warning disable CA1849, MA0042 // A write to the page cache is done before a thread of the pool would have begun it.
                RandomAccess.Write(transfer._file.Handle, buffer.AsSpan(0, read), chunk.Position);
#pragma warning restore CA1849, MA0042
                came += read;
                run.Queue.Advance(chunk, read, came / Math.Max(_time.GetElapsedTime(start).TotalSeconds, 0.001));
                if (transfer._meter.IsListenedTo) transfer._meter.Moved(run.Queue.Done, run.Queue.Total, run.At);
                if (pace.IsLimited) await pace.PayAsync(read, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
