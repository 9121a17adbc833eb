using System.Buffers;
using System.Runtime.InteropServices;

namespace ProtocolClients.Transport;

/// <summary>What ends a line.</summary>
public enum LineEnding
{
    /// <summary>CR LF and nothing else: a bare CR, a bare LF and NUL are refused.</summary>
    Strict,

    /// <summary>LF, with the CR before it taken off when there is one. Other CR and NUL are bytes of the line.</summary>
    Lenient,
}

/// <summary>
/// One line without its end. Each byte is searched once, however the line arrives.
/// <code>
/// RFC 5234 appendix B.1, RFC 5198 §2:   line = *(%x01-09 / %x0B-0C / %x0E-FF) CRLF
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
public struct LineParser : IWireParser<ReadOnlySpan<byte>>
{
    private const int DefaultLimit = 64 * 1024;

    private int _searched;

    /// <summary>What ends a line.</summary>
    /// <value>The default is <see cref="LineEnding.Strict"/>.</value>
    public LineEnding Ending { get; init; }

    /// <summary>The longest line, in bytes with its end; see <see cref="WireLimits.Line"/>.</summary>
    /// <value>The default is 64 KiB.</value>
    public int Limit
    {
        readonly get => field == 0 ? DefaultLimit : field;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
    }

    /// <inheritdoc/>
    public OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out ReadOnlySpan<byte> value)
    {
        used = 0;
        value = default;
        int end;
        if (Ending == LineEnding.Lenient)
        {
            int found = input[_searched..].IndexOf((byte)'\n');
            if (found < 0) return More(input.Length, input.Length);
            int lf = _searched + found;
            end = lf > 0 && input[lf - 1] == '\r' ? lf - 1 : lf;
            used = lf + 1;
            if (used > Limit) throw TooLong();
        }
        else
        {
            int found = input[_searched..].IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (found < 0) return More(input.Length, input.Length);
            end = _searched + found;
            bool isCr = input[end] == '\r';
            // Before the grammar: how a line fails must not depend on how it arrives.
            if (end + (isCr ? 1 : 0) >= Limit) throw TooLong();
            if (!isCr) return OperationStatus.InvalidData;
            if (end + 1 == input.Length) return More(end, input.Length);
            if (input[end + 1] != '\n') return OperationStatus.InvalidData;
            used = end + 2;
        }

        _searched = 0;
        value = input[..end];
        return OperationStatus.Done;
    }

    private OperationStatus More(int searched, int length)
    {
        if (length >= Limit) throw TooLong();
        _searched = searched;
        return OperationStatus.NeedMoreData;
    }

    private readonly WireLimitException TooLong() => new(nameof(WireLimits.Line), Limit);
}
