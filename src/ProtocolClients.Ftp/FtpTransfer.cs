using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// One transfer: a data connection and the command that it belongs to, from the agreement on a port to the final reply. Nothing counts as done
/// before that reply. Only <see cref="CompleteAsync"/> ends it well; disposing it before breaks it off (ABOR).
/// </summary>
internal sealed partial class FtpTransfer : IAsyncDisposable
{
    private static readonly TimeSpan AfterEnd = TimeSpan.FromSeconds(5);

    // A file of less is over before it matters.
    private const long FastFrom = 1024 * 1024;

    private readonly FtpConnection _control;
    private readonly FtpCommand _command;
    private readonly bool _isUpload;
    private SocketWait _wait;
    private Connection? _data;
    private Socket? _socket;
    private Stream _stream = Stream.Null;
    private FtpReply? _final;
    private bool _isOver;
    private int _noops;
    private long _lastWord;

    private FtpTransfer(FtpConnection control, FtpCommand command, bool isUpload)
    {
        _control = control;
        _command = command;
        _isUpload = isUpload;
        _lastWord = control.Options.TimeProvider.GetTimestamp();
    }

    /// <summary>Bytes that were read or written, before compression.</summary>
    public long Bytes { get; private set; }

    /// <summary>What the server said when it began: some name the file's length there.</summary>
    public FtpReply Preliminary { get; private set; }

    /// <summary>What the server said at the end.</summary>
    public FtpReply Final => _final ?? throw new InvalidOperationException("The transfer is not over.");

    public FtpConnection Control => _control;

    /// <summary>The data connection's own socket, when bytes go over it as they are: what sendfile needs.</summary>
    public Socket? PlainSocket => _control.Deflates ? null : _data?.Socket;

