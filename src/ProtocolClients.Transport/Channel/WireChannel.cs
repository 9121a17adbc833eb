using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace ProtocolClients.Transport;

/// <summary>What a connection that lay idle shows before it is used again.</summary>
public enum IdleState
{
    /// <summary>Nothing arrived: as it should be.</summary>
    Quiet,

    /// <summary>Bytes are waiting that nobody asked for: a farewell (SMTP 421, NNTP 400) or news (IMAP).</summary>
    DataWaiting,

    /// <summary>The peer closed, or the channel is broken, or something was left half read or half written.</summary>
    Closed,
}

/// <summary>
/// Buffered reading and writing over a <see cref="Connection"/>, for text protocols. Three reads: a message (parsed; bounded
/// by <see cref="WireLimits.Message"/>), a block (dot-stuffed, streamed) and a count (streamed). Not safe for many tasks: one
/// reads and one writes at a time; a reader and a writer may work beside each other.
/// <para>
/// Any failure of reading or writing, cancellation included, breaks the channel: it would be out of step with the peer.
/// <see cref="IsBroken"/> is then true and every later use throws <see cref="TransportException"/>.
/// </para>
/// <code>
/// await channel.SendAsync(command, cancellationToken);
/// CodedReply reply = await channel.ReadAsync(parser, cancellationToken);
///
/// ReadOnlySpan&lt;byte&gt; line;                              // the hot path, without an allocation or await a line
/// while (!channel.TryRead(ref lines, out line)) await channel.FillAsync(cancellationToken);
/// </code>
/// </summary>
public sealed partial class WireChannel : IAsyncDisposable
{
    private readonly WireLink _link;
    private readonly WireLimits _limits;
    private readonly TimeProvider _time;
    private ReadBuffer _in = new();
    private Mode _mode;
    private Task<int>? _pending;
    private bool _nextIsSecret;

    /// <summary>Takes over an open connection.</summary>
    /// <param name="connection">The connection; disposed with the channel.</param>
    /// <param name="options">Limits, deadlines, time and wire log.</param>
    public WireChannel(Connection connection, WireChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        options ??= WireChannelOptions.Default;
        _link = new WireLink(connection, options);
        _out = new WireOutput(_link);
        _limits = options.Limits;
        _time = options.TimeProvider;
    }

    private enum Mode
    {
        Message,
        BlockEnded,
        Block,
        Count,
        Rest,
    }

    /// <summary>The number of the channel in wire logs, unique in this process.</summary>
    public long Id => _link.Id;

    /// <summary>The connection; another one after <see cref="UpgradeAsync"/> or <see cref="Transform"/>.</summary>
    public Connection Connection => _link.Connection;

    /// <summary>The limits, for parsers.</summary>
    public WireLimits Limits => _limits;

    /// <summary>How many bytes arrived and were not read yet.</summary>
    public int Buffered => _in.Length;

    /// <summary>True once a failure left the channel out of step with the peer.</summary>
    public bool IsBroken => _link.IsBroken;

    /// <summary>
    /// What is known of the delivery of what was written since the channel was made or since <see cref="CheckIdle"/>:
    /// <see cref="Delivery.NotSent"/> as long as nothing was flushed, then <see cref="Delivery.MaybeSent"/>.
    /// </summary>
    public Delivery Delivery => _link.Delivery;

    /// <summary>Takes one message from what is buffered, without waiting.</summary>
    /// <typeparam name="TParser">The parser.</typeparam>
    /// <typeparam name="TValue">The message.</typeparam>
    /// <param name="parser">The parser; remembers how far it searched, so pass the same one until the message is whole.</param>
    /// <param name="value">The message. A span is valid until the next read of any kind.</param>
    /// <returns>False when no whole message is buffered: <see cref="FillAsync"/> and try again.</returns>
    /// <exception cref="WireFormatException">The bytes do not fit the grammar, or a limit (<see cref="WireLimitException"/>).</exception>
    /// <exception cref="TransportException">The channel was broken before.</exception>
    public bool TryRead<TParser, TValue>(scoped ref TParser parser, [MaybeNullWhen(false)] out TValue value)
        where TParser : struct, IWireParser<TValue>
        where TValue : allows ref struct
    {
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        ReadOnlySpan<byte> unread = _in.Unread;
        OperationStatus status = OperationStatus.NeedMoreData;
        int used = 0;
        value = default;
        if (unread.IsEmpty) return false;
        try
        {
            status = parser.TryParse(unread, out used, out value);
        }
        catch (WireFormatException reason)
        {
            throw Broken(reason, unread);
        }
        catch (Exception reason)
        {
            _link.Break(reason);
            throw;
        }

        return Take(status, used, unread);
    }

