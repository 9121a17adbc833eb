using System.Buffers;

namespace ProtocolClients.Transport;

/// <summary>What a channel wrote and did not send yet.</summary>
internal sealed class WireOutput(WireLink link)
{
    // What is written gathers up to here and then goes out by itself: pipelined commands share packets, memory stays flat.
    private const int FlushThreshold = 64 * 1024;

    private byte[] _bytes = [];
    private int _length;
    private bool _hasSecret;

    public int Length => _length;

    public ValueTask WriteAsync(CommandBuilder command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        link.ThrowIfUnusable();
        ReadOnlySpan<byte> line = command.Bytes;
        Span<byte> room = Room(line.Length + 2);
        line.CopyTo(room);
        "\r\n"u8.CopyTo(room[line.Length..]);
        _length += line.Length + 2;
        _hasSecret |= command.Secrets.Count > 0;
        if (link.Log is not null)
        {
            link.Log.Write(link.Id, WireDirection.Sent, command.Secrets.Count == 0
                ? room[..(line.Length + 2)]
                : Redaction.Redact(room[..(line.Length + 2)], command.Secrets));
        }

        return _length >= FlushThreshold ? FlushAsync(DeadlinePhase.Command, cancellationToken) : default;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        link.ThrowIfUnusable();
        link.Log?.Write(link.Id, WireDirection.Sent, bytes.Span);
        return WriteUnloggedAsync(bytes, cancellationToken);
    }

    public ValueTask WriteSecretAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        link.ThrowIfUnusable();
        link.Log?.Write(link.Id, WireDirection.Sent, bytes.Span.EndsWith("\r\n"u8) ? "***\r\n"u8 : "***"u8);
        _hasSecret = true;
        return WriteUnloggedAsync(bytes, cancellationToken);
    }

    public async ValueTask<long> WriteBlockAsync(
        Stream source,
        BareLineEnds bareLineEnds,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        link.ThrowIfUnusable();
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
                    if (_length >= FlushThreshold - 8) await FlushAsync(DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
                }
            }

            if (!Finish(ref encoder)) throw new ArgumentException("The text ends in a bare CR.", nameof(source));
            return total;
        }
        catch (Exception reason)
        {
            // Half a block is written: whatever follows would be taken for text.
            link.Break(reason);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    public async ValueTask WriteCountAsync(Stream source, long length, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        link.ThrowIfUnusable();
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
            link.Break(reason);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private int? Encode(ref DotStuffEncoder encoder, ReadOnlySpan<byte> text)
    {
        Span<byte> room = Room(FlushThreshold - _length)[..(FlushThreshold - _length)];
        OperationStatus status = encoder.Encode(text, room, out int consumed, out int written);
        link.Log?.Write(link.Id, WireDirection.Sent, room[..written]);
        _length += written;
        return status == OperationStatus.InvalidData ? null : consumed;
    }

    private bool Finish(ref DotStuffEncoder encoder)
    {
        Span<byte> room = Room(7);
        if (encoder.Finish(room, out int written) == OperationStatus.InvalidData) return false;
        link.Log?.Write(link.Id, WireDirection.Sent, room[..written]);
        _length += written;
        return true;
    }

    private ValueTask WriteUnloggedAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length >= ReadBuffer.Initial) return WriteThroughAsync(bytes, cancellationToken);
        bytes.Span.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return _length >= FlushThreshold ? FlushAsync(DeadlinePhase.Idle, cancellationToken) : default;
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await FlushAsync(DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
        await link.TransmitAsync(bytes, DeadlinePhase.Idle, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FlushAsync(DeadlinePhase phase, CancellationToken cancellationToken)
    {
        link.ThrowIfUnusable();
        if (_length == 0) return;
        await link.TransmitAsync(_bytes.AsMemory(0, _length), phase, cancellationToken).ConfigureAwait(false);
        // What a secret was sent from does not go back to the pool with it.
        if (_hasSecret) _bytes.AsSpan(0, _length).Clear();
        _hasSecret = false;
        _length = 0;
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + count, Math.Max(_bytes.Length * 2, 1024)));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            Return();
            _bytes = larger;
        }

        return _bytes.AsSpan(_length);
    }

    public void Return()
    {
        byte[] returned = _bytes;
        _bytes = [];
        if (returned.Length > 0) ArrayPool<byte>.Shared.Return(returned, clearArray: _hasSecret);
    }
}
