using System.Buffers;

namespace ProtocolClients.Transport;

public sealed partial class WireChannel
{
    // Below this a read goes through the buffer, so that what follows the body comes with the same system call.
    private const int DirectRead = 4 * 1024;

    private DotStuffDecoder _decoder;
    private long _remaining;

    private bool IsInBody => _mode == Mode.Block || (_mode == Mode.Count && _remaining > 0);

    /// <summary>Begins a dot-stuffed block: what <see cref="ReadBlockAsync"/> reads next.</summary>
    /// <param name="bareLineEnds">What is done with a bare CR or LF in it.</param>
    public void BeginBlock(BareLineEnds bareLineEnds = BareLineEnds.Refuse)
    {
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        _decoder = new DotStuffDecoder { BareLineEnds = bareLineEnds };
        _mode = Mode.Block;
    }

    /// <summary>Reads text of the block that <see cref="BeginBlock"/> began.</summary>
    /// <param name="buffer">Takes the text, lines ended by CR LF; not empty.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>How many bytes; 0 at the end of the block, after which the next message may be read.</returns>
    /// <exception cref="WireFormatException">The peer closed inside the block, or sent a bare CR or LF that is refused.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask<int> ReadBlockAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReadDecodedAsync(buffer, DeadlinePhase.Idle, cancellationToken);

    /// <summary>The block that follows, as a stream; see <see cref="ReadBlockAsync(Memory{byte}, CancellationToken)"/>.</summary>
    /// <param name="bareLineEnds">What is done with a bare CR or LF in it.</param>
    /// <returns>
    /// A stream to be read to its end. Disposing it early reads and drops the rest, up to <see cref="WireLimits.Drain"/> bytes
    /// and within the <see cref="Deadlines.Command"/> deadline; beyond them the channel breaks.
    /// </returns>
    public Stream OpenBlock(BareLineEnds bareLineEnds = BareLineEnds.Refuse)
    {
        BeginBlock(bareLineEnds);
        return new BodyStream(this, isBlock: true);
    }

    /// <summary>Begins a count: what <see cref="ReadCountAsync"/> reads next. Nothing is allocated by it.</summary>
    /// <param name="length">How many bytes.</param>
    public void BeginCount(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (_mode != Mode.Message || _link.IsUnusable) EndBody();
        _remaining = length;
        _mode = Mode.Count;
    }

    /// <summary>Reads bytes of the count that <see cref="BeginCount"/> began; large reads go straight into the buffer given.</summary>
    /// <param name="buffer">Takes the bytes; not empty.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>How many bytes; 0 when all were read.</returns>
    /// <exception cref="WireFormatException">The peer closed before all bytes came.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask<int> ReadCountAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReadCountedAsync(buffer, DeadlinePhase.Idle, cancellationToken);

    /// <summary>So many bytes that follow, as a stream; see <see cref="ReadCountAsync(Memory{byte}, CancellationToken)"/>.</summary>
    /// <param name="length">How many bytes.</param>
    /// <returns>
    /// A stream to be read to its end. Disposing it early reads and drops the rest, up to <see cref="WireLimits.Drain"/> bytes
    /// and within the <see cref="Deadlines.Command"/> deadline; beyond them the channel breaks.
    /// </returns>
    public Stream OpenCount(long length)
    {
        BeginCount(length);
        return new BodyStream(this, isBlock: false);
    }

    /// <summary>
    /// Reads so many bytes into memory. The array grows with what arrives, never with what was announced.
    /// </summary>
    /// <param name="length">How many bytes were announced.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="WireLimitException">More than <see cref="WireLimits.InMemory"/> were announced.</exception>
    /// <exception cref="WireFormatException">The peer closed before all bytes came.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public async ValueTask<byte[]> ReadBytesAsync(long length, CancellationToken cancellationToken = default)
    {
        if (length > _limits.InMemory || length > Array.MaxLength)
            throw Broken(new WireLimitException(nameof(WireLimits.InMemory), _limits.InMemory), default);
        BeginCount(length);
        byte[] bytes = length == 0 ? [] : new byte[Math.Min(length, Math.Max(_in.Length, ReadBuffer.Initial))];
        for (int filled = 0; filled < length;)
        {
            if (filled == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(length, bytes.Length * 2L));
            filled += await ReadCountAsync(bytes.AsMemory(filled), cancellationToken).ConfigureAwait(false);
        }

        return bytes;
    }

