using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// Writes a wire log as text: <c>12 C: USER anonymous</c> for what connection 12 sent, <c>S:</c> for what it received, <c>*</c>
/// for notes. A line each; other control bytes and bytes beyond ASCII as <c>\xNN</c>; long lines are cut, and say so.
/// </summary>
public sealed class TextWireLog : IWireLog
{
    private readonly TextWriter _writer;
    private readonly Lock _lock = new();

    /// <summary>Logs to a writer, which stays the caller's.</summary>
    /// <param name="writer">Takes the lines; used by one task at a time.</param>
    public TextWireLog(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <summary>The most bytes of a line that are shown.</summary>
    /// <value>The default is 500.</value>
    public int MaxLine
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
    } = 500;

    /// <summary>The most lines of one piece of traffic that are shown: bodies come in large pieces.</summary>
    /// <value>The default is 100.</value>
    public int MaxLines
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A limit is positive.");
    } = 100;

    /// <inheritdoc/>
    public void Write(long connection, WireDirection direction, ReadOnlySpan<byte> bytes)
    {
        string text = WireLogText.Format(connection, direction, bytes, MaxLine, MaxLines);
        lock (_lock)
        {
            try
            {
                _writer.Write(text);
            }
            catch (Exception reason) when (reason is IOException or ObjectDisposedException)
            {
                // A full disk or a closed writer must not end a transfer.
            }
        }
    }
}

/// <summary>Formats traffic for people.</summary>
internal static class WireLogText
{
    public static string Format(long connection, WireDirection direction, ReadOnlySpan<byte> bytes, int maxLine, int maxLines)
    {
        string prefix = direction switch
        {
            WireDirection.Sent => $"{connection} C: ",
            WireDirection.Received => $"{connection} S: ",
            _ => $"{connection} * ",
        };
        var text = new StringBuilder();
        int lines = 0;
        do
        {
            if (lines++ == maxLines)
            {
                text.Append(prefix).Append(CultureInfo.InvariantCulture, $"… {bytes.Length} more bytes\n");
                break;
            }

            int lf = direction == WireDirection.Note ? -1 : bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = lf < 0 ? bytes : bytes[..(lf + 1)];
            bytes = bytes[line.Length..];
            text.Append(prefix);
            AppendLine(text, line.EndsWith("\r\n"u8) ? line[..^2] : line, maxLine, direction == WireDirection.Note);
        }
        while (!bytes.IsEmpty);
        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, ReadOnlySpan<byte> line, int maxLine, bool isNote)
    {
        ReadOnlySpan<byte> shown = line.Length > maxLine ? line[..maxLine] : line;
        if (isNote)
        {
            foreach (char one in Encoding.UTF8.GetString(shown)) text.Append(char.IsControl(one) ? ' ' : one);
        }
        else
        {
            foreach (byte one in shown)
            {
                // The escape itself is escaped, so that a log can be read back and a peer cannot draw false lines.
                if (one == '\\') text.Append(@"\\");
                else if (one is >= 0x20 and < 0x7F) text.Append((char)one);
                else if (one == '\n') text.Append(@"\n");
                else if (one == '\r') text.Append(@"\r");
                else if (one == '\t') text.Append(@"\t");
                else text.Append(CultureInfo.InvariantCulture, $@"\x{one:X2}");
            }
        }

        if (shown.Length < line.Length) text.Append(CultureInfo.InvariantCulture, $"… {line.Length - shown.Length} more bytes");
        text.Append('\n');
    }
}
