using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Data under TLS: its session, and what a server says to who only sends.</content>
internal sealed partial class FtpTransfer
{
    private static readonly TimeSpan HearOutLimit = TimeSpan.FromSeconds(1);

    // A farewell of TLS 1.3 has 24 bytes, the smallest ticket some 80.
    private const int LongestFarewell = 48;

    private Task? _hearing;
    private CountedStream? _counted;
    private long _handshake;

    private async ValueTask SecureAsync(CancellationToken cancellationToken)
    {
        try
        {
            Connection below = _data!;
            if (_isUpload) below = below.WithStream(_counted = new CountedStream(below.Stream));
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

    // A server that does not end in time is not waited for. One that gave no ticket (proftpd gives uploads none) leaves nothing for the next
    // data connection of this control connection to resume.
    private async ValueTask HeardOutAsync(Task hearing)
    {
        try
        {
            await hearing.WaitAsync(HearOutLimit, _control.Options.TimeProvider).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or IOException or SocketException or ObjectDisposedException)
        {
            // What came by then is all there is.
        }

        if (_data?.Stream is SslStream { SslProtocol: SslProtocols.Tls13 } && _counted!.Received - _handshake < LongestFarewell) _control.SpendSession();
    }
}
