using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// A reply that begins with a three-digit code (RFC 959 §4.2, RFC 5321 §4.2, RFC 3977 §3.2). Keeps the bytes as they came;
/// text is decoded when it is asked for (UTF-8; a byte that is not UTF-8 becomes U+FFFD).
/// </summary>
public readonly struct CodedReply : IEquatable<CodedReply>
{
    private readonly byte[]? _raw;

    internal CodedReply(byte[] raw, int code, int lineCount)
    {
        _raw = raw;
        Code = code;
        LineCount = lineCount;
    }

    /// <summary>The code, 100 to 699; 0 for a reply that was never read.</summary>
    public int Code { get; }

    /// <summary>How many lines the reply has.</summary>
    public int LineCount { get; }

    /// <summary>The first digit of the code, which says how it went.</summary>
    public int Class => Code / 100;

    /// <summary>True for 2yz: done.</summary>
    public bool IsPositive => Class == 2;

    /// <summary>True for 1yz: begun, another reply follows.</summary>
    public bool IsPreliminary => Class == 1;

    /// <summary>True for 3yz: the peer waits for more.</summary>
    public bool IsIntermediate => Class == 3;

    /// <summary>True for 4yz: not now, a later attempt may succeed.</summary>
    public bool IsTransient => Class == 4;

    /// <summary>The whole reply as it came, with codes and line ends.</summary>
    public ReadOnlyMemory<byte> Raw => _raw;

    /// <summary>The lines without codes and ends, decoded anew at each call.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            var lines = new string[LineCount];
            ReadOnlySpan<byte> rest = _raw;
            for (int i = 0; i < lines.Length; i++) lines[i] = Encoding.UTF8.GetString(TakeLine(ref rest));
            return lines;
        }
    }

    /// <summary>The text of the first line.</summary>
    public string FirstLine
    {
        get
        {
            ReadOnlySpan<byte> rest = _raw;
            return rest.IsEmpty ? "" : Encoding.UTF8.GetString(TakeLine(ref rest));
        }
    }

    /// <summary>The text of all lines, joined by LF.</summary>
    public string Text => LineCount <= 1 ? FirstLine : string.Join('\n', Lines);

    /// <summary>True when the replies have the same bytes.</summary>
    /// <param name="left">One reply.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(CodedReply left, CodedReply right) => left.Equals(right);

    /// <summary>True when the replies differ.</summary>
    /// <param name="left">One reply.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(CodedReply left, CodedReply right) => !left.Equals(right);

    /// <summary>The bytes of a line without its code and its end.</summary>
    /// <param name="index">The line, from 0.</param>
    public ReadOnlySpan<byte> Line(int index)
    {
        if ((uint)index >= (uint)LineCount) throw new ArgumentOutOfRangeException(nameof(index), index, "No such line.");
        ReadOnlySpan<byte> rest = _raw;
        for (int i = 0; i < index; i++) TakeLine(ref rest);
        return TakeLine(ref rest);
    }

    /// <inheritdoc/>
    public bool Equals(CodedReply other) => Raw.Span.SequenceEqual(other.Raw.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CodedReply other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, LineCount, _raw?.Length);

    /// <summary>The code and the text of the first line.</summary>
    public override string ToString() => $"{Code} {FirstLine}";

    // Takes off what the parser has checked: a line of the reply's code loses the code and the byte after it; a free line
    // of the FTP style stays whole.
    private ReadOnlySpan<byte> TakeLine(scoped ref ReadOnlySpan<byte> rest)
    {
        int lf = rest.IndexOf((byte)'\n');
        int end = lf > 0 && rest[lf - 1] == '\r' ? lf - 1 : lf;
        ReadOnlySpan<byte> line = rest[..end];
        rest = rest[(lf + 1)..];
        if (!CodedReplyParser.TryCode(line, out int code) || code != Code) return line;
        return line.Length == 3 ? [] : line[4..];
    }
}
