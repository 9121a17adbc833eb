namespace ProtocolClients;

/// <summary>What the streams over a transfer have in common: asynchronous, forward, once.</summary>
internal abstract class FtpDataStream(FtpOpened opened) : Stream
{
    private bool _closed;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException("The length is not known before the end.");

    public override long Position
    {
        get => Transfer.Bytes;
        set => throw new NotSupportedException("A transfer goes forward only.");
    }

    protected FtpTransfer Transfer => opened.Transfer;

    protected FtpConnector Connector => opened.Transfer.Control.Connector;

    protected bool IsClosed => _closed;

    public override void Flush()
    {
        // What was written is on its way.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A transfer goes forward only.");

    public override void SetLength(long value) => throw new NotSupportedException("A transfer has the length of what goes over it.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Data is read asynchronously: use ReadAsync.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Data is written asynchronously: use WriteAsync.");

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This stream is written.");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This stream is read.");

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the connection back; a transfer that is not over is broken off.</summary>
    protected async ValueTask CloseAsync()
    {
        if (_closed) return;
        _closed = true;
        await opened.CloseAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        // Nobody waits for what the server says to it.
        if (disposing) _ = CloseAsync().AsTask();
        base.Dispose(disposing);
    }
}

/// <summary>A file of the server's, read. Its end counts only when the server has confirmed it.</summary>
internal sealed class FtpReadStream(FtpOpened opened, long length, bool isText = false) : FtpDataStream(opened)
{
    private long _left = length;
    private readonly byte[] _kept = isText ? new byte[2] : [];
    private LineEndFilter _text = new(isText);
    private int _keptLength;
    private bool _hasEnded;
    private bool _isWhole;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsClosed || buffer.IsEmpty) return 0;
        if (_left == 0 || _isWhole)
        {
            // The range is here; the rest of the file is not wanted.
            await CloseAsync().ConfigureAwait(false);
            return 0;
        }

        if (buffer.Length > _left) buffer = buffer[..(int)_left];
        Connector.Begin();
        try
        {
            int read = _hasEnded ? 0
                : _kept.Length > 0 ? await ReadTextAsync(buffer, cancellationToken).ConfigureAwait(false)
                : await Transfer.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                // Whoever waits no longer for the server's word may wait for it again.
                _hasEnded = true;
                await Transfer.CompleteAsync(cancellationToken).ConfigureAwait(false);
                _isWhole = true;
                // A CR that nothing follows is known for one by itself only now.
                read = _text.End(buffer.Span);
                if (read == 0) await CloseAsync().ConfigureAwait(false);
            }

            _left -= read;
            return read;
        }
        finally
        {
            Connector.End();
        }
    }

    // Of a piece that is one CR nothing may be left for now; of the next one, one byte more than came.
    private async ValueTask<int> ReadTextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int kept = _keptLength;
        while (kept == 0)
        {
            int lead = _text.Lead;
            Memory<byte> piece = buffer.Length > lead ? buffer : _kept;
            int read = await Transfer.ReadAsync(piece[lead..], cancellationToken).ConfigureAwait(false);
            if (read == 0) return 0;
            kept = _text.ToLocal(piece.Span[..(lead + read)]);
            if (kept > 0 && buffer.Length > lead) return kept;
        }

        // Two bytes at most, for a reader who takes one at a time.
        buffer.Span[0] = _kept[0];
        _kept[0] = _kept[1];
        _keptLength = kept - 1;
        return 1;
    }
}

/// <summary>
/// A file of the server's, written. Disposing it asynchronously ends the file, and throws when the server did not take it whole. Who disposes it
/// otherwise waits for nobody's word: a file that is not ended by then is broken off, and he is told.
/// </summary>
internal sealed class FtpWriteStream(FtpOpened opened) : FtpDataStream(opened)
{
    private bool _failed;
    private bool _isMisused;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        Connector.Begin();
        try
        {
            await Transfer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _failed = true;
            Note(failure);
            throw;
        }
        finally
        {
            Connector.End();
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        // Said once: not again by the end of a using around it.
        _isMisused = true;
        base.Write(buffer, offset, count);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (!IsClosed && !_failed) await EndAsync().ConfigureAwait(false);
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    // No wait on the network in here, and no file that is lost without a word: a StreamWriter closes its stream so, DisposeAsync or not.
    protected override void Dispose(bool disposing)
    {
        bool isCut = disposing && !IsClosed && !_failed;
        base.Dispose(disposing);
        if (isCut && !_isMisused)
        {
            throw new InvalidOperationException(
                "The file was broken off: its end has to be waited for, with 'await using' (DisposeAsync) of the stream. A StreamWriter over it is made with leaveOpen: true.");
        }
    }

    private async ValueTask EndAsync()
    {
        Connector.Begin();
        try
        {
            await Transfer.CompleteAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (FtpReplyException failure)
        {
            Note(failure);
            throw;
        }
        finally
        {
            Connector.End();
        }
    }

    // As where a transfer is opened. What was written is gone; but whoever comes next does not get the connection, which the server may be closing.
    private void Note(Exception failure)
    {
        if (failure is FtpReplyException { IsSessionRefused: true }) Transfer.Control.RefuseSession();
    }
}
