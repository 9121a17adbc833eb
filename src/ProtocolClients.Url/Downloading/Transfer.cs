using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>What a transfer needs from whoever runs it.</summary>
internal sealed record TransferTools(ResiliencePolicy Resilience, ResilienceOptions Options, Deadlines Deadlines, TimeProvider Time, ILogger Logger)
{
    /// <summary>Whether the attempts may be counted anew after this failure, when enough came before it.</summary>
    public bool MayRunAgain(ProtocolClientException failure) =>
        failure is { IsTransient: true, RetryAfter: null } and not TransportException { Phase: DeadlinePhase.Transfer }
        && Options is { Attempts: > 1, Pipeline: null };
}

/// <summary>
/// One content on its way into one file, across attempts, sources and, when its state is kept, processes: it goes on where the last one
/// broke off when it is proven that the content is still the same, and begins anew when it is not.
/// </summary>
internal sealed partial class Transfer : IDisposable
{
    // Below this, asking for the room costs more than it brings.
    private const long ReserveFrom = 1024 * 1024;

    private readonly TransferPlan _plan;
    private readonly TransferTools _tools;
    private readonly PartFile _file;
    private readonly ResumeFile? _resume;
    private readonly ContentProof _proof;
    private readonly TransferMeter _meter;
    private readonly HashSet<Source> _contributors = [];
    private int _attempts;

    // What an earlier run left; what this one adds is in the queue of chunks, or stands in a row up to Written.
    private RangeSet _here = new();

    // Parts were put together that nothing but a checksum can prove to be of one content.
    private bool _isPatched;

    // What was put together of several answers was wrong once already.
    private bool _wasTogetherWrong;

