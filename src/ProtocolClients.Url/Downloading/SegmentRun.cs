namespace ProtocolClients;

/// <summary>A server gave something else than the part that was asked for.</summary>
internal sealed class PartRefusedException(string message, bool isChange) : Exception(message)
{
    public bool IsChange => isChange;
}

/// <summary>What the connections of one run share.</summary>
internal sealed class SegmentRun(ChunkQueue queue, SourceChoice sources, CancellationTokenSource abort)
{
    private readonly Lock _gate = new();

    public ChunkQueue Queue => queue;

    public SourceChoice Sources => sources;

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
internal sealed class ChunkFetch(Transfer transfer, SegmentRun run, Source source, Chunk chunk, byte[] buffer, Pace pace)
{
    private readonly TimeProvider _time = transfer.Time;

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
                // Another connection may have taken the chunk's second half since.
                transfer.CheckPart(source, content, chunk, lacking);
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
        pace.Answers(content.FinalUrl);
        while (came < announced && run.Queue.Lacks(chunk) is > 0 and { } lacking)
        {
            int most = (int)Math.Min(Math.Min(buffer.Length, lacking), announced - came);
            int read = await pace.ReadAsync(content.Stream, buffer.AsMemory(0, most), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new IntegrityException("A part ended before its announced end.", isTransient: true) { Delivery = Delivery.Answered };
#pragma warning disable CA1849, MA0042 // A write to the page cache is done before a thread of the pool would have begun it.
            RandomAccess.Write(transfer.Handle, buffer.AsSpan(0, read), chunk.Position);
#pragma warning restore CA1849, MA0042
            came += read;
            pace.Count(read);
            run.Queue.Advance(chunk, read, came / Math.Max(_time.GetElapsedTime(start).TotalSeconds, 0.001));
            transfer.Tell(run.Queue.Done, run.At);
            if (pace.MustPay) await pace.PayAsync(read, cancellationToken).ConfigureAwait(false);
        }
    }
}
