using System.Globalization;

namespace ProtocolClients;

/// <summary>What stands beside the part file, so that a later run goes on, whatever ended this one.</summary>
internal sealed partial class Transfer
{
    private static readonly TimeSpan KeepSafeEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _stateGate = new();
    private RangeSet _safe = new();
    private string? _saved;

    // Rises when a content begins anew: what was seen before says nothing of it.
    private int _contents;

    private void LoadState()
    {
        long length = RandomAccess.GetLength(_file.Handle);
        if (length == 0) return;
        ResumeState? state = _resume!.Load(out string? reason);
        RangeSet? safe = null;
        RangeSet? done = state?.Trusted(_plan, length, out safe, out reason);
        if (done is null)
        {
            UrlLog.BeginsAnew(_tools.Logger, _plan.Path, reason!);
            Restart();
            return;
        }

        Total = state!.Total;
        _safe = safe!;
        _here = done;
        Written = done.Prefix;
        // One connection goes on behind the beginning; several, and those that go on with several's work, have the rest too.
        ResumedFrom = done.Bytes;
    }

    /// <summary>
    /// Before the first byte of a content is written, its state stands beside it; from then on the length of the part says how far it is.
    /// What one request brings is not worth a file of its own. A content that nothing names is not gone on with, but its part shall be known
    /// as ours to whoever finds it.
    /// </summary>
    private void SaveSequential()
    {
        if (_resume is null || Total <= _plan.MinimumChunk) return;
        // Bytes behind the place where it goes on would count as written.
        if (RandomAccess.GetLength(_file.Handle) > Written) RandomAccess.SetLength(_file.Handle, Written);
        Save(durable: false);
    }

    /// <summary>A chunk is done: a later run shall know.</summary>
    private void Checkpoint()
    {
        if (_resume is not null && IsResumable && Total > _plan.MinimumChunk) Save(durable: false);
    }

    /// <summary>What is in the file now.</summary>
    private RangeSet Here()
    {
        if (_queue is { } queue) return queue.Snapshot();
        var here = new RangeSet();
        here.Add(0, Written);
        return here;
    }

    /// <summary>One connection goes on behind what stands in a row; what several had fetched beyond is given up.</summary>
    private void FallBack(long prefix)
    {
        lock (_stateGate)
        {
            _contents++;
            _queue = null;
            Written = prefix;
            RandomAccess.SetLength(_file.Handle, prefix);
            _safe.Remove(prefix, long.MaxValue);
            Save(durable: false);
        }
    }

    private void Save(bool durable)
    {
        if (_resume is null) return;
        // One at a time, from the look at what is there to the file: an older state must not replace a newer one.
        lock (_stateGate)
        {
            bool sequential = _queue is null;
            string identity = string.Join('\n', _plan.Sources.Select(static source => source.Validator).Append(Total?.ToString(CultureInfo.InvariantCulture)));
            if (sequential && !durable && string.Equals(identity, _saved, StringComparison.Ordinal)) return;
            _resume.Save(
                new ResumeState
                {
                    Url = _plan.Sources[0].Shown,
                    Sources = [.. _plan.Sources.Select(static source => new ResumeSource(source.Id, source.Validator))],
                    Total = Total,
                    Checksums = [.. _plan.Checksums.Select(static checksum => checksum.ToString())],
                    Sequential = sequential,
                    Done = sequential ? [] : ResumeState.Flat(Here()),
                    Safe = ResumeState.Flat(_safe),
                },
                durable);
            _saved = sequential ? identity : null;
        }
    }

    /// <summary>Every few seconds what is here is forced to the disk, and the state says so.</summary>
    private async Task KeepSafeAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(KeepSafeEvery, _tools.Time, cancellationToken).ConfigureAwait(false);
                KeepSafe();
            }
        }
        catch (OperationCanceledException)
        {
            // The fetching is over.
        }
        catch (IOException failure)
        {
            // A full disk ends the fetching itself.
            UrlLog.NotSaved(_tools.Logger, _plan.Path, failure.Message);
        }
    }

    private void KeepSafe()
    {
        if (!IsResumable || Total <= _plan.MinimumChunk) return;
        ForceToDisk();
    }

    /// <summary>Forces what is here to the disk, and says so. Nobody waits for the disk meanwhile: only the looks are under the lock.</summary>
    private void ForceToDisk()
    {
        RangeSet here;
        int content;
        lock (_stateGate) (here, content) = (Here(), _contents);
        RandomAccess.FlushToDisk(_file.Handle);
        lock (_stateGate)
        {
            if (content != _contents) return;
            _safe = here;
            Save(durable: true);
        }
    }

    /// <summary>After a failure: what a later run can go on with stays, the rest goes.</summary>
    private void Settle(Exception failure)
    {
        if (_resume is null) return;
        bool useless = failure is WireFormatException or IntegrityException { IsTransient: false };
        try
        {
            if (!useless && IsResumable && Here().Bytes > 0)
            {
                _saved = null;
                if (_plan.Durable) ForceToDisk();
                else Save(durable: false);
                return;
            }
        }
        catch (Exception unsaved) when (unsaved is IOException or UnauthorizedAccessException)
        {
            // The failure that ended the work is the one to tell, not this one.
            UrlLog.NotSaved(_tools.Logger, _plan.Path, unsaved.Message);
            // On a full disk an older state may stand there still. A part without any is nobody's.
            if (_resume.Load(out _) is not null) return;
        }

        _file.Keep = false;
        _resume.Delete();
    }
}
