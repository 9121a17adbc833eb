using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One content on its way to a file on the server, across attempts and, when its part is kept, runs: it goes on where the server's part ends, when
/// that part is proven to be of this content, by a hash or by its name, and begins anew when it is not. The file gets its name when it is whole.
/// </summary>
internal sealed partial class FtpUpload : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private static readonly TimeSpan PieceTime = TimeSpan.FromSeconds(1);

    private readonly FtpConnector _connector;
    private readonly Stream _content;
    private readonly FtpTransferOptions _options;
    private readonly TransferMeter _meter;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly long? _length;
    private FtpPath _remote;
    private FtpPath _target;
    private readonly bool _isFree;
    private FtpHasher? _checksum;
    private FtpFacts? _before;
    private bool _isNamedByContent;
    private bool _isPlaced;
    private bool _hasWritten;
    private bool _isStored;
    private int _attempts;
    private int _piece = BufferSize;

    /// <summary>Makes an upload; nothing is sent yet.</summary>
    /// <param name="connector">Whose.</param>
    /// <param name="content">The content, from where it stands.</param>
    /// <param name="remote">The file there.</param>
    /// <param name="options">The options.</param>
    /// <param name="isFree">Whether nothing was seen to have the name there a moment ago.</param>
    public FtpUpload(FtpConnector connector, Stream content, FtpPath remote, FtpTransferOptions options, bool isFree = false)
    {
        _isFree = isFree;
        _connector = connector;
        _content = content;
        _remote = remote;
        _options = options;
        _time = connector.Options.TimeProvider;
        _meter = new TransferMeter(options.Progress, _time);
        CanRepeat = content.CanSeek;
        if (!content.CanSeek) return;
        _start = content.Position;
        _length = Math.Max(0, content.Length - _start);
    }

    /// <summary>Whether the content can be read again.</summary>
    public bool CanRepeat { get; }

    /// <summary>The bytes that the server has.</summary>
    public long Written { get; private set; }

    /// <summary>The most that it ever had.</summary>
    public long Furthest { get; private set; }

    public long ResumedFrom { get; private set; }

    private TransferOutcome Outcome { get; set; }

    private bool IsBinary => _options.Type == FtpDataType.Binary;

    /// <summary>One attempt, over one connection.</summary>
    public async ValueTask<bool> RunAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        _attempts++;
        await connection.PrepareAsync(_options.Type, cancellationToken).ConfigureAwait(false);
        if (!_isPlaced && !await PlaceAsync(connection, cancellationToken).ConfigureAwait(false)) return true;
        if (_isNaming && await IsNamedAsync(connection, cancellationToken).ConfigureAwait(false)) return true;
        try
        {
            await StoreAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (IntegrityException wrong) when (!wrong.IsTransient && _options.UploadAside)
        {
            await DropPartAsync(connection, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await NameAsync(connection, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask StoreAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        // What can be read once is not sent again: an empty file would get the name.
        if (!CanRepeat && _hasWritten && !_isStored) throw new IOException("The content was read, and cannot be read again.");
        if (CanRepeat || !_isStored)
        {
            long offset = await OffsetAsync(connection, cancellationToken).ConfigureAwait(false);
            if (offset == 0 || offset != _length) await SendAsync(connection, offset, cancellationToken).ConfigureAwait(false);
            else await VerifyContentAsync(offset, cancellationToken).ConfigureAwait(false);
        }

        await VerifyAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    // All of it is there: what is compared with the caller's checksum while it is sent has not passed.
    private async ValueTask VerifyContentAsync(long length, CancellationToken cancellationToken)
    {
        if (_options.Checksum is not { } checksum) return;
        _meter.Enter(TransferPhase.Verifying, length);
        using FtpHasher hasher = await HashAsync(new FtpHasher(checksum), length, cancellationToken).ConfigureAwait(false);
        hasher.Verify();
    }

    public TransferResult Result(TimeSpan elapsed)
    {
        if (Outcome == TransferOutcome.Transferred) _meter.Enter(TransferPhase.Done, Written);
        return new TransferResult(_remote.ToString(), Written)
        {
            Outcome = Outcome,
            Checksums = _options.Checksum is { } checksum && Outcome == TransferOutcome.Transferred ? [checksum] : [],
            ResumedFrom = ResumedFrom,
            Attempts = _attempts,
            Elapsed = elapsed,
            FinalUrl = _connector.UrlOf(_remote),
        };
    }

    public void Dispose() => _checksum?.Dispose();

    // What is done about a file that has the name, and under which name the bytes go.
    private async ValueTask<bool> PlaceAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (_options.WhenExists != ExistingFile.Overwrite && !_isFree)
        {
            string asked = _remote.ToString();
            for (int number = 1; await connection.ExistsAsync(_remote, cancellationToken).ConfigureAwait(false); number++)
            {
                if (_options.WhenExists == ExistingFile.Skip)
                {
                    Outcome = TransferOutcome.Skipped;
                    return false;
                }

                if (_options.WhenExists == ExistingFile.Fail || _remote.IsExact) throw new IOException($"'{_remote}' exists already on the server.");
                _remote = NumberedName.Of(asked, number);
            }
        }

        _target = _options.UploadAside ? _remote.WithEnding(PartEnding(connection)) : _remote;
        _isPlaced = true;
        return true;
    }

    // A part that a later run may go on with is told by the server's hash of it, or else by its name.
    private string PartEnding(FtpConnection connection)
    {
        bool isWorthIt = CanRepeat && IsBinary && _options.Continue && FtpHashMethod.Choose(connection.Capabilities, null) is null;
        if (!isWorthIt || _content is not FileStream file || _length is not { } size || size < PartIdentity.WorthFrom) return ".part";
        int length = FtpDirectories.Split(_remote, connection.Options.Encoding).Name.Encode(connection.Options.Encoding).Length;
        if (!PartIdentity.Fits(length)) return ".part";
        _isNamedByContent = true;
        return $".{PartIdentity.Of(file.SafeFileHandle, _start, size)}.part";
    }

    // Behind what the server has, when it is of this content: written by us a moment ago, or proven to be by a hash or by its name.
    private async ValueTask<long> OffsetAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        Written = 0;
        if (!CanRepeat || !IsBinary) return 0;
        bool mayGoOn = _hasWritten || (_options.Continue && _options.UploadAside);
        // Alone under a name that was free, there is nothing that somebody else left.
        if (!mayGoOn && !_options.UploadAside && _options.WhenExists != ExistingFile.Overwrite) return 0;
        var facts = new FtpFacts(_target);
        await facts.AskAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!_hasWritten) _before = facts;
        if (!mayGoOn || facts.Size is not { } size || size == 0 || size > _length) return 0;
        // Some servers drop what came of an upload that was cut: what was there before is there again.
        bool isOfThisRun = _hasWritten && size <= Furthest && !(size == _before?.Size && facts.Modified == _before.Modified);
        if (!isOfThisRun && !await IsOursAsync(connection, size, cancellationToken).ConfigureAwait(false)) return 0;
        if (!_hasWritten) ResumedFrom = size;
        return Written = size;
    }

    private async ValueTask<bool> IsOursAsync(FtpConnection connection, long size, CancellationToken cancellationToken)
    {
        if (FtpHashMethod.Choose(connection.Capabilities, null) is not { } method) return _isNamedByContent;
        FtpHash there = await connection.HashAsync(_target, method.Algorithm, cancellationToken).ConfigureAwait(false);
        using FtpHasher here = await HashAsync(new FtpHasher(method.Algorithm), size, cancellationToken).ConfigureAwait(false);
        return string.Equals(here.Hex(), there.Hex, StringComparison.Ordinal);
    }

    private async ValueTask SendAsync(FtpConnection connection, long offset, CancellationToken cancellationToken)
    {
        FtpTransfer transfer = await OpenAsync(connection, offset, cancellationToken).ConfigureAwait(false);
        await using var closing = transfer.ConfigureAwait(false);
        _hasWritten = true;
        if (_options.Checksum is { } checksum)
        {
            _checksum ??= new FtpHasher(checksum);
            if (CanRepeat) await HashAsync(_checksum, Written, cancellationToken).ConfigureAwait(false);
        }

        _meter.Begin(Written, _length);
        if (IsBinary && transfer.PlainSocket is not null && _checksum is null && _content is FileStream { IsAsync: true } file) await SendFileAsync(transfer, file, cancellationToken).ConfigureAwait(false);
        else await CopyAsync(transfer, cancellationToken).ConfigureAwait(false);
        if (CanRepeat) _content.Position = _start + Written;
        _checksum?.Verify();
        await transfer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _isStored = true;
    }

    private async ValueTask<FtpTransfer> OpenAsync(FtpConnection connection, long offset, CancellationToken cancellationToken)
    {
        if (offset > 0)
        {
            try
            {
                return await FtpTransfer.OpenAsync(connection, FtpCommand.Store(_target), _options.Type, offset, isUpload: true, cancellationToken).ConfigureAwait(false);
            }
            catch (FtpReplyException refusal) when (refusal is { Command: "REST" or "STOR", IsSessionRefused: false } && connection.IsSettled)
            {
                // Servers are told by their administrators not to go on in files.
                Written = ResumedFrom = 0;
            }
        }

        return await FtpTransfer.OpenAsync(connection, FtpCommand.Store(_target), _options.Type, 0, isUpload: true, cancellationToken).ConfigureAwait(false);
    }

    // The kernel copies: nothing of the file passes through this process. In pieces of about a second, so that silence, cancellation and
    // progress are seen.
    private async ValueTask SendFileAsync(FtpTransfer transfer, FileStream file, CancellationToken cancellationToken)
    {
        while (Written < _length)
        {
            int count = (int)Math.Min(Math.Min(_piece, _options.RateLimit?.Piece ?? int.MaxValue), _length.Value - Written);
            if (_options.RateLimit is { } limit) await limit.PayAsync(count, _time, cancellationToken).ConfigureAwait(false);
            long started = _time.GetTimestamp();
            await transfer.SendFileAsync(file, _start + Written, count, cancellationToken).ConfigureAwait(false);
            TimeSpan took = _time.GetElapsedTime(started);
            if (took < PieceTime / 4 && _piece < 64 * 1024 * 1024) _piece *= 2;
            else if (took > PieceTime && _piece > BufferSize) _piece /= 2;
            Moved(count);
        }

        if (file.Length - _start < _length) throw new IOException("The file became shorter while it was sent.");
    }

    private ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_content is not FileStream { CanSeek: true } file) return _content.ReadAsync(buffer, cancellationToken);
