namespace ProtocolClients;

/// <summary>
/// A directory as text: a name a line, in the bytes that the server sent, with a slash behind what is a directory. In flat memory: entries are
/// taken as the text is read.
/// </summary>
internal sealed class FtpNamesStream(IAsyncEnumerable<FtpEntry> entries) : Stream
{
    private readonly CancellationTokenSource _ending = new();
    private IAsyncEnumerator<FtpEntry>? _entries;
    private Exception? _failure;
    private byte[] _line = [];
    private int _given;
    private bool _isOver;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("The length is not known before the end.");

    public override long Position
    {
        get => throw new NotSupportedException("A listing goes forward only.");
        set => throw new NotSupportedException("A listing goes forward only.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            if (_given == _line.Length && !await NextAsync(cancellationToken).ConfigureAwait(false)) break;
            int count = Math.Min(buffer.Length - filled, _line.Length - _given);
            _line.AsSpan(_given, count).CopyTo(buffer.Span[filled..]);
            _given += count;
            filled += count;
        }

        return filled;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A listing is read asynchronously: use ReadAsync.");

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A listing goes forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("A listing is read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A listing is read.");

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        // Nobody waits for what the server says to it.
        if (disposing) _ = CloseAsync().AsTask();
        base.Dispose(disposing);
    }

    private async ValueTask CloseAsync()
    {
        _isOver = true;
        if (Interlocked.Exchange(ref _entries, null) is { } opened) await opened.DisposeAsync().ConfigureAwait(false);
    }

    // What failed once has no end: a cut listing looks like a short one.
    private async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (_isOver) return false;
        if (_failure is { } before) throw new IOException("An earlier read of this listing failed or was cancelled: open it anew.", before);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // The enumeration keeps the token that it begins with: each read ends it by its own.
            using (cancellationToken.UnsafeRegister(static ending => ((CancellationTokenSource)ending!).Cancel(), _ending)) return await TakeAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException ended) when (cancellationToken.IsCancellationRequested)
        {
            _failure = ended;
            throw new OperationCanceledException(ended.Message, ended, cancellationToken);
        }
        catch (Exception failure)
        {
            _failure = failure;
            throw;
        }
    }

    private async ValueTask<bool> TakeAsync()
    {
        _entries ??= entries.GetAsyncEnumerator(_ending.Token);
        while (await _entries.MoveNextAsync().ConfigureAwait(false))
        {
            ReadOnlySpan<byte> name = _entries.Current.RawName.Span;
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) continue;
            _line = _entries.Current.Kind == FtpEntryKind.Directory ? [.. name, (byte)'/', (byte)'\n'] : [.. name, (byte)'\n'];
            _given = 0;
            return true;
        }

        _isOver = true;
        return false;
    }
}
