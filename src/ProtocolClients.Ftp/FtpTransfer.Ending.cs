using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>The control connection while data moves: signs of life, failures explained, breaking off.</content>
internal sealed partial class FtpTransfer
{
    /// <summary>Sends the rest of a file without a copy of it through this process; <see cref="PlainSocket"/> must be there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="count">How many bytes.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public async ValueTask SendFileAsync(FileStream file, long offset, int count, CancellationToken cancellationToken)
    {
        CancellationToken token = _control.DataClock.Start(_control.Options.Deadlines.Idle, cancellationToken);
        try
        {
            using var sending = new FileSend(file, offset, count);
            await sending.RunAsync(PlainSocket!, token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw await FailedAsync(reason, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _control.DataClock.Stop();
        }

        Bytes += count;
        if (IsSilent) await KeepAliveAsync().ConfigureAwait(false);
    }

    // Its answer comes before the final reply where a server reads along, behind it where it does not. Not the caller's token: what was moved
    // has counted by now, and his cancellation would lose it. The Command deadline bounds the write.
    private async ValueTask KeepAliveAsync()
    {
        _lastWord = _control.Options.TimeProvider.GetTimestamp();
        await _control.WriteAsync(FtpCommand.NoOperation, CancellationToken.None).ConfigureAwait(false);
        await _control.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        _noops++;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FtpReply> FinalReplyAsync(CancellationToken cancellationToken)
    {
        if (_final is { } known) return known;
        // A NOOP on the way began a deadline of its own: the one of this wait begins now.
        if (_noops > 0) await _control.WaitForReplyAsync(cancellationToken).ConfigureAwait(false);
        FtpReply final;
        int begun = 0;
        while (true)
        {
            final = await _control.ReadReplyAsync(cancellationToken).ConfigureAwait(false);
            if (final.IsPreliminary)
            {
                Preliminary = final;
                if (++begun > _control.Options.Limits.IntermediateReplies)
                    throw _control.GiveUp(new WireLimitException(nameof(WireLimits.IntermediateReplies), _control.Options.Limits.IntermediateReplies) { Endpoint = _control.EndPoint });
                continue;
            }

            // The final reply of a transfer is 226 or 250, or says what went wrong with it; 200 and "unknown command" are about NOOP.
            if (_noops == 0 || final.Code is not (200 or 500 or 502)) break;
            _noops--;
        }

        _final = final;
        // A server that answers no NOOP during a transfer costs the connection, not the transfer.
        if (_noops > 0 && _control.State != FtpConnectionState.Dismissed) await _control.TrySettleAsync(cancellationToken).ConfigureAwait(false);
        return final;
    }

    private async ValueTask<Exception> FailedAsync(Exception reason, CancellationToken cancellationToken)
    {
        switch (reason)
        {
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                return new OperationCanceledException(reason.Message, reason, cancellationToken);
            case OperationCanceledException:
                return new TransportException(TransportError.Timeout, $"The Idle deadline of {_control.Options.Deadlines.Idle.TotalSeconds:0.###} s passed.", reason)
                {
                    Phase = DeadlinePhase.Idle,
                    Endpoint = _control.EndPoint,
                    Delivery = Delivery.MaybeSent,
                };
            case InvalidDataException:
                // Also how a compressed stream ends that was cut.
                var garbled = new WireFormatException("The data is not compressed as agreed: " + reason.Message, reason) { Endpoint = _control.EndPoint };
                return await ExplainedAsync(garbled, cancellationToken).ConfigureAwait(false);
            // The last is how the platform ends TLS over a connection that broke in the middle of something.
            case IOException or SocketException or ObjectDisposedException or AuthenticationException or CryptographicException:
                return await ExplainedAsync(_control.Lost("The data connection was lost: " + reason.Message, reason), cancellationToken).ConfigureAwait(false);
            default:
                return reason;
        }
    }

    // The data connection broke: why, the control connection may know (426, 451, 522, 552).
    private async ValueTask<Exception> ExplainedAsync(ProtocolClientException failure, CancellationToken cancellationToken)
    {
        await CloseDataAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _control.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            FtpReply final = await FinalReplyAsync(either.Token).ConfigureAwait(false);
            Over();
            return final.IsPositive ? failure : Refused(final, begun: Preliminary.Code != 0);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException(cancellationToken);
        }
        catch (Exception silence) when (silence is ProtocolClientException or OperationCanceledException)
        {
            return failure is TransportException || !_control.IsBroken ? failure : _control.Lost("The connection was lost: " + silence.Message, failure);
        }
    }

    // RFC 959 §4.1.3: ABOR is answered twice, once for the transfer (426, or 226 when it was over) and once for itself; in either order.
    private async ValueTask AbortAsync()
    {
        if (_control.IsBroken || _control.State != FtpConnectionState.Transferring)
        {
            await CloseDataAsync().ConfigureAwait(false);
            return;
        }

        // First, and by a reset: servers that read no commands during a transfer notice nothing else, and to a server that receives, an orderly
        // end is the end of a file.
        ResetData();
        await CloseDataAsync().ConfigureAwait(false);
        try
        {
            if (_final is null) await _control.InterruptAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ProtocolClientException or OperationCanceledException)
        {
            // The connection is then of no more use, which its state shows.
        }

        Over();
    }

    private void ResetData()
    {
        try
        {
            // The socket itself: its stream says an orderly end before it closes, whatever is set.
            _socket?.Close(0);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }
}