    /// <summary>Takes one message from what is buffered, without waiting; for a parser that is kept boxed or is a class.</summary>
    /// <typeparam name="TValue">The message.</typeparam>
    /// <param name="parser">The parser; pass the same object until the message is whole.</param>
    /// <param name="value">The message. A span is valid until the next read of any kind.</param>
    /// <returns>False when no whole message is buffered: <see cref="FillAsync"/> and try again.</returns>
    /// <exception cref="WireFormatException">The bytes do not fit the grammar, or a limit (<see cref="WireLimitException"/>).</exception>
    /// <exception cref="TransportException">The channel was broken before.</exception>
    public bool TryRead<TValue>(IWireParser<TValue> parser, [MaybeNullWhen(false)] out TValue value)
        where TValue : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(parser);
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        ReadOnlySpan<byte> unread = _in.Unread;
        OperationStatus status = OperationStatus.NeedMoreData;
        int used = 0;
        value = default;
        if (unread.IsEmpty) return false;
        try
        {
            status = parser.TryParse(unread, out used, out value);
        }
        catch (WireFormatException reason)
        {
            throw Broken(reason, unread);
        }
        catch (Exception reason)
        {
            _link.Break(reason);
            throw;
        }

        return Take(status, used, unread);
    }

    /// <summary>Reads one message: <see cref="TryRead{TValue}"/> and <see cref="FillAsync"/> in a loop.</summary>
    /// <typeparam name="TValue">The message.</typeparam>
    /// <param name="parser">
    /// The parser, at the start of a message (a struct is copied into the call). Keep it as <see cref="IWireParser{TValue}"/>
    /// to box it once a connection instead of once a message.
    /// </param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="WireFormatException">The bytes do not fit the grammar, or a limit (<see cref="WireLimitException"/>).</exception>
    /// <exception cref="TransportException">
    /// The connection was lost, also in the middle of the message, or the <see cref="Deadlines.Command"/> deadline was missed.
    /// </exception>
    public ValueTask<TValue> ReadAsync<TValue>(IWireParser<TValue> parser, CancellationToken cancellationToken = default) =>
        TryRead(parser, out TValue? value) ? new ValueTask<TValue>(value) : ReadSlowlyAsync(parser, cancellationToken);

    /// <summary>Reads messages until one is final: HTTP 1xx, FTP 1yz and their like are counted, so a peer cannot send them for ever.</summary>
    /// <typeparam name="TValue">The message.</typeparam>
    /// <param name="parser">As for <see cref="ReadAsync{TValue}"/>.</param>
    /// <param name="isIntermediate">True for a message that another one follows; sees each message once, in order.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>The final message.</returns>
    /// <exception cref="WireLimitException">More than <see cref="WireLimits.IntermediateReplies"/> came before the final one.</exception>
    /// <exception cref="WireFormatException">As for <see cref="ReadAsync{TValue}"/>.</exception>
    /// <exception cref="TransportException">As for <see cref="ReadAsync{TValue}"/>.</exception>
    public async ValueTask<TValue> ReadFinalAsync<TValue>(
        IWireParser<TValue> parser,
        Func<TValue, bool> isIntermediate,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(isIntermediate);
        for (int seen = 0; ; seen++)
        {
            TValue message = await ReadAsync(parser, cancellationToken).ConfigureAwait(false);
            if (!isIntermediate(message)) return message;
            if (seen == _limits.IntermediateReplies)
                throw Broken(new WireLimitException(nameof(WireLimits.IntermediateReplies), _limits.IntermediateReplies), default);
        }
    }

    /// <summary>Waits for more bytes of a message, within the <see cref="Deadlines.Command"/> deadline of the message.</summary>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="WireLimitException">It is longer than <see cref="WireLimits.Message"/>.</exception>
    /// <exception cref="TransportException">The connection was lost, also in the middle of a message, or the deadline was missed.</exception>
    public async ValueTask FillAsync(CancellationToken cancellationToken = default)
    {
        if (await TryFillAsync(cancellationToken).ConfigureAwait(false)) return;
        throw _link.Break(_link.Lost("The peer closed the connection."));
    }

    /// <summary>
    /// As <see cref="FillAsync"/>, for protocols in which the peer may end the conversation by closing (Gopher, finger, whois).
    /// </summary>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>False when the peer closed and nothing is left unread.</returns>
    /// <exception cref="WireLimitException">It is longer than <see cref="WireLimits.Message"/>.</exception>
    /// <exception cref="TransportException">The connection was lost, also in the middle of a message, or the deadline was missed.</exception>
    public async ValueTask<bool> TryFillAsync(CancellationToken cancellationToken = default)
    {
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        if (_in.Length >= _limits.Message)
            throw Broken(new WireLimitException(nameof(WireLimits.Message), _limits.Message), _in.Unread);
        int received = await FillBufferAsync(DeadlinePhase.Command, ReadBuffer.Initial, cancellationToken).ConfigureAwait(false);
        if (received > 0) return true;
        if (_in.Length == 0) return false;
        // No grammar ends so, and yet it says nothing of the peer's grammar: connections are lost at any byte.
        LogMessage(_in.Unread);
        throw _link.Break(_link.Lost("The peer closed in the middle of a message."));
    }

    /// <summary>The wire log shows <c>***</c> instead of the next message: it will hold a secret (a challenge, a token).</summary>
    public void MarkNextMessageSecret() => _nextIsSecret = true;

    /// <summary>Declares the channel out of step with the peer. The first reason stays.</summary>
    /// <typeparam name="TException">The reason's type.</typeparam>
    /// <param name="reason">Why.</param>
    /// <returns>The reason, to throw.</returns>
    public TException Break<TException>(TException reason)
        where TException : Exception
    {
        ArgumentNullException.ThrowIfNull(reason);
        return _link.Break(reason);
    }

    /// <summary>Closes the connection. What was written and not flushed is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        // An array that the system may still write to or send from does not go back to the pool.
        if (_link.IsReceiving || _pending is { IsCompleted: false }) _in.Abandon();
        else _in.Return();
        if (!_link.IsTransmitting) _out.Return();
    }

    private async ValueTask<TValue> ReadSlowlyAsync<TValue>(IWireParser<TValue> parser, CancellationToken cancellationToken)
    {
        TValue? value;
        do await FillAsync(cancellationToken).ConfigureAwait(false);
        while (!TryRead(parser, out value));
        return value;
    }

    private bool Take(OperationStatus status, int used, ReadOnlySpan<byte> unread)
    {
        if (status == OperationStatus.NeedMoreData) return false;
        if (status != OperationStatus.Done)
            throw Broken(new WireFormatException("The peer sent bytes that do not fit the grammar."), unread);
        if (used > _limits.Message) throw Broken(new WireLimitException(nameof(WireLimits.Message), _limits.Message), unread);
        _in.Advance(used);
        _link.StopMessageClock();
        if (_link.Log is not null || _nextIsSecret) LogMessage(unread[..used]);
        return true;
    }

    // After a block or count that was read to its end the next message may begin; in the midst of one it may not.
    private void EndBody()
    {
        _link.ThrowIfUnusable();
        if (IsInBody || _mode == Mode.Rest)
            throw new InvalidOperationException("A body is being read: read it to its end, or drain it.");
        _mode = Mode.Message;
    }

    private async ValueTask<int> FillBufferAsync(DeadlinePhase phase, int wanted, CancellationToken cancellationToken)
    {
        int received;
        if (_pending is { } pending)
        {
            received = await _link.ReceivePendingAsync(pending, phase, cancellationToken).ConfigureAwait(false);
            _pending = null;
        }
        else
        {
            received = await _link.ReceiveAsync(_in.Free(wanted), phase, cancellationToken).ConfigureAwait(false);
        }

        _in.Filled(received);
        return received;
    }

    private WireFormatException Broken(WireFormatException reason, ReadOnlySpan<byte> unread)
    {
        if (_link.Log is not null && !unread.IsEmpty) LogMessage(unread);
        return _link.Break(_link.Located(reason));
    }

    private void LogMessage(ReadOnlySpan<byte> bytes)
    {
        _link.Log?.Write(_link.Id, WireDirection.Received, _nextIsSecret ? "***\r\n"u8 : bytes);
        _nextIsSecret = false;
    }
}