    /// <summary>Reads what comes until the peer closes: the body of protocols that end so (Gopher, finger, whois).</summary>
    /// <param name="buffer">Takes the bytes; not empty.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>How many bytes; 0 when the peer closed.</returns>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public async ValueTask<int> ReadRestAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfEmpty(buffer);
        if (_mode == Mode.Rest) _link.ThrowIfUnusable();
        else EndBody();
        _mode = Mode.Rest;
        return await CopyOrReceiveAsync(buffer, DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads and drops the rest of the block or count that is being read, up to <see cref="WireLimits.Drain"/> bytes and within
    /// the <see cref="Deadlines.Command"/> deadline; breaks the channel when that is not enough. Never throws for the peer's sake.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>True when the channel is fit for the next message.</returns>
    public async ValueTask<bool> DrainAsync(CancellationToken cancellationToken = default)
    {
        if (_link.IsUnusable) return false;
        if (_mode is not (Mode.Block or Mode.Count)) return true;
        if (_mode == Mode.Count && _remaining > _limits.Drain) return TooMuch();
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ReadBuffer.Initial);
        try
        {
            _link.StartMessageClock();
            bool isBlock = _mode == Mode.Block;
            for (int dropped = 0; ;)
            {
                int read = isBlock
                    ? await ReadDecodedAsync(scratch, DeadlinePhase.Command, cancellationToken).ConfigureAwait(false)
                    : await ReadCountedAsync(scratch, DeadlinePhase.Command, cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                dropped += read;
                if (dropped > _limits.Drain && IsInBody) return TooMuch();
            }

            _link.StopMessageClock();
            return true;
        }
        catch (ProtocolClientException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        bool TooMuch()
        {
            Abandon();
            return false;
        }
    }

    // A body that nobody reads to its end: the next message cannot be found.
    internal void Abandon()
    {
        if (IsInBody) _link.Break(_link.Lost("A body was left before its end."));
    }

    private static void ThrowIfEmpty(Memory<byte> buffer)
    {
        if (buffer.IsEmpty) throw new ArgumentException("The buffer is empty: 0 is the end.", nameof(buffer));
    }

    private async ValueTask<int> ReadDecodedAsync(Memory<byte> buffer, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        ThrowIfEmpty(buffer);
        _link.ThrowIfUnusable();
        if (_mode == Mode.BlockEnded)
        {
            _mode = Mode.Message;
            return 0;
        }

        if (_mode != Mode.Block) throw new InvalidOperationException("No block was begun.");
        while (true)
        {
            OperationStatus status = _decoder.Decode(_in.Unread, buffer.Span, out int consumed, out int written);
            if (status == OperationStatus.InvalidData)
                throw Broken(new WireFormatException("The peer sent a bare CR or LF in a block."), default);
            _link.Log?.Write(_link.Id, WireDirection.Received, _in.Unread[..consumed]);
            _in.Advance(consumed);
            if (status == OperationStatus.Done) _mode = written > 0 ? Mode.BlockEnded : Mode.Message;
            if (status == OperationStatus.Done || written > 0) return written;
            int received = await FillBufferAsync(phase, ReadBuffer.Large, cancellationToken).ConfigureAwait(false);
            if (received == 0) throw Broken(new WireFormatException("The peer closed in the middle of a block."), default);
        }
    }

    private async ValueTask<int> ReadCountedAsync(Memory<byte> buffer, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        ThrowIfEmpty(buffer);
        _link.ThrowIfUnusable();
        if (_mode != Mode.Count) throw new InvalidOperationException("No count was begun.");
        if (_remaining == 0) return 0;
        if (buffer.Length > _remaining) buffer = buffer[..(int)_remaining];
        int read = await CopyOrReceiveAsync(buffer, phase, cancellationToken).ConfigureAwait(false);
        if (read == 0) throw Broken(new WireFormatException($"The peer closed {_remaining} bytes before the end it had announced."), default);
        _remaining -= read;
        return read;
    }

    private async ValueTask<int> CopyOrReceiveAsync(Memory<byte> buffer, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        int read;
        if (_in.Length == 0 && _pending is null && buffer.Length >= DirectRead)
        {
            read = await _link.ReceiveAsync(buffer, phase, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (_in.Length == 0) await FillBufferAsync(phase, ReadBuffer.Initial, cancellationToken).ConfigureAwait(false);
            read = Math.Min(buffer.Length, _in.Length);
            _in.Unread[..read].CopyTo(buffer.Span);
            _in.Advance(read);
        }

        if (read > 0) _link.Log?.Write(_link.Id, WireDirection.Received, buffer.Span[..read]);
        return read;
    }
}
