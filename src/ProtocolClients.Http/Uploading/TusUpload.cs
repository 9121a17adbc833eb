using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One upload by tus 1.0.0, from its creation, or from where the server has it, to the end.</summary>
internal sealed partial class TusUpload : IDisposable
{
    private const string BodyType = "application/offset+octet-stream";

    // A connection that took this much has not failed in vain: the attempts are counted anew.
    private const long WorthAnotherRun = 1024 * 1024;

    private readonly HttpSession _session;
    private readonly TusOptions _options;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly DateTime _modified;
    private readonly TusState? _state;
    private readonly TransferMeter _meter;
    private readonly TusLockWaits _locks;
    private Uri? _url;
    private long _resumed;
    private long _furthest;
    private long _confirmed;
    private int _attempts;

    // What the server has; null when it has to be asked.
    private long? _offset;

    public TusUpload(HttpSession session, string path, string url, TusOptions options)
    {
        _session = session;
        _options = options;
        _path = path;
        HttpTarget asked = session.TargetOf(url);
        _credentials = asked.Credentials;
        _endPoint = _origin = session.Upgraded(asked.Url);
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        Length = _file.Length;
        _modified = File.GetLastWriteTimeUtc(_file.SafeFileHandle);
        // By what the caller named: whether it is known by then that the host wants TLS is another matter.
        if (options.Continue) _state = new TusState(path, asked.Url, Length, _modified);
        _meter = new TransferMeter(options.Progress, Time);
        _locks = new TusLockWaits(session.Options.Resilience, Time);
    }

    private long Length { get; }

    private TimeProvider Time => _session.Options.TimeProvider;

    /// <summary>
    /// How far this upload has come, sent and confirmed: it grows while bytes go, though some of them may only fill buffers, and when the server
    /// says that it has more than it had. Both are the furthest of all attempts, so that what is only sent again and again is no progress.
    /// </summary>
    private long Gained => _furthest - _resumed + (_confirmed - _resumed);

    public void Dispose() => _file.Dispose();

    public async Task<TransferResult> RunAsync(CancellationToken cancellationToken)
    {
        long started = Time.GetTimestamp();
        _url = _state is null ? null : await _state.LoadAsync(cancellationToken).ConfigureAwait(false);
        if (_url is not null && !IsOurs(_url)) _url = null;
        while (!await TryRunAsync(cancellationToken).ConfigureAwait(false)) continue;
        if (_state is not null) await _state.DeleteAsync(_url!).ConfigureAwait(false);
        _meter.Enter(TransferPhase.Done, Length);
        return new TransferResult(_path, Length) { ResumedFrom = _resumed, Attempts = _attempts, Elapsed = Time.GetElapsedTime(started), FinalUrl = _url };
    }

    /// <summary>One run of attempts.</summary>
    /// <returns>False when it failed, but brought so much that another is worth it.</returns>
    private async Task<bool> TryRunAsync(CancellationToken cancellationToken)
    {
        long before = Gained;
        try
        {
            // No breaker and no repeats below: each request passes the session's breaker once, and only this run repeats.
            return await _session.Resilience.RunAsync(
                Replay.Always,
                endPoint: null,
                static (state, token) => state.Upload.SendAllAsync(token),
                (Upload: this, Before: before),
                static state => state.Upload.Gained - state.Before,
                cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolClientException failure) when (MayRunAgain(failure) && Gained - before >= WorthAnotherRun)
        {
            _session.GoesOn(_url!, _furthest, failure);
            return false;
        }
    }

    private bool MayRunAgain(ProtocolClientException failure) =>
        failure is { IsTransient: true, RetryAfter: null } and not TransportException { Phase: DeadlinePhase.Transfer }
        && _session.Options.Resilience is { Attempts: > 1, Pipeline: null };

    private async ValueTask<bool> SendAllAsync(CancellationToken cancellationToken)
    {
        bool hasConflicted = false;
        while (true)
        {
            try
            {
                long start = _offset ?? await FindAsync(cancellationToken).ConfigureAwait(false);
                // Before the first byte and after the last answer: what was sent is of the one file that is said to be there.
                await CheckFileAsync().ConfigureAwait(false);
                if (start == Length) return true;
                bool isTaken = await SendAsync(start, cancellationToken).ConfigureAwait(false);
                // It has another number of bytes than it said: once that may be an answer that was lost.
                if (!isTaken && hasConflicted) throw new WireFormatException("The server refuses the offset that it names itself.") { Endpoint = UrlText.EndPointOf(_url!) };
                hasConflicted = !isTaken;
                _locks.Reset();
            }
            catch (HttpStatusException refusal) when (refusal.Status == HttpStatusCode.Locked && _locks.Next(refusal.RetryAfter) is { } wait)
            {
                await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>How many bytes the server has, of the upload that is known, or of a new one.</summary>
    private async ValueTask<long> FindAsync(CancellationToken cancellationToken)
    {
        // What the server says is what counts; one that no longer knows an earlier run's upload makes a new one.
        if (_url is null || !await AskAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_attempts > 0) throw new WireFormatException("The server does not know the upload any more, of which it took bytes.") { Endpoint = UrlText.EndPointOf(_url!) };
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        }

        long offset = _offset!.Value;
        if (_attempts == 0) _resumed = _confirmed = offset;
        _confirmed = Math.Max(_confirmed, offset);
        _furthest = Math.Max(_furthest, offset);
        _meter.Begin(offset, Length);
        return offset;
    }

    private void Moved(long position)
    {
        _furthest = Math.Max(_furthest, position);
        if (_meter.IsListenedTo) _meter.Moved(position, Length);
    }

    /// <summary>Bytes of another state of the file would make a content that never was.</summary>
    private async ValueTask CheckFileAsync()
    {
        if (_file.Length == Length && File.GetLastWriteTimeUtc(_file.SafeFileHandle) == _modified) return;
        if (_state is not null) await _state.DeleteAsync(_url!).ConfigureAwait(false);
        throw new IOException($"'{_path}' changed while it was sent.");
    }

    /// <summary>Bytes of the file, paid for by the rate and told of.</summary>
    private sealed class TusWindow(TusUpload upload, long start, long count) : ForwardStream
    {
        private readonly long _end = start + count;
        private long _position = start;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int most = (int)Math.Min(Math.Min(buffer.Length, upload._options.RateLimit?.Piece ?? int.MaxValue), _end - _position);
            if (most == 0) return 0;
            int read = await RandomAccess.ReadAsync(upload._file.SafeFileHandle, buffer[..most], _position, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new IOException($"'{upload._path}' became shorter while it was sent.");
            _position += read;
            if (upload._options.RateLimit is { } rate) await rate.PayAsync(read, upload.Time, cancellationToken).ConfigureAwait(false);
            upload.Moved(_position);
            return read;
        }
    }
}
