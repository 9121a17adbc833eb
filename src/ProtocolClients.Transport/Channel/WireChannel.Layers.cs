namespace ProtocolClients.Transport;

public sealed partial class WireChannel
{
    /// <summary>
    /// Puts TLS under the channel, after the peer's go-ahead to STARTTLS. Refuses bytes that came with the go-ahead: someone
    /// in between put them there to be taken for what the peer says under TLS (CVE-2021-22947 and its kin).
    /// </summary>
    /// <param name="upgrade">Does the handshake and gives the new connection over the old one's stream.</param>
    /// <param name="cancellationToken">Ends the handshake and breaks the channel.</param>
    /// <exception cref="WireFormatException">Bytes came after the go-ahead in clear text; the channel is broken.</exception>
    /// <exception cref="InvalidOperationException">Something written was not flushed, or a body is being read.</exception>
    public async ValueTask UpgradeAsync(
        Func<Connection, CancellationToken, ValueTask<Connection>> upgrade,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upgrade);
        ThrowUnlessBetweenMessages();
        if (_in.Length > 0)
            throw Broken(new WireFormatException("The peer sent bytes in clear text after its go-ahead to TLS."), _in.Unread);
        try
        {
            _link.Connection = await upgrade(_link.Connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            _link.Break(reason);
            throw;
        }

        _in.Return();
        _in = new ReadBuffer();
        _link.StopMessageClock();
        _link.Note("TLS");
    }

    /// <summary>
    /// Puts another layer under the channel, compression for example (RFC 4978, RFC 8054). What was read already and belongs
    /// to the new layer is handed to it first.
    /// </summary>
    /// <param name="layer">Makes the new stream over the old one; it disposes the old one with itself.</param>
    /// <exception cref="InvalidOperationException">Something written was not flushed, or a body is being read.</exception>
    public void Transform(Func<Stream, Stream> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ThrowUnlessBetweenMessages();
        byte[] left = _in.Unread.ToArray();
        _in.Advance(left.Length);
        Connection below = _link.Connection;
        _link.Connection = below.WithStream(layer(left.Length == 0 ? below.Stream : new PrefixedStream(left, below.Stream)));
        _link.Note("another layer");
    }

    /// <summary>
    /// Looks at an idle connection before it is used again, without waiting and without sending. Where it cannot ask the socket it begins a
    /// read that the next message then completes. From here on <see cref="Delivery"/> speaks of the next operation.
    /// </summary>
    public IdleState CheckIdle()
    {
        if (_link.IsUnusable || IsInBody || _mode == Mode.Rest || _out.Length > 0)
            return IdleState.Closed;
        _mode = Mode.Message;
        _link.StopMessageClock();
        _link.HasSent = false;
        if (_in.Length > 0) return IdleState.DataWaiting;
        try
        {
            // A plain socket is asked; a read that is left waiting costs an operation of its own.
            if (_pending is null && _link.Connection.Socket is { } socket)
            {
                if (!socket.Poll(0, System.Net.Sockets.SelectMode.SelectRead)) return IdleState.Quiet;
                if (socket.Available > 0) return IdleState.DataWaiting;
            }

            StartPending();
        }
        catch (Exception reason) when (reason is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            _link.Break(_link.Lost("The connection was lost while idle: " + reason.Message, reason));
            return IdleState.Closed;
        }

        if (!_pending!.IsCompleted) return IdleState.Quiet;
        if (_pending.IsCompletedSuccessfully && _pending.GetAwaiter().GetResult() > 0) return IdleState.DataWaiting;
        _link.Break(_link.Lost("The peer closed the connection while it was idle.", _pending.Exception?.InnerException));
        return IdleState.Closed;
    }

    /// <summary>
    /// Waits until the peer sends something, as long as the caller likes: news (IMAP IDLE). Neither the limit nor cancellation
    /// breaks the channel; the <see cref="Deadlines.Command"/> deadline of a message begins when it is read.
    /// </summary>
    /// <param name="limit">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait; the channel stays usable.</param>
    /// <returns>True when something came, or the peer closed: the next read shows which. False when the limit passed.</returns>
    public async ValueTask<bool> WaitForDataAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        cancellationToken.ThrowIfCancellationRequested();
        if (_in.Length > 0) return true;
        try
        {
            StartPending();
            await _pending!.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (Exception reason) when (reason is not OperationCanceledException)
        {
            // What ended the connection is the next read's to tell.
        }

        _link.StopMessageClock();
        return true;
    }

    private void StartPending()
    {
        // Without a token: this read outlives the call that begins it.
        _pending ??= _link.Connection.Stream.ReadAsync(_in.Free(ReadBuffer.Initial), CancellationToken.None).AsTask();
    }

    private void ThrowUnlessBetweenMessages()
    {
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        if (_out.Length > 0) throw new InvalidOperationException("What was written must be flushed first.");
        if (_pending is not null) throw new InvalidOperationException("A read is under way: read the peer's go-ahead first.");
    }
}
