using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// What is said in the text of replies: the bytes behind the code, of one line. Each is read in one pass; what is not there
/// or is there twice with a different meaning is not found, never guessed.
/// </summary>
internal static partial class FtpReplyText
{
    /// <summary>
    /// The address and the port of 227.
    /// <code>
    /// RFC 959 §4.1.2:     h1,h2,h3,h4,p1,p2                 ; each a number from 0 to 255
    /// RFC 1123 §4.1.2.6:  the text before and behind is free, the numbers have to be searched for
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The IPv4 address, its first number in the highest byte.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    public static bool TryPassive(ReadOnlySpan<byte> text, out uint address, out int port)
    {
        address = 0;
        port = 0;
        for (int i = 0; i < text.Length;)
        {
            if (!IsDigit(text[i]))
            {
                i++;
                continue;
            }

            if (TrySix(text, i, out address, out port)) return port > 0;
            // A list that failed may be right from its next number on: "Passive mode 2, try 127,0,0,1,4,1" has one before.
            while (i < text.Length && IsDigit(text[i])) i++;
        }

        return false;
    }

    /// <summary>
    /// The port of 229.
    /// <code>
    /// RFC 2428 §3:   "(" d d d port d ")"      ; d: one delimiter, ASCII 33 to 126, four times the same
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    public static bool TryExtendedPassive(ReadOnlySpan<byte> text, out int port)
    {
        port = 0;
        for (int open = text.IndexOf((byte)'('); open >= 0;)
        {
            ReadOnlySpan<byte> rest = text[(open + 1)..];
            if (rest.Length > 5 && rest[0] is > 32 and < 127 && !IsDigit(rest[0]) && rest[1] == rest[0] && rest[2] == rest[0])
            {
                int digits = 0;
                while (digits < 6 && 3 + digits < rest.Length && IsDigit(rest[3 + digits])) digits++;
                if (rest[(3 + digits)..].StartsWith([rest[0], (byte)')']) && ListText.TryInt(rest.Slice(3, digits), out port) && port is > 0 and < 65536)
                    return true;
            }

            int next = rest.IndexOf((byte)'(');
            open = next < 0 ? -1 : open + 1 + next;
        }

        port = 0;
        return false;
    }

    /// <summary>
    /// The path of 257: between quotes, a quote in it doubled. Without any quote, the first word: there are servers that forget them.
    /// <code>
    /// RFC 959 appendix II:   257 SP DQUOTE path DQUOTE [ SP commentary ]
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The path's bytes.</param>
    public static bool TryQuotedPath(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? path)
    {
        path = null;
        int open = text.IndexOf((byte)'"');
        if (open < 0)
        {
            ReadOnlySpan<byte> trimmed = text.TrimStart((byte)' ');
            int end = trimmed.IndexOf((byte)' ');
            path = (end < 0 ? trimmed : trimmed[..end]).ToArray();
        }
        else
        {
            path = Unquoted(text[(open + 1)..]);
        }

        if (path is { Length: > 0 } && !ListText.HasControls(path)) return true;
        path = null;
        return false;
    }

