using System.Buffers;

namespace ProtocolClients.Transport;

public sealed partial class WireChannel
{
    // What is written gathers up to here and then goes out by itself: pipelined commands share packets, memory stays flat.
    private const int FlushThreshold = 64 * 1024;

    private byte[] _out = [];
    private int _outLength;
    private bool _outHasSecret;

    /// <summary>How many bytes were written and not flushed yet.</summary>
    public int Unflushed => _outLength;

    /// <summary>Writes one command line with its CR LF, and flushes only when 64 KiB have gathered: for pipelining.</summary>
    /// <param name="command">The line; copied, so it may be cleared and used again.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public ValueTask WriteAsync(CommandBuilder command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        ThrowIfUnusable();
        ReadOnlySpan<byte> line = command.Bytes;
        Span<byte> room = OutputRoom(line.Length + 2);
        line.CopyTo(room);
        "\r\n"u8.CopyTo(room[line.Length..]);
        _outLength += line.Length + 2;
        _outHasSecret |= command.Secrets.Count > 0;
        if (_log is not null)
        {
            _log.Write(Id, WireDirection.Sent, command.Secrets.Count == 0
                ? room[..(line.Length + 2)]
                : Redaction.Redact(room[..(line.Length + 2)], command.Secrets));
        }

        return _outLength >= FlushThreshold ? FlushOutputAsync(DeadlinePhase.Command, cancellationToken) : default;
    }

    /// <summary>Writes bytes as they are, and flushes only when 64 KiB have gathered. Long ones go straight to the socket.</summary>
    /// <param name="bytes">The bytes; copied, or on the wire when the task ends.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        _log?.Write(Id, WireDirection.Sent, bytes.Span);
        return WriteUnloggedAsync(bytes, cancellationToken);
    }

    /// <summary>As <see cref="WriteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, for a secret: the wire log shows <c>***</c>.</summary>
    /// <param name="bytes">The secret; a CR LF at its end is no part of it.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public ValueTask WriteSecretAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        _log?.Write(Id, WireDirection.Sent, bytes.Span.EndsWith("\r\n"u8) ? "***\r\n"u8 : "***"u8);
        _outHasSecret = true;
        return WriteUnloggedAsync(bytes, cancellationToken);
    }

    /// <summary>Writes one command line and flushes.</summary>
    /// <param name="command">The line.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public async ValueTask SendAsync(CommandBuilder command, CancellationToken cancellationToken = default)
    {
        await WriteAsync(command, cancellationToken).ConfigureAwait(false);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends what was written.</summary>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Command"/> deadline was missed.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => FlushOutputAsync(DeadlinePhase.Command, cancellationToken);

    /// <summary>Writes a text as a dot-stuffed block with its end; the last flush is the caller's.</summary>
    /// <param name="source">The text; read to its end.</param>
    /// <param name="bareLineEnds">What is done with a bare CR or LF in it. Neither is ever sent.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <returns>How many bytes of text were read.</returns>
    /// <exception cref="ArgumentException">The text has a bare CR or LF that is refused; the channel is broken, the block unfinished.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public async ValueTask<long> WriteBlockAsync(
        Stream source,
        BareLineEnds bareLineEnds = BareLineEnds.Refuse,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ThrowIfUnusable();
        byte[] text = ArrayPool<byte>.Shared.Rent(FlushThreshold);
        long total = 0;
        try
        {
            var encoder = new DotStuffEncoder { BareLineEnds = bareLineEnds };
            while (true)
            {
                int read = await source.ReadAsync(text, cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                total += read;
                for (int done = 0; done < read;)
                {
                    done += Encode(ref encoder, text.AsSpan(done, read - done))
                        ?? throw new ArgumentException("The text has a bare CR or LF.", nameof(source));
                    if (_outLength >= FlushThreshold - 8) await FlushOutputAsync(DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
                }
            }

            if (!Finish(ref encoder)) throw new ArgumentException("The text ends in a bare CR.", nameof(source));
            return total;
        }
        catch (Exception reason)
        {
            // Half a block is written: whatever follows would be taken for text.
            Break(reason);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>Writes exactly so many bytes of a stream; the last flush is the caller's.</summary>
    /// <param name="source">Where they come from.</param>
    /// <param name="length">How many were announced to the peer.</param>
    /// <param name="cancellationToken">Ends the wait and breaks the channel.</param>
    /// <exception cref="EndOfStreamException">The source has fewer; the channel is broken.</exception>
    /// <exception cref="TransportException">The connection was lost, or the <see cref="Deadlines.Idle"/> deadline was missed.</exception>
    public async ValueTask WriteCountAsync(Stream source, long length, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ThrowIfUnusable();
        byte[] bytes = ArrayPool<byte>.Shared.Rent(FlushThreshold);
        try
        {
            for (long left = length; left > 0;)
            {
                int read = await source.ReadAsync(bytes.AsMemory(0, (int)Math.Min(left, bytes.Length)), cancellationToken)
                    .ConfigureAwait(false);
                if (read == 0) throw new EndOfStreamException($"The source ended {left} bytes before the length announced to the peer.");
                await WriteAsync(bytes.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
            }
        }
        catch (Exception reason)
        {
            Break(reason);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private int? Encode(ref DotStuffEncoder encoder, ReadOnlySpan<byte> text)
    {
        Span<byte> room = OutputRoom(FlushThreshold - _outLength)[..(FlushThreshold - _outLength)];
        OperationStatus status = encoder.Encode(text, room, out int consumed, out int written);
        _log?.Write(Id, WireDirection.Sent, room[..written]);
        _outLength += written;
        return status == OperationStatus.InvalidData ? null : consumed;
    }

    private bool Finish(ref DotStuffEncoder encoder)
    {
        Span<byte> room = OutputRoom(7);
        if (encoder.Finish(room, out int written) == OperationStatus.InvalidData) return false;
        _log?.Write(Id, WireDirection.Sent, room[..written]);
        _outLength += written;
        return true;
    }

    private ValueTask WriteUnloggedAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length >= ReadBuffer.Initial) return WriteThroughAsync(bytes, cancellationToken);
        bytes.Span.CopyTo(OutputRoom(bytes.Length));
        _outLength += bytes.Length;
        return _outLength >= FlushThreshold ? FlushOutputAsync(DeadlinePhase.Idle, cancellationToken) : default;
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await FlushOutputAsync(DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
        await TransmitAsync(bytes, DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FlushOutputAsync(DeadlinePhase phase, CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        if (_outLength == 0) return;
        await TransmitAsync(_out.AsMemory(0, _outLength), phase, cancellationToken).ConfigureAwait(false);
        // What a secret was sent from does not go back to the pool with it.
        if (_outHasSecret) _out.AsSpan(0, _outLength).Clear();
        _outHasSecret = false;
        _outLength = 0;
    }

    private async ValueTask TransmitAsync(ReadOnlyMemory<byte> bytes, DeadlinePhase phase, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CancellationToken token = _writeClock.Start(_options.Deadlines[phase], cancellationToken);
        try
        {
            _sent = true;
            StartMessageClock();
            await _connection.Stream.WriteAsync(bytes, token).ConfigureAwait(false);
            await _connection.Stream.FlushAsync(token).ConfigureAwait(false);
        }
        catch (Exception reason)
        {
            throw Failed(reason, phase, cancellationToken);
        }
        finally
        {
            _writeClock.Stop();
        }
    }

    private Span<byte> OutputRoom(int count)
    {
        if (_out.Length - _outLength < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_outLength + count, Math.Max(_out.Length * 2, 1024)));
            _out.AsSpan(0, _outLength).CopyTo(larger);
            ReturnOutput();
            _out = larger;
        }

        return _out.AsSpan(_outLength);
    }

    private void ReturnOutput()
    {
        byte[] bytes = _out;
        _out = [];
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes, clearArray: _outHasSecret);
    }
}
