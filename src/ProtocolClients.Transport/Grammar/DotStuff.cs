using System.Buffers;
using System.Runtime.InteropServices;

namespace ProtocolClients.Transport;

/// <summary>What is done with a CR or LF that is not part of CR LF. Either way none reaches the output.</summary>
public enum BareLineEnds
{
    /// <summary>It is an error.</summary>
    Refuse,

    /// <summary>It becomes CR LF.</summary>
    Normalise,
}

/// <summary>
/// Dot-stuffed blocks, as SMTP, POP3 and NNTP carry text of any length.
/// <code>
/// RFC 5321 §4.5.2, RFC 3977 §3.1.1, RFC 1939 §3:
///   block  = *( line CRLF ) "." CRLF
///   line   = [ "." before a "." that begins the text ] text
/// </code>
/// </summary>
public static class DotStuff
{
    /// <summary>Takes the stuffing off one line of a block that is read line by line.</summary>
    /// <param name="line">The line as it came, without its end.</param>
    /// <param name="text">The line's text.</param>
    /// <returns>False when the line is the single dot that ends the block.</returns>
    public static bool TryUnstuff(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> text)
    {
        text = line.Length > 0 && line[0] == '.' ? line[1..] : line;
        return line.Length != 1 || line[0] != '.';
    }

    // Copies text up to what needs a decision: a line end at the end of what fits, a bare CR or LF, a dot after CR LF.
    // Whole lines go over without a stop, so that a block costs one search a line and one copy a stretch.
    internal static int CopyText(ReadOnlySpan<byte> input, Span<byte> output)
    {
        ReadOnlySpan<byte> text = input[..Math.Min(input.Length, output.Length)];
        int end = 0;
        while (true)
        {
            int found = text[end..].IndexOfAny((byte)'\r', (byte)'\n');
            if (found < 0)
            {
                end = text.Length;
                break;
            }

            end += found;
            if (end + 2 >= text.Length || text[end] != '\r' || text[end + 1] != '\n' || text[end + 2] == '.') break;
            end += 2;
        }

        text[..end].CopyTo(output);
        return end;
    }
}

/// <summary>Takes the stuffing off a block, in pieces of any size. Only CR LF . CR LF ends the block.</summary>
[StructLayout(LayoutKind.Auto)]
public struct DotStuffDecoder
{
    private State _state;
    private int _owed;

    private enum State
    {
        LineStart,
        Text,
        Cr,
        Dot,
        DotCr,
    }

    /// <summary>What is done with a bare CR or LF. Made into CR LF, it still neither ends the block nor hides a dot.</summary>
    /// <value>The default is <see cref="BareLineEnds.Refuse"/>.</value>
    public BareLineEnds BareLineEnds { get; init; }

    /// <summary>Decodes one piece.</summary>
    /// <param name="input">Bytes of the block, after those consumed before.</param>
    /// <param name="output">Takes the text.</param>
    /// <param name="consumed">How many bytes were taken; those after them are unread.</param>
    /// <param name="written">How many bytes of text were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> at the end of the block, the decoder being as new;
    /// <see cref="OperationStatus.NeedMoreData"/> when all input is consumed; <see cref="OperationStatus.DestinationTooSmall"/>
    /// when the output is full; <see cref="OperationStatus.InvalidData"/> at a bare CR or LF that is refused.
    /// </returns>
    public OperationStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = written = 0;
        while (true)
        {
            for (; _owed > 0; _owed--)
            {
                if (written == output.Length) return OperationStatus.DestinationTooSmall;
                output[written++] = _owed == 2 ? (byte)'\r' : (byte)'\n';
            }

            if (consumed == input.Length) return OperationStatus.NeedMoreData;
            byte next = input[consumed];
            switch (_state)
            {
                case State.LineStart when next == '.':
                    consumed++;
                    _state = State.Dot;
                    continue;
                case State.Dot when next == '\r':
                    consumed++;
                    _state = State.DotCr;
                    continue;
                case State.DotCr when next == '\n':
                    consumed++;
                    _state = State.LineStart;
                    return OperationStatus.Done;
                case State.Cr when next == '\n':
                    consumed++;
                    _owed = 2;
                    _state = State.LineStart;
                    continue;
                case State.Cr or State.DotCr:
                    if (BareLineEnds == BareLineEnds.Refuse) return OperationStatus.InvalidData;
                    _owed = 2;
                    _state = State.Text;
                    continue;
                default:
                    _state = State.Text;
                    break;
            }

            if (written == output.Length) return OperationStatus.DestinationTooSmall;
            int copied = DotStuff.CopyText(input[consumed..], output[written..]);
            consumed += copied;
            written += copied;
            if (consumed == input.Length || (input[consumed] != '\r' && input[consumed] != '\n')) continue;
            if (input[consumed] == '\r')
            {
                consumed++;
                _state = State.Cr;
                continue;
            }

            if (BareLineEnds == BareLineEnds.Refuse) return OperationStatus.InvalidData;
            consumed++;
            _owed = 2;
        }
    }
}

