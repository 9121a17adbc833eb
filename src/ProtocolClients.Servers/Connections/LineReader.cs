using System.Buffers;
using System.IO.Pipelines;

namespace ProtocolClients.Servers;

/// <summary>
/// Buffers what a peer sent and cuts it into lines. The pipe is filled on demand by its only reader, so nothing is read ahead
/// of a change of stream (STARTTLS) that the handler did not ask for, and a cancelled read loses nothing.
/// </summary>
internal sealed class LineReader
{
    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false));

    private long _scanned;

    /// <summary>Bytes read from the stream and not yet taken.</summary>
    public long Buffered { get; private set; }

    /// <summary>Room to read into, then told by <see cref="Filled"/>.</summary>
    public Memory<byte> Room() => _pipe.Writer.GetMemory(4096);

    /// <summary>Takes over what was read into <see cref="Room"/>.</summary>
    public async ValueTask Filled(int count)
    {
        _pipe.Writer.Advance(count);
        Buffered += count;
        await _pipe.Writer.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Takes the next line without its end.</summary>
    /// <param name="maxLength">The most bytes of the line.</param>
    /// <param name="ending">What ends it.</param>
    /// <param name="take">What to do with the line's bytes, which are valid only during the call.</param>
    /// <param name="state">Passed to <paramref name="take"/>.</param>
    /// <returns>False when the line's end has not arrived yet.</returns>
    /// <exception cref="ServerLimitException">The line is too long.</exception>
    /// <exception cref="InvalidDataException">A CR or LF stands alone, and <paramref name="ending"/> does not allow it.</exception>
    public bool TryReadLine<TState>(int maxLength, ServerLineEnding ending, ReadOnlySpanAction<byte, TState> take, TState state)
    {
        if (Buffered == 0 || !_pipe.Reader.TryRead(out ReadResult read)) return false;
        ReadOnlySequence<byte> buffer = read.Buffer;
        SequencePosition consumed = buffer.Start;
        try
        {
            // What was scanned before holds no LF: a line that arrives byte by byte is not searched from its start each time.
            SequencePosition? feed = buffer.Slice(_scanned).PositionOf((byte)'\n');
            if (feed is null)
            {
                // One byte more may be the CR of the end.
                if (buffer.Length > maxLength && !(buffer.Length == maxLength + 1 && Last(buffer) == '\r')) throw TooLong(maxLength);
                _scanned = buffer.Length;
                return false;
            }

            ReadOnlySequence<byte> line = buffer.Slice(0, feed.Value);
            bool carriage = line.Length > 0 && Last(line) == '\r';
            if (carriage) line = line.Slice(0, line.Length - 1);
            if (line.Length > maxLength) throw TooLong(maxLength);
            if (ending == ServerLineEnding.CrLf)
            {
                if (!carriage) throw new InvalidDataException("The peer ended a line with LF alone, not CR LF.");
                if (line.PositionOf((byte)'\r') is not null) throw new InvalidDataException("The peer sent a CR inside a line.");
            }

            if (line.IsSingleSegment) take(line.FirstSpan, state);
            else TakeCopy(line, take, state);
            consumed = buffer.GetPosition(1, feed.Value);
            return true;
        }
        finally
        {
            Advance(buffer, consumed);
        }
    }

    /// <summary>Copies buffered bytes; 0 when there are none.</summary>
    public int Take(Span<byte> destination)
    {
        if (Buffered == 0 || destination.IsEmpty || !_pipe.Reader.TryRead(out ReadResult read)) return 0;
        ReadOnlySequence<byte> part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, destination.Length));
        part.CopyTo(destination);
        Advance(read.Buffer, part.End);
        return (int)part.Length;
    }

    /// <summary>Throws away what is buffered.</summary>
    public void Discard()
    {
        if (Buffered == 0 || !_pipe.Reader.TryRead(out ReadResult read)) return;
        Advance(read.Buffer, read.Buffer.End);
    }

    private void Advance(ReadOnlySequence<byte> buffer, SequencePosition consumed)
    {
        Buffered = buffer.Slice(consumed).Length;
        if (!consumed.Equals(buffer.Start)) _scanned = 0;
        // Nothing is marked as examined beyond what was consumed, or TryRead would hide the rest until more arrives.
        _pipe.Reader.AdvanceTo(consumed);
    }

    private static byte Last(ReadOnlySequence<byte> bytes) =>
        bytes.IsSingleSegment ? bytes.FirstSpan[^1] : bytes.Slice(bytes.Length - 1).FirstSpan[0];

    private static void TakeCopy<TState>(ReadOnlySequence<byte> line, ReadOnlySpanAction<byte, TState> take, TState state)
    {
        int length = (int)line.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            line.CopyTo(rented);
            take(rented.AsSpan(0, length), state);
        }
        finally
        {
            // A line may hold a password.
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private static ServerLimitException TooLong(int maxLength) =>
        new(ServerLimit.LineLength, $"The peer sent a line of more than {maxLength} bytes.");
}