    /// <summary>Agrees on a data connection, sends the command and opens the data connection.</summary>
    /// <param name="control">The control connection.</param>
    /// <param name="command">RETR, STOR, LIST …</param>
    /// <param name="type">What the bytes are.</param>
    /// <param name="offset">Where to begin (REST); 0 for the beginning.</param>
    /// <param name="isUpload">Whether data goes to the server.</param>
    /// <param name="facts">Filled with the size and time of the file that is read, where they cost nothing more; null for not.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="FtpReplyException">The server refused the command, or to restart at an offset.</exception>
    /// <exception cref="TransportException">No data connection came about.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<FtpTransfer> OpenAsync(
        FtpConnection control, FtpCommand command, FtpDataType type, long offset, bool isUpload, FtpFacts? facts, CancellationToken cancellationToken)
    {
        await control.PrepareAsync(type, cancellationToken).ConfigureAwait(false);
        if (facts is not null && (offset > 0 || !control.MayAskTogether)) await facts.AskAsync(control, cancellationToken).ConfigureAwait(false);
        var transfer = new FtpTransfer(control, command, isUpload);
        try
        {
            await transfer.ConnectAsync(offset, facts, cancellationToken).ConfigureAwait(false);
            return transfer;
        }
        catch
        {
            await transfer.CloseDataAsync().ConfigureAwait(false);
            // The command is at the server, and nobody will wait for what becomes of it.
            if (control.State == FtpConnectionState.Transferring) control.GiveUp();
            throw;
        }
    }

    /// <summary>As the other one, without facts.</summary>
    public static ValueTask<FtpTransfer> OpenAsync(
        FtpConnection control, FtpCommand command, FtpDataType type, long offset, bool isUpload, CancellationToken cancellationToken) =>
        OpenAsync(control, command, type, offset, isUpload, null, cancellationToken);

    /// <summary>Reads data; 0 at the end of it, which <see cref="CompleteAsync"/> has to confirm.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _proof.IsEmpty ? ReceiveAsync(buffer, cancellationToken) : new ValueTask<int>(TakeProof(buffer.Span));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        TimeSpan limit = _control.Options.Deadlines.Idle;
        // What the server says is done already is here, or never comes.
        bool isDone = _final is not null;
        if (isDone && (limit > AfterEnd || limit == Timeout.InfiniteTimeSpan)) limit = AfterEnd;
        CancellationToken token = _control.DataClock.Prepare(limit, cancellationToken);
        int read;
        try
        {
            if (Bytes >= FastFrom && PlainSocket is { } socket) _wait.WaitAMoment(socket);
            ValueTask<int> next = _stream.ReadAsync(buffer, token);
            if (!next.IsCompleted) _control.DataClock.Arm(limit);
            read = await next.ConfigureAwait(false);
        }
        catch (Exception silence) when (isDone && Bytes == 0 && silence is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception reason)
        {
            throw await FailedAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _control.DataClock.Stop();
        }

        Bytes += read;
        if (read > 0 && IsSilent) await KeepAliveAsync().ConfigureAwait(false);
        return read;
    }

    /// <summary>Writes data.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        CancellationToken token = _control.DataClock.Start(_control.Options.Deadlines.Idle, cancellationToken);
        try
        {
            await _stream.WriteAsync(bytes, token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw await FailedAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _control.DataClock.Stop();
        }

        Bytes += bytes.Length;
        if (IsSilent) await KeepAliveAsync().ConfigureAwait(false);
    }

    /// <summary>All data was read, or written: closes the data connection and waits for the server's word that it is done.</summary>
    /// <param name="cancellationToken">Ends the wait; of what was read it may be begun again.</param>
    /// <exception cref="FtpReplyException">The server says that it is not; also to who asks once more.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_isOver)
        {
            if (_final is { IsPositive: false } refusal) throw Refused(refusal, begun: true);
            return;
        }

        if (_isUpload) await EndWritingAsync(cancellationToken).ConfigureAwait(false);
        // Some servers (vsftpd) say that they are done only when the data connection of a download is closed on this side too.
        else await CloseDataAsync().ConfigureAwait(false);
        FtpReply final = await FinalReplyAsync(cancellationToken).ConfigureAwait(false);
        if (_hearing is not null) await HeardOutAsync(_hearing).ConfigureAwait(false);
        await CloseDataAsync().ConfigureAwait(false);
        Over();
        if (!final.IsPositive) throw Refused(final, begun: true);
    }

    /// <summary>Breaks the transfer off unless it is over.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isOver) await AbortAsync().ConfigureAwait(false);
    }

    private bool IsSilent => _control.Options.KeepAlive != Timeout.InfiniteTimeSpan
        && _control.Options.TimeProvider.GetElapsedTime(_lastWord) >= _control.Options.KeepAlive;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ConnectAsync(long offset, FtpFacts? facts, CancellationToken cancellationToken)
    {
        if (_control.Options.DataMode == FtpDataMode.Active)
        {
            using ActivePort port = await _control.ListenAsync(cancellationToken).ConfigureAwait(false);
            await SendCommandAsync(offset, cancellationToken).ConfigureAwait(false);
            if (!await BeginsAsync(cancellationToken).ConfigureAwait(false)) return;
            _data = await AcceptAsync(port, cancellationToken).ConfigureAwait(false);
        }
        else if (offset == 0 && _control.MayAskTogether)
        {
            // One round trip for all. The command waits at the server for the data connection.
            if (facts is not null) await facts.WriteAsync(_control, cancellationToken).ConfigureAwait(false);
            await _control.WritePassiveAsync(cancellationToken).ConfigureAwait(false);
            await SendCommandAsync(0, cancellationToken).ConfigureAwait(false);
            if (facts is not null) await facts.ReadAsync(_control, cancellationToken).ConfigureAwait(false);
            EndPoint target = await _control.ReadPassiveAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _data = await _control.DialDataAsync(target, cancellationToken).ConfigureAwait(false);
            }
            catch (TransportException failure)
            {
                // A server that refuses the command may have closed the port by now (proftpd): what it says of the command is the reason.
                throw await ExplainedAsync(failure, cancellationToken).ConfigureAwait(false);
            }

            if (!await BeginsAsync(cancellationToken).ConfigureAwait(false)) return;
        }
        else
        {
            _data = await DialAsync(await _control.EnterPassiveAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await SendCommandAsync(offset, cancellationToken).ConfigureAwait(false);
            if (!await BeginsAsync(cancellationToken).ConfigureAwait(false)) return;
        }

        _socket = _data.Socket;
        // The handshake comes behind the command: servers look at the data connection only then.
        if (_control.ProtectsData) await SecureAsync(cancellationToken).ConfigureAwait(false);
        _stream = _control.Deflates ? Deflate(_data.Stream) : _data.Stream;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendCommandAsync(long offset, CancellationToken cancellationToken)
    {
        if (offset > 0)
        {
            // RFC 3659 §5.3: nothing between REST and its command. A server that does not restart must not be sent the command: STOR would
            // empty the file.
            FtpReply restart = await RestartAsync(offset, cancellationToken).ConfigureAwait(false);
            if (!restart.IsIntermediate) throw _control.Refused("REST", restart);
        }

        _control.Transfers(running: true);
        await _control.WriteAsync(_command, cancellationToken).ConfigureAwait(false);
        await _control.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    // An offset that is left standing would be the next transfer's.
    private async ValueTask<FtpReply> RestartAsync(long offset, CancellationToken cancellationToken)
    {
        try
        {
            return await _control.SendAsync(FtpCommand.Restart(offset), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _control.GiveUp();
            throw;
        }
    }

    // 1yz; or the end of it: a refusal, or 226 at once, which some servers say of an empty listing and others before what they send is read.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> BeginsAsync(CancellationToken cancellationToken)
    {
        FtpReply reply = await _control.ReadReplyAsync(cancellationToken).ConfigureAwait(false);
        if (reply.IsPreliminary)
        {
            Preliminary = reply;
            return true;
        }

        if (reply.IsPositive && _data is not null)
        {
            _final = reply;
            return true;
        }

        await CloseDataAsync().ConfigureAwait(false);
        Over();
        if (!reply.IsPositive) throw Refused(reply, begun: false);
        if (_isUpload) throw new WireFormatException($"The server says that it is done before it took anything: {reply}") { Endpoint = _control.EndPoint };
        _final = reply;
        return false;
    }

    private ZLibStream Deflate(Stream below) => _isUpload
        ? new ZLibStream(below, CompressionLevel.Fastest, leaveOpen: true)
        : new ZLibStream(below, CompressionMode.Decompress, leaveOpen: true);

    // A port may have been taken by another, or lie behind a firewall that reads only the older form: another one is asked for.
    private async ValueTask<Connection> DialAsync(EndPoint target, CancellationToken cancellationToken)
    {
        try
        {
            return await _control.DialDataAsync(target, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure) when (failure.Error is TransportError.Connect or TransportError.Timeout && _control.TryOlderForm())
        {
            return await _control.DialDataAsync(await _control.EnterPassiveAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Connection> AcceptAsync(ActivePort port, CancellationToken cancellationToken)
    {
        using PhaseDeadline deadline = PhaseDeadline.Start(_control.Options.TimeProvider, _control.Options.Deadlines, DeadlinePhase.Connect, cancellationToken);
        try
        {
            return await port.AcceptAsync(_control.EndPoint, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw await ExplainedAsync(deadline.Missed(_control.EndPoint, cause), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CloseDataAsync()
    {
        if (_data is not { } data) return;
        _data = null;
        await CloseAsync(data).ConfigureAwait(false);
        // Behind it: what compresses still has something to write, which nobody may be reading.
        if (_stream is ZLibStream deflate) await CloseAsync(deflate).ConfigureAwait(false);
    }

    private static async ValueTask CloseAsync(IAsyncDisposable layer)
    {
        try
        {
            await layer.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidDataException or AuthenticationException or CryptographicException)
        {
            // Gone already: the final reply says what came of it.
        }
    }

    // The end of what is sent is the end of the connection: told to TLS and to TCP before it is closed, since closing a connection with
    // unread bytes (the tickets of TLS 1.3) resets it, and a reset can overtake the last bytes of a file.
    private async ValueTask EndWritingAsync(CancellationToken cancellationToken)
    {
        CancellationToken token = _control.DataClock.Start(_control.Options.Deadlines.Idle, cancellationToken);
        try
        {
            if (_stream is ZLibStream deflate)
            {
                _stream = Stream.Null;
                await deflate.DisposeAsync().AsTask().WaitAsync(token).ConfigureAwait(false);
            }

            await EndConnectionAsync(token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw await FailedAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _control.DataClock.Stop();
        }
    }

    // All was written. A server that knows so (a compressed stream has an end) may be gone before it hears it: what it has, its reply says.
    private async ValueTask EndConnectionAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_data?.Stream is SslStream tls) await SayGoodbyeAsync(tls, cancellationToken).ConfigureAwait(false);
            // A proxy that sees our end may close the other side with the server's tickets unread, and that reset overtakes the file (squid): there
            // the server ends first, which has our goodbye.
            if (_hearing is not null && _data?.Proxy is not null) await EndHeardAsync(_hearing).ConfigureAwait(false);
            if (_socket is not null) _socket.Shutdown(SocketShutdown.Send);
            else await CloseDataAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or CryptographicException)
        {
            await CloseDataAsync().ConfigureAwait(false);
        }
    }

    private void Over()
    {
        _isOver = true;
        if (_control.State == FtpConnectionState.Transferring) _control.Transfers(running: false);
    }
}