/// <summary>Stuffs a block, in pieces of any size, and ends it. What it writes has no CR or LF outside CR LF.</summary>
[StructLayout(LayoutKind.Auto)]
public struct DotStuffEncoder
{
    private State _state;
    private int _owed;

    private enum State
    {
        LineStart,
        Text,
        Cr,
    }

    /// <summary>What is done with a bare CR or LF.</summary>
    /// <value>The default is <see cref="BareLineEnds.Refuse"/>.</value>
    public BareLineEnds BareLineEnds { get; init; }

    /// <summary>Encodes one piece.</summary>
    /// <param name="input">Text, after what was consumed before.</param>
    /// <param name="output">Takes the block's bytes.</param>
    /// <param name="consumed">How many bytes were taken.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> when all input is consumed; <see cref="OperationStatus.DestinationTooSmall"/> when
    /// the output is full; <see cref="OperationStatus.InvalidData"/> at a bare CR or LF that is refused.
    /// </returns>
    public OperationStatus Encode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = written = 0;
        while (true)
        {
            if (!PayOwed(output, ref written)) return OperationStatus.DestinationTooSmall;
            if (consumed == input.Length) return OperationStatus.Done;
            byte next = input[consumed];
            if (_state == State.Cr)
            {
                if (next == '\n') consumed++;
                else if (BareLineEnds == BareLineEnds.Refuse) return OperationStatus.InvalidData;
                _owed = 2;
                _state = State.LineStart;
                continue;
            }

            if (written == output.Length) return OperationStatus.DestinationTooSmall;
            if (_state == State.LineStart && next == '.') output[written++] = (byte)'.';
            _state = State.Text;
            int copied = DotStuff.CopyText(input[consumed..], output[written..]);
            consumed += copied;
            written += copied;
            if (consumed == input.Length) return OperationStatus.Done;
            next = input[consumed];
            if (next == '\r')
            {
                consumed++;
                _state = State.Cr;
            }
            else if (next == '\n')
            {
                if (BareLineEnds == BareLineEnds.Refuse) return OperationStatus.InvalidData;
                consumed++;
                _owed = 2;
                _state = State.LineStart;
            }
        }
    }

    /// <summary>Ends the block: the CR LF of a last line without one, then the dot. The encoder is then as new.</summary>
    /// <param name="output">Takes at most 7 bytes.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.DestinationTooSmall"/> when the output has fewer than 7
    /// bytes; <see cref="OperationStatus.InvalidData"/> when the text ended in a bare CR that is refused.
    /// </returns>
    public OperationStatus Finish(Span<byte> output, out int written)
    {
        written = 0;
        if (output.Length < 7) return OperationStatus.DestinationTooSmall;
        if (_state == State.Cr && BareLineEnds == BareLineEnds.Refuse) return OperationStatus.InvalidData;
        PayOwed(output, ref written);
        if (_state != State.LineStart) _owed = 2;
        PayOwed(output, ref written);
        ".\r\n"u8.CopyTo(output[written..]);
        written += 3;
        _state = State.LineStart;
        return OperationStatus.Done;
    }

    private bool PayOwed(Span<byte> output, ref int written)
    {
        for (; _owed > 0; _owed--)
        {
            if (written == output.Length) return false;
            output[written++] = _owed == 2 ? (byte)'\r' : (byte)'\n';
        }

        return true;
    }
}