#pragma warning disable CA1849, MA0042 // What the page cache has is here before a thread of the pool would have begun to fetch it.
        return new ValueTask<int>(RandomAccess.Read(file.SafeFileHandle, buffer.Span, _start + Written));
#pragma warning restore CA1849, MA0042
    }

    private async ValueTask CopyAsync(FtpTransfer transfer, CancellationToken cancellationToken)
    {
        if (CanRepeat) _content.Position = _start + Written;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        byte[] wire = IsBinary ? [] : ArrayPool<byte>.Shared.Rent(BufferSize * 4);
        var text = new LineEndFilter(!IsBinary);
        try
        {
            while (true)
            {
                int most = Math.Min(BufferSize, _options.RateLimit?.Piece ?? int.MaxValue);
                int read = await ReadAsync(buffer.AsMemory(0, most), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                if (_options.RateLimit is { } limit) await limit.PayAsync(read, _time, cancellationToken).ConfigureAwait(false);
                _checksum?.Append(buffer.AsSpan(0, read));
                ReadOnlyMemory<byte> sent = IsBinary ? buffer.AsMemory(0, read) : wire.AsMemory(0, text.ToWire(buffer.AsSpan(0, read), wire));
                await transfer.WriteAsync(sent, cancellationToken).ConfigureAwait(false);
                Moved(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (wire.Length > 0) ArrayPool<byte>.Shared.Return(wire);
        }
    }

    private void Moved(int bytes)
    {
        Written += bytes;
        Furthest = Math.Max(Furthest, Written);
        _meter.Moved(Written, _length);
    }

    private async ValueTask<FtpHasher> HashAsync(FtpHasher hasher, long length, CancellationToken cancellationToken)
    {
        hasher.Restart();
        _content.Position = _start;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (hasher.Bytes < length)
            {
                int read = await _content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, length - hasher.Bytes)), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                hasher.Append(buffer.AsSpan(0, read));
            }

            return hasher;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask VerifyAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (_options.Verify == FtpVerification.None || !IsBinary) return;
        _meter.Enter(TransferPhase.Verifying, Written);
        if (_options.Verify == FtpVerification.Hash && CanRepeat && FtpHashMethod.Choose(connection.Capabilities, null) is { } method)
        {
            FtpHash there = await connection.HashAsync(_target, method.Algorithm, cancellationToken).ConfigureAwait(false);
            using FtpHasher here = await HashAsync(new FtpHasher(method.Algorithm), Written, cancellationToken).ConfigureAwait(false);
            if (!string.Equals(here.Hex(), there.Hex, StringComparison.Ordinal))
                throw new IntegrityException($"The server has {there}, and {method.Algorithm}:{here.Hex()} was sent.") { Endpoint = connection.EndPoint };
            return;
        }

        long? size = await connection.SizeAsync(_target, cancellationToken).ConfigureAwait(false);
        if (size is { } has && has != Written)
            throw new IntegrityException($"{Written} bytes were sent, and the server has {has}, though it says that it is done.", isTransient: has < Written) { Endpoint = connection.EndPoint };
    }
}