    /// <summary>Opens the part file: what cannot be written need not be asked for.</summary>
    public Transfer(TransferPlan plan, TransferTools tools)
    {
        _plan = plan;
        _tools = tools;
        _proof = new ContentProof(plan);
        _meter = new TransferMeter(plan.Progress, tools.Time);
        _file = plan.Continue ? PartFile.OpenOrCreate(plan.Path, plan.Overwrite, ResumeFile.IsOwn) : PartFile.Create(plan.Path, plan.Overwrite);
        try
        {
            if (!plan.Continue) return;
            _resume = new ResumeFile(_file.PartPath);
            LoadState();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The final name.</summary>
    public string Path => _file.Path;

    /// <summary>The bytes from the beginning on that are in the file and belong to the content.</summary>
    public long Written { get; private set; }

    public long? Total { get; private set; }

    public int Attempts => Volatile.Read(ref _attempts);

    public long ResumedFrom { get; private set; }

    public int Segments { get; private set; } = 1;

    public IReadOnlyList<string> Warnings { get; private set; } = [];

    public UrlInfo? Info { get; private set; }

    public TimeProvider Time => _tools.Time;

    public SafeFileHandle Handle => _file.Handle;

    /// <summary>Whether a later run could go on with what is here.</summary>
    private bool IsResumable => _plan.IsProvenByChecksum(Total) || _plan.Sources.Any(static source => source.Validator is not null);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using PhaseDeadline deadline = PhaseDeadline.Start(_tools.Time, _tools.Deadlines, DeadlinePhase.Transfer, cancellationToken);
        try
        {
            await FetchAndVerifyAsync(deadline.Token).ConfigureAwait(false);
            if (_plan.KeepTime && Info?.LastModified is { } modified) File.SetLastWriteTimeUtc(_file.Handle, modified.UtcDateTime);
            Warnings = OriginNote.Write(_file.Handle, _plan, Info, _contributors, _tools.Logger);
            _file.Commit(_plan.Durable, _plan.NextName);
            _resume?.Delete();
        }
        catch (OperationCanceledException cause)
        {
            Settle(cause);
            if (deadline.IsMissed) throw deadline.Missed(_plan.Sources[0].EndPoint, cause, Delivery.Answered);
            if (cause.CancellationToken == cancellationToken) throw;
            throw new OperationCanceledException(cause.Message, cause, cancellationToken);
        }
        catch (Exception failure)
        {
            Settle(failure);
            throw;
        }

        _meter.Enter(TransferPhase.Done, Written);
    }

    public void Dispose()
    {
        _file.Dispose();
        _proof.Dispose();
        TakeOpened(null)?.Stream.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FetchAndVerifyAsync(CancellationToken cancellationToken)
    {
        bool plain = false;
        while (true)
        {
            if (_resume is null || !_plan.Durable) await FetchAsync(plain, cancellationToken).ConfigureAwait(false);
            else await FetchAndKeepSafeAsync(plain, cancellationToken).ConfigureAwait(false);
            if (!_proof.HasAny(Total)) return;
            _meter.Enter(TransferPhase.Verifying, Written);
            if (await _proof.FaultAsync(_file.Handle, Written, cancellationToken).ConfigureAwait(false) is not { } failure) return;
            if (await TryMendAsync(failure, cancellationToken).ConfigureAwait(false)) continue;
            if (!MayBeginAnew()) throw failure;
            UrlLog.BeginsAnew(_tools.Logger, _plan.Path, failure.Message);
            Restart();
            plain = true;
        }
    }

    private async Task FetchAndKeepSafeAsync(bool plain, CancellationToken cancellationToken)
    {
        using var checkpoints = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task keeping = KeepSafeAsync(checkpoints.Token);
        try
        {
            await FetchAsync(plain, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await checkpoints.CancelAsync().ConfigureAwait(false);
            await keeping.ConfigureAwait(false);
        }
    }

    private ValueTask FetchAsync(bool plain, CancellationToken cancellationToken) =>
        !plain && (_plan.Segments > 1 || _here.Bytes > _here.Prefix) ? FetchSegmentsOrStreamAsync(cancellationToken) : FetchStreamAsync(cancellationToken);

    private async ValueTask FetchSegmentsOrStreamAsync(CancellationToken cancellationToken)
    {
        if (!await FetchSegmentsAsync(cancellationToken).ConfigureAwait(false)) await FetchStreamAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// After a wrong checksum. Bytes of several sources or of an earlier run may not belong together: one more time, in one piece. A
    /// source that gave all of it, in one content, has something else, and so have those that gave it together for the second time:
    /// the others are asked.
    /// </summary>
    private bool MayBeginAnew()
    {
        bool together = ResumedFrom == 0 && _contributors.Count == 1 && !_isPatched;
        if (!together && !_wasTogetherWrong)
        {
            _wasTogetherWrong = true;
            return true;
        }

        foreach (Source giver in _contributors) giver.IsWrong = true;
        return _plan.Sources.Any(static source => !source.IsWrong);
    }

    /// <summary>Forgets what is here: the next content begins at its first byte.</summary>
    private void Restart()
    {
        // Not beside a state that is being saved: the old bytes would be taken for the new content's.
        lock (_stateGate)
        {
            _contents++;
            RandomAccess.SetLength(_file.Handle, 0);
            _queue = null;
            _here.Clear();
            _safe = new RangeSet();
            _saved = null;
            Written = 0;
            ResumedFrom = 0;
            Total = null;
            foreach (Source source in _plan.Sources) source.Validator = null;
        }

        _isPatched = false;
        _contributors.Clear();
        _proof.Reset();
    }

    /// <summary>Takes over what an answer says of the content, and refuses one that cannot be it.</summary>
    private void Adopt(Source source, UrlContent content, long? total)
    {
        if (total > _plan.MaxLength || Written > _plan.MaxLength) throw TooLong();
        if (_plan.Length is { } expected && total is not null && total != expected)
        {
            throw new IntegrityException($"{source.Shown} announces {total} bytes, where {expected} were expected.") { Endpoint = source.EndPoint, Delivery = Delivery.Answered };
        }

        _contributors.Add(source);
        _isPatched |= content.Offset > 0 && content.Validator is null;
        source.Validator = content.Validator ?? (content.Offset > 0 ? source.Validator : null);
        Total = total ?? Total;
        Info = new UrlInfo(content.FinalUrl)
        {
            Length = Total,
            MediaType = content.MediaType,
            Charset = content.Charset,
            LastModified = content.LastModified,
            Headers = content.Headers,
        };
        if (Total >= ReserveFrom) _file.Reserve(Total.Value);
    }

    private WireLimitException TooLong() => new(nameof(DownloadRequest.MaxLength), _plan.MaxLength, "The content is longer than the limit.");

    public void CountAttempt() => Interlocked.Increment(ref _attempts);

    public void Tell(long bytes, int segments)
    {
        if (_meter.IsListenedTo) _meter.Moved(bytes, Total, segments);
    }

    private Task CatchUpAsync(CancellationToken cancellationToken) => _proof.CatchUpAsync(_file.Handle, Written, cancellationToken);
}
