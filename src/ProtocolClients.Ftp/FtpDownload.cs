using System.Buffers;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One file on its way from the server into a file here, across attempts and, when its part is kept, processes: it goes on where the last one
/// broke off as long as the server's file still has the size and the time that it had, and begins anew when it has not.
/// </summary>
internal sealed class FtpDownload : IDisposable
{
    // Each read that has to wait costs a trip through the thread pool.
    private const int MaxBuffer = 1024 * 1024;
    private const int MinBuffer = 16 * 1024;

    // What is written together should still be in the processor's cache.
    private const int GatheredBytes = 64 * 1024;

    private const long ReserveFrom = 1024 * 1024;

    private readonly FtpPath _remote;
    private readonly FtpTransferOptions _options;
    private readonly PartFile _file;
    private readonly PartState? _state;
    private readonly FtpConnector _connector;
    private readonly TransferMeter _meter;
    private readonly TimeProvider _time;
    private readonly FtpHasher? _checksum;
    private string? _identity;
    private FtpHasher? _verified;
    private FtpFacts? _facts;

    public FtpDownload(FtpConnector connector, FtpPath remote, string local, FtpTransferOptions options, FtpFacts? known = null)
    {
        _remote = remote;
        _options = options;
        _time = connector.Options.TimeProvider;
        _meter = new TransferMeter(options.Progress, _time);
        _connector = connector;
        Known = known;
        bool overwrite = options.WhenExists == ExistingFile.Overwrite;
        bool keeps = options.Continue && options.Type == FtpDataType.Binary;
        _file = keeps ? PartFile.OpenOrCreate(local, overwrite, static part => !part.Keep || PartState.IsThere(part.PartPath)) : PartFile.Create(local, overwrite);
        try
        {
            if (options.Checksum is { } checksum) _checksum = new FtpHasher(checksum);
            if (!keeps) return;
            _state = new PartState(_file.PartPath);
            long left = RandomAccess.GetLength(_file.Handle);
            if (left == 0) return;
            _identity = _state.Load(Source);
            if (_identity is null) RandomAccess.SetLength(_file.Handle, 0);
            else Written = ResumedFrom = left;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a listing said of the file, so that it need not be asked for again.</summary>
    public FtpFacts? Known { get; }

    /// <summary>The bytes that are here and belong to the content.</summary>
    public long Written { get; private set; }

    public long ResumedFrom { get; private set; }

    public int Attempts { get; private set; }

    public string Path => _file.Path;

    /// <summary>One attempt, over one connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        Attempts++;
        if (_options.Verify == FtpVerification.Hash && _verified is null && FtpHashMethod.Choose(connection.Capabilities, null) is { } method)
            _verified = new FtpHasher(method.Algorithm);
        if (Written > 0) await PlaceAsync(connection, cancellationToken).ConfigureAwait(false);
        if (Written == 0 || Written != Size) await FetchAsync(connection, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(connection, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The file is whole: gives it its name.</summary>
    public TransferResult Commit(TimeSpan elapsed, Uri? url)
    {
        _checksum?.Verify();
        if (_options.KeepTime && _facts?.Modified is { } modified) File.SetLastWriteTimeUtc(_file.Handle, modified.UtcDateTime);
        string asked = _file.Path;
        _file.Commit(_options.Durable, _options.WhenExists == ExistingFile.Rename ? taken => NumberedName.Of(asked, taken) : null);
        _state?.Delete();
        _meter.Enter(TransferPhase.Done, Written);
        return new TransferResult(_file.Path, Written)
        {
            Checksums = _options.Checksum is { } checksum ? [checksum] : [],
            ResumedFrom = ResumedFrom,
            Attempts = Attempts,
            Elapsed = elapsed,
            FinalUrl = url,
        };
    }

    /// <summary>What is left is of no use to a later run.</summary>
    public void GiveUp(Exception failure)
    {
        bool useless = failure is WireFormatException or IntegrityException { IsTransient: false } or FtpReplyException { IsTransient: false };
        // Only a part that is known again is of use to a later run; any other would be taken for somebody else's.
        if (!useless && Written > 0 && _state is not null && PartState.IsThere(_file.PartPath)) return;
        _file.Keep = false;
        _state?.Delete();
    }

    public void Dispose()
    {
        _file.Dispose();
        _checksum?.Dispose();
        _verified?.Dispose();
    }

    private string Source => _connector.SourceOf(_remote);

    private long? Size => _facts?.Size;

    // Goes on behind what is here when it is of the content that the server still has; else begins anew.
    private async ValueTask PlaceAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        await connection.PrepareAsync(FtpDataType.Binary, cancellationToken).ConfigureAwait(false);
        _facts = new FtpFacts(_remote);
        await _facts.AskAsync(connection, cancellationToken).ConfigureAwait(false);
        if (_facts.Identity is not { } identity || identity != _identity || Written > Size)
        {
            BeginAnew();
            return;
        }

        if (_checksum is not null && _checksum.Bytes != Written) await ReadAgainAsync(_checksum, cancellationToken).ConfigureAwait(false);
        if (_verified is not null && _verified.Bytes != Written) await ReadAgainAsync(_verified, cancellationToken).ConfigureAwait(false);
    }

    private void BeginAnew()
    {
        RandomAccess.SetLength(_file.Handle, 0);
        Written = ResumedFrom = 0;
        _checksum?.Restart();
        _verified?.Restart();
    }

    // Before the first byte is written it is known whose it is.
    private void Prepare()
    {
        string? identity = _options.Type == FtpDataType.Binary ? _facts?.Identity : null;
        if (_identity != identity)
        {
            if (identity is null) _state?.Delete();
            // What one read brings is not worth a file of its own.
            else if (Size > MaxBuffer) _state?.Save(Source, identity);
            _identity = identity;
        }

        if (Size is { } room && room - Written >= ReserveFrom) _file.Reserve(room);
        _meter.Begin(Written, Size);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FetchAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        FtpTransfer transfer = await OpenAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var closing = transfer.ConfigureAwait(false);
        Prepare();
        // TLS and compression give a record at a time.
        bool gathers = _options.Type == FtpDataType.Binary && transfer.PlainSocket is null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp((Size ?? MaxBuffer) - Written, MinBuffer, gathers ? GatheredBytes + MinBuffer : MaxBuffer));
        try
        {
            if (gathers) await GatherAsync(transfer, buffer, cancellationToken).ConfigureAwait(false);
            else await CopyAsync(transfer, buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await transfer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        if (Size is { } size && Written != size && _options.Verify != FtpVerification.None)
            throw new IntegrityException($"{Written} bytes came of {size}, though the server says that it is done.", isTransient: Written < size) { Endpoint = connection.EndPoint };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyAsync(FtpTransfer transfer, byte[] buffer, CancellationToken cancellationToken)
    {
        var text = new LineEndFilter(_options.Type == FtpDataType.Ascii);
        while (true)
        {
            int lead = text.Lead;
            int read = await transfer.ReadAsync(buffer.AsMemory(lead, Math.Min(buffer.Length - lead, Piece)), cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            if (_options.RateLimit is { } limit) await limit.PayAsync(read, _time, cancellationToken).ConfigureAwait(false);
            Write(buffer.AsSpan(0, text.ToLocal(buffer.AsSpan(0, lead + read))));
        }

        if (text.End(buffer) > 0) Write(buffer.AsSpan(0, 1));
    }

    // The records that are at hand are written together.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask GatherAsync(FtpTransfer transfer, byte[] buffer, CancellationToken cancellationToken)
    {
        int start = 0;
        int end = 0;
        try
        {
            while (true)
            {
                ValueTask<int> next = transfer.ReadAsync(buffer.AsMemory(end, Math.Min(buffer.Length - end, Piece)), cancellationToken);
                if (!next.IsCompleted) Flush();
                int read = await next.ConfigureAwait(false);
                if (read == 0) break;
                end += read;
                if (_options.RateLimit is { } limit) await limit.PayAsync(read, _time, cancellationToken).ConfigureAwait(false);
                if (buffer.Length - end >= MinBuffer && end < GatheredBytes) continue;
                Flush();
                start = end = 0;
            }
        }
        finally
        {
            Flush();
        }

        void Flush()
        {
            if (end > start) Write(buffer.AsSpan(start, end - start));
            start = end;
        }
    }

    private int Piece => _options.RateLimit?.Piece ?? int.MaxValue;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FtpTransfer> OpenAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        FtpCommand command = FtpCommand.Retrieve(_remote);
        if (Written > 0)
        {
            try
            {
                return await FtpTransfer.OpenAsync(connection, command, _options.Type, Written, isUpload: false, cancellationToken).ConfigureAwait(false);
            }
            catch (FtpReplyException refusal) when (refusal is { Command: "REST", IsTransient: false })
            {
                // A server that begins nowhere else sends it all again.
                BeginAnew();
            }
        }

        // What a listing told is good enough for a file that is fetched from its beginning.
        FtpFacts? asked = null;
        // A size is of bytes as they are there: of text it says nothing.
        if (_options.Type != FtpDataType.Binary) _facts = Known is null ? null : new FtpFacts(_remote, null, Known.Modified);
        else if (Known is not null && Attempts == 1) _facts = Known;
        else _facts = asked = new FtpFacts(_remote);
        return await FtpTransfer.OpenAsync(connection, command, _options.Type, 0, isUpload: false, asked, cancellationToken).ConfigureAwait(false);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _checksum?.Append(bytes);
        _verified?.Append(bytes);
#pragma warning disable CA1849, MA0042 // A write to the page cache is done before a thread of the pool would have begun it.
        RandomAccess.Write(_file.Handle, bytes, Written);
#pragma warning restore CA1849, MA0042
        Written += bytes.Length;
        _meter.Moved(Written, Size);
        if (Written > Size && _options.Verify != FtpVerification.None) throw new IntegrityException($"The server sends more than the {Size} bytes that it names.") { Endpoint = _connector.EndPoint };
    }

    private async ValueTask ReadAgainAsync(FtpHasher hasher, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxBuffer);
        try
        {
            hasher.Restart();
            for (long at = 0; at < Written;)
            {
                int read = await RandomAccess.ReadAsync(_file.Handle, buffer.AsMemory(0, (int)Math.Min(buffer.Length, Written - at)), at, cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                hasher.Append(buffer.AsSpan(0, read));
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask VerifyAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (_verified is null) return;
        _meter.Enter(TransferPhase.Verifying, Written);
        FtpHash there = await connection.HashAsync(_remote, _verified.Algorithm, cancellationToken).ConfigureAwait(false);
        string here = _verified.Hex();
        if (!string.Equals(here, there.Hex, StringComparison.Ordinal))
            throw new IntegrityException($"The server has {there}, and {_verified.Algorithm}:{here} came.") { Endpoint = connection.EndPoint, Delivery = Delivery.Answered };
    }
}