    /// <summary>
    /// The time of MDTM, MFMT and MFCT.
    /// <code>
    /// RFC 3659 §3.1:              213 SP time-val
    /// draft-somers-ftp-mfxx §3.1: 213 SP ( "Modify=" / "Create=" ) time-val ";" SP pathname
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time, UTC.</param>
    /// <param name="precision">How exact it is.</param>
    public static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time, out FtpTimePrecision precision)
    {
        time = default;
        precision = FtpTimePrecision.None;
        text = text.Trim((byte)' ');
        if (text.Length > 7 && text[6] == '=')
        {
            if (!ListText.StartsWithIgnoreCase(text, "modify"u8) && !ListText.StartsWithIgnoreCase(text, "create"u8)) return false;
            text = text[7..];
            int semicolon = text.IndexOf((byte)';');
            if (semicolon < 0) return false;
            text = text[..semicolon];
        }

        if (!FtpTime.TryParse(text, out ListStamp stamp)) return false;
        time = stamp.Value!.Value;
        precision = stamp.Precision;
        return true;
    }

    /// <summary>
    /// The size of 213: digits, and nothing behind them but another word.
    /// <code>
    /// RFC 3659 §4.1:   213 SP 1*DIGIT
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="size">The size in bytes.</param>
    public static bool TrySize(ReadOnlySpan<byte> text, out long size)
    {
        text = text.TrimStart((byte)' ');
        int end = text.IndexOf((byte)' ');
        return ListText.TryLong(end < 0 ? text : text[..end], out size);
    }

    /// <summary>
    /// The size that 150 or 125 announces: <c>… (12345 bytes)</c>, the last one, since a name may look like it. A hint, no more.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="size">The size in bytes.</param>
    public static bool TrySizeHint(ReadOnlySpan<byte> text, out long size)
    {
        size = 0;
        int open = text.LastIndexOf((byte)'(');
        if (open < 0) return false;
        ReadOnlySpan<byte> rest = text[(open + 1)..];
        int digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return digits > 0 && ListText.StartsWithIgnoreCase(rest[digits..].TrimStart((byte)' '), "byte"u8) && ListText.TryLong(rest[..digits], out size);
    }

    /// <summary>
    /// The name that the server gave to an upload of STOU, in 125, 150, 226 or 250.
    /// <code>
    /// RFC 1123 §4.1.2.9:  ( "125" / "150" ) SP "FILE: " name
    /// others:             … (unique file name:name)    … "name" …
    /// </code>
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name's bytes.</param>
    public static bool TryUniqueName(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? name)
    {
        name = null;
        if (Behind(text, "FILE:"u8, out ReadOnlySpan<byte> rest) && !rest.IsEmpty) name = rest.TrimStart((byte)' ').ToArray();
        else if (Behind(text, "unique file name:"u8, out rest) && rest.LastIndexOf((byte)')') is > 0 and int end) name = rest[..end].TrimStart((byte)' ').ToArray();
        else if (text.IndexOf((byte)'"') is >= 0 and int open) name = Unquoted(text[(open + 1)..]);
        if (name is { Length: > 0 } && !ListText.HasControls(name)) return true;
        name = null;
        return false;
    }

    // Six numbers and not seven: no comma stands before them or behind.
    private static bool TrySix(ReadOnlySpan<byte> text, int at, out uint address, out int port)
    {
        address = 0;
        port = 0;
        int before = at > 0 && text[at - 1] == ' ' ? at - 2 : at - 1;
        if (before >= 0 && text[before] == ',') return false;
        for (int i = 0; i < 6; i++)
        {
            if (i > 0)
            {
                if (at >= text.Length || text[at] != ',') return false;
                at++;
                // A space behind a comma is sent by some.
                if (at < text.Length && text[at] == ' ') at++;
            }

            int start = at;
            while (at < text.Length && at - start < 4 && IsDigit(text[at])) at++;
            if (!ListText.TryInt(text[start..at], out int number) || at - start > 3 || number > 255) return false;
            if (i < 4) address = (address << 8) | (uint)number;
            else port = (port << 8) | number;
        }

        return at == text.Length || text[at] != ',';
    }

    private static byte[]? Unquoted(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(Math.Min(text.Length, 256));
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                if (i + 1 >= text.Length || text[i + 1] != '"') return [.. bytes];
                i++;
            }

            bytes.Add(text[i]);
        }

        return null;
    }

    private static bool Behind(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark, out ReadOnlySpan<byte> rest)
    {
        for (int i = 0; i + mark.Length <= text.Length; i++)
        {
            if (!Ascii.EqualsIgnoreCase(text.Slice(i, mark.Length), mark)) continue;
            rest = text[(i + mark.Length)..];
            return true;
        }

        rest = default;
        return false;
    }

    private static bool IsDigit(byte b) => (uint)b - '0' <= 9;
}
