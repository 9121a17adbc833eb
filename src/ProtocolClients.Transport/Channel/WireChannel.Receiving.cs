using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.Transport;

public sealed partial class WireChannel
{
    // Every byte that arrives comes through here. EOF is 0.
    private async ValueTask<int> FillBufferAsync(DeadlinePhase phase, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int received;
        if (_pending is { } pending)
        {
            received = await ReceivePendingAsync(pending, phase, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            received = await ReceiveAsync(_in.Free(wanted), phase, cancellationToken).ConfigureAwait(false);
        }

        _in.Filled(received);
        return received;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> target, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        CancellationToken token = _readClock.Start(Remaining(phase), cancellationToken);
        try
        {
            return await _connection.Stream.ReadAsync(target, token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
        finally
        {
            _readClock.Stop();
        }
    }

    // A read that began while nobody waited for it, in CheckIdle or WaitForDataAsync.
    private async ValueTask<int> ReceivePendingAsync(Task<int> pending, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        try
        {
            int received = await pending.WaitAsync(Remaining(phase), _time, cancellationToken).ConfigureAwait(false);
            _pending = null;
            return received;
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
    }

    private void StartPending()
    {
        // Without a token: this read outlives the call that begins it.
        _pending ??= _connection.Stream.ReadAsync(_in.Free(ReadBuffer.Initial), CancellationToken.None).AsTask();
    }

    // Commands are timed from the last flush, or from the first wait for the message, to the message's end: a peer that
    // drips a byte now and then does not get a new deadline for each. Bodies are timed by silence.
    private TimeSpan Remaining(DeadlinePhase phase)
    {
        TimeSpan limit = _options.Deadlines[phase];
        if (phase != DeadlinePhase.Command || limit == Timeout.InfiniteTimeSpan) return limit;
        if (!_messageTimed) StartMessageClock();
        TimeSpan left = limit - _time.GetElapsedTime(_messageStart);
        return left > TimeSpan.Zero ? left : throw Break(Missed(phase, cause: null));
    }

    private void StartMessageClock()
    {
        _messageStart = _time.GetTimestamp();
        _messageTimed = true;
    }

    private Exception Failed(Exception reason, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        switch (reason)
        {
            case OperationCanceledException when cancellationToken.IsCancellationRequested:
                // The token that ended the wait is ours; the caller looks for his.
                return Break(new OperationCanceledException(reason.Message, reason, cancellationToken));
            case OperationCanceledException or TimeoutException:
                return Break(Missed(phase, reason));
            case IOException or SocketException or ObjectDisposedException:
                return Break(Lost("The connection was lost: " + reason.Message, reason));
            default:
                return Break(reason);
        }
    }

    private TransportException Missed(DeadlinePhase phase, Exception? cause) =>
        new(TransportError.Timeout, $"The {phase} deadline of {_options.Deadlines[phase].TotalSeconds:0.###} s passed.", cause)
        {
            Phase = phase,
            Endpoint = _connection.EndPoint,
            Delivery = Delivery,
        };

    private TransportException Lost(string message, Exception? cause) => new(TransportError.ConnectionLost, message, cause)
    {
        Endpoint = _connection.EndPoint,
        Delivery = Delivery,
    };

    // Parsers know nothing of the peer: the same failure again, with the facts of this connection.
    private WireFormatException Broken(WireFormatException reason, ReadOnlySpan<byte> unread)
    {
        if (_log is not null && !unread.IsEmpty) LogMessage(unread);
        return Break(reason is WireLimitException limit
            ? new WireLimitException(limit.Limit, limit.Value, limit.Message) { Endpoint = _connection.EndPoint, Delivery = Delivery }
            : new WireFormatException(reason.Message, reason.InnerException) { Endpoint = _connection.EndPoint, Delivery = Delivery });
    }

    private void LogMessage(ReadOnlySpan<byte> bytes)
    {
        _log?.Write(Id, WireDirection.Received, _nextIsSecret ? "***\r\n"u8 : bytes);
        _nextIsSecret = false;
    }

    private void Note(string text) => _log!.Write(Id, WireDirection.Note, Encoding.UTF8.GetBytes(text));
}
