using System.Buffers;
using System.Runtime.InteropServices;

namespace ProtocolClients.Transport;

/// <summary>How the lines of a reply of several lines look.</summary>
public enum CodedReplyStyle
{
    /// <summary>The code stands on every line (SMTP, LMTP, NNTP, DICT). Another code on a later line is refused.</summary>
    CodeOnEveryLine,

    /// <summary>The first line has the code and a hyphen; free text until a line with the code and a space (FTP).</summary>
    FreeLines,
}

/// <summary>
/// A reply with a three-digit code, in one line or several. One object a reply: the copy of its bytes.
/// <code>
/// RFC 5321 §4.2:  Reply-line  = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// RFC 959 §4.2:   reply       = code SP text CRLF / code "-" text CRLF *( text CRLF ) code SP text CRLF
///                 code        = %x31-36 2DIGIT          ; 6yz: RFC 2228 §3, protected replies
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
public struct CodedReplyParser : IWireParser<CodedReply>
{
    private const int DefaultLines = 10_000;

    private LineParser _line;
    private int _lineStart;
    private int _code;
    private int _lines;

    /// <summary>How the lines look.</summary>
    /// <value>The default is <see cref="CodedReplyStyle.CodeOnEveryLine"/>.</value>
    public CodedReplyStyle Style { get; init; }

    /// <summary>What ends a line.</summary>
    /// <value>The default is <see cref="LineEnding.Strict"/>.</value>
    public LineEnding Ending
    {
        readonly get => _line.Ending;
        init => _line = new LineParser { Ending = value, Limit = _line.Limit };
    }

    /// <summary>The longest line, in bytes with its end; see <see cref="WireLimits.Line"/>.</summary>
    /// <value>The default is 64 KiB.</value>
    public int LineLimit
    {
        readonly get => _line.Limit;
        init => _line = new LineParser { Ending = _line.Ending, Limit = value };
    }

    /// <summary>The most lines; see <see cref="WireLimits.Lines"/>.</summary>
    /// <value>The default is 10,000.</value>
    public int Lines
    {
        readonly get => field == 0 ? DefaultLines : field;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
    }

    /// <summary>A parser with the limits of a client.</summary>
    /// <param name="style">How the lines look.</param>
    /// <param name="limits">The client's limits.</param>
    /// <param name="ending">What ends a line.</param>
    public static CodedReplyParser Create(CodedReplyStyle style, WireLimits limits, LineEnding ending = LineEnding.Strict)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new CodedReplyParser { Style = style, Ending = ending, LineLimit = limits.Line, Lines = limits.Lines };
    }

    /// <inheritdoc/>
    public OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out CodedReply value)
    {
        used = 0;
        value = default;
        while (true)
        {
            OperationStatus status = _line.TryParse(input[_lineStart..], out int taken, out ReadOnlySpan<byte> line);
            if (status != OperationStatus.Done) return status;
            if (++_lines > Lines) throw new WireLimitException(nameof(WireLimits.Lines), Lines);
            _lineStart += taken;
            bool coded = TryCode(line, out int code);
            if (_lines == 1)
            {
                if (!coded) return OperationStatus.InvalidData;
                _code = code;
            }
            else if (Style == CodedReplyStyle.CodeOnEveryLine)
            {
                if (!coded) return OperationStatus.InvalidData;
                if (code != _code) throw new WireFormatException($"The lines of one reply have the codes {_code} and {code}.");
            }
            else if (!coded || code != _code)
            {
                continue;
            }

            if (line.Length > 3 && line[3] == '-') continue;
            used = _lineStart;
            value = new CodedReply(input[..used].ToArray(), _code, _lines);
            _lineStart = _lines = _code = 0;
            return OperationStatus.Done;
        }
    }

    // code [ SP / "-" … ]; the end of the line may follow the code at once (RFC 5321 §4.2 lets a server leave out the space).
    internal static bool TryCode(ReadOnlySpan<byte> line, out int code)
    {
        code = 0;
        if (line.Length < 3 || line[0] is < (byte)'1' or > (byte)'6') return false;
        if (!char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])) return false;
        if (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')) return false;
        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        return true;
    }
}
