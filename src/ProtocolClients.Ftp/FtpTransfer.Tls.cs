using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Data under TLS: its session, and what a server says to who only sends.</content>
internal sealed partial class FtpTransfer
{
    private static readonly TimeSpan HearOutLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TicketTime = TimeSpan.FromMilliseconds(1);

    // A farewell of TLS 1.3 has 24 bytes, the smallest ticket some 80.
    private const int LongestFarewell = 48;

    private const int FirstPiece = 4096;

    private Task? _hearing;
    private CountedStream? _counted;
    private long _handshake;
    private bool _isSecured;
    private ReadOnlyMemory<byte> _proof;

    /// <summary>
    /// Waits for the first bytes, or the end, of what comes under TLS. To who refuses a data connection for its TLS session a handshake went well, and
    /// data that ends before it begins looks like an empty file: only the reply tells, and it is to come while all can still be done once more.
    /// </summary>
    /// <exception cref="FtpReplyException">The server says that there is nothing.</exception>
    public async ValueTask ProveAsync(CancellationToken cancellationToken)
    {
        if (_isUpload || !_isSecured || _isOver) return;
        byte[] first = new byte[FirstPiece];
        int read = await ReceiveAsync(first, cancellationToken).ConfigureAwait(false);
        _proof = first.AsMemory(0, read);
        // They count when they are taken.
        Bytes = 0;
        if (read > 0) return;
        await CompleteAsync(cancellationToken).ConfigureAwait(false);
        _stream = Stream.Null;
    }

    private int TakeProof(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _proof.Length);
        _proof.Span[..count].CopyTo(buffer);
        _proof = _proof[count..];
        Bytes += count;
        return count;
    }

    // 522 is what servers say that miss a session to resume (vsftpd); 425 (proftpd) says of any data connection that there is none, also of one
    // that is there and has its TLS.
    private FtpReplyException Refused(FtpReply reply, bool begun) => new(_command.Verb, reply, begun)
    {
        Endpoint = _control.EndPoint,
        IsSessionRefused = _control.ProtectsData && (reply.Code == 522 || (reply.Code == 425 && _isSecured)) && (_isUpload || (Bytes == 0 && _proof.IsEmpty)),
    };

    private async ValueTask SecureAsync(CancellationToken cancellationToken)
    {
        try
        {
            Connection below = _data!;
            _isSecured = true;
            below = below.WithStream(_isUpload ? _counted = new CountedStream(below.Stream) : new ReadAheadStream(below.Stream));
            _data = await _control.SecureDataAsync(below, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw await ExplainedAsync(failure, cancellationToken).ConfigureAwait(false);
        }

        if (_counted is null || _data.Stream is not SslStream tls) return;
        _handshake = _counted.Received;
        _hearing = HearAsync(tls);
    }

    // What a server says over TLS to who only sends: the ticket for the next data connection (TLS 1.3, each is good for one), and its end. Heard
    // from the beginning on, since nothing is read any more once our own end was told.
    private static async Task HearAsync(SslStream tls)
    {
        byte[] nothing = new byte[256];
        while (await tls.ReadAsync(nothing, CancellationToken.None).ConfigureAwait(false) > 0)
        {
        }
    }

    // The platform says no goodbye in the middle of a ticket that comes in ("shutdown while in init"): it is whole a moment later, or the server is
    // gone, which ends the hearing.
    private async ValueTask SayGoodbyeAsync(SslStream tls, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await tls.ShutdownAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (CryptographicException) when (_hearing is { IsCompleted: false })
            {
                await Task.Delay(TicketTime, _control.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // A server that does not end in time is not waited for. One that gave no ticket (proftpd gives uploads none) leaves nothing for the next
    // data connection of this control connection to resume.
    private async ValueTask HeardOutAsync(Task hearing)
    {
        await EndHeardAsync(hearing).ConfigureAwait(false);
        if (_data?.Stream is SslStream { SslProtocol: SslProtocols.Tls13 } && _counted!.Received - _handshake < LongestFarewell) _control.SpendSession();
    }

    private async ValueTask EndHeardAsync(Task hearing)
    {
        try
        {
            await hearing.WaitAsync(HearOutLimit, _control.Options.TimeProvider).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or IOException or SocketException or ObjectDisposedException or CryptographicException)
        {
            // What came by then is all there is.
        }
    }
}
