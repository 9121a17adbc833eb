using System.Buffers;
using System.Text;

namespace ProtocolClients;

/// <summary>What the dialects of listings share: blanks, words, numbers, names of months.</summary>
internal static class ListText
{
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create("\r\n\0"u8);

    public static bool HasControls(ReadOnlySpan<byte> bytes) => bytes.ContainsAny(ControlBytes);

    public static WireFormatException Controls() => new("A line of a listing has a CR, LF or NUL inside.");

    public static WireFormatException Refused(ReadOnlySpan<byte> line, string dialect)
    {
        const int Shown = 80;
        var text = new StringBuilder(Shown + 4);
        foreach (char c in Encoding.UTF8.GetString(line[..Math.Min(line.Length, Shown)])) text.Append(char.IsControl(c) ? '\uFFFD' : c);
        return new WireFormatException($"Not a line of a listing ({dialect}): \"{text}{(line.Length > Shown ? "…" : "")}\".");
    }

    /// <summary>Whether a line has nothing to read; refuses one that is no line.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line)
    {
        if (HasControls(line)) throw Controls();
        return line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;
    }

    /// <summary>Takes the next word: what stands between blanks, from <paramref name="at"/> on; false at the end of the line.</summary>
    public static bool Next(ReadOnlySpan<byte> line, ref int at, out Word word)
    {
        int i = at;
        while (i < line.Length && line[i] is (byte)' ' or (byte)'\t') i++;
        int start = i;
        while (i < line.Length && line[i] is not ((byte)' ' or (byte)'\t')) i++;
        at = i;
        word = new Word(start, i);
        return i > start;
    }

    /// <summary>A number of digits and nothing else, of up to nine of them.</summary>
    public static bool TryInt(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 9) return false;
        foreach (byte b in text)
        {
            uint digit = (uint)b - '0';
            if (digit > 9) return false;
            value = (value * 10) + (int)digit;
        }

        return true;
    }

    /// <summary>A number of digits and nothing else that fits 63 bits.</summary>
    public static bool TryLong(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        foreach (byte b in text)
        {
            uint digit = (uint)b - '0';
            if (digit > 9 || value > (long.MaxValue - digit) / 10) return false;
            value = (value * 10) + digit;
        }

        return true;
    }

    public static bool AreDigits(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>The month of an English name of three letters, in any case; 0 for another word.</summary>
    public static int Month(ReadOnlySpan<byte> word)
    {
        if (word.Length != 3) return 0;
        return ((word[0] | 0x20) << 16 | (word[1] | 0x20) << 8 | word[2] | 0x20) switch
        {
            'j' << 16 | 'a' << 8 | 'n' => 1,
            'f' << 16 | 'e' << 8 | 'b' => 2,
            'm' << 16 | 'a' << 8 | 'r' => 3,
            'a' << 16 | 'p' << 8 | 'r' => 4,
            'm' << 16 | 'a' << 8 | 'y' => 5,
            'j' << 16 | 'u' << 8 | 'n' => 6,
            'j' << 16 | 'u' << 8 | 'l' => 7,
            'a' << 16 | 'u' << 8 | 'g' => 8,
            's' << 16 | 'e' << 8 | 'p' => 9,
            'o' << 16 | 'c' << 8 | 't' => 10,
            'n' << 16 | 'o' << 8 | 'v' => 11,
            'd' << 16 | 'e' << 8 | 'c' => 12,
            _ => 0,
        };
    }

    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(text, other);

    public static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    /// <summary>Whether a name is that of the directory itself or of its parent: no entry of it.</summary>
    public static bool IsDots(ReadOnlySpan<byte> name) => name.Length <= 2 && (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8));

    /// <summary>The nine letters of a Unix mode, as its bits; null when they are others.</summary>
    public static int? Mode(ReadOnlySpan<byte> letters)
    {
        if (letters.Length != 9) return null;
        int mode = 0;
        for (int i = 0; i < 9; i++)
        {
            int bit = 1 << (8 - i);
            int special = 1 << (11 - (i / 3));
            switch ((char)letters[i])
            {
                case '-':
                    break;
                case 'r' when i % 3 == 0:
                case 'w' when i % 3 == 1:
                case 'x' when i % 3 == 2:
                    mode |= bit;
                    break;
                case 's' when i is 2 or 5:
                case 't' when i is 8:
                    mode |= bit | special;
                    break;
                case 'S' when i is 2 or 5:
                case 'T' when i is 8:
                // Solaris: the group may not run it, and locks are mandatory.
                case 'l' or 'L' when i is 5:
                    mode |= special;
                    break;
                default:
                    return null;
            }
        }

        return mode;
    }
}

/// <summary>Where a word stands in a line.</summary>
internal readonly record struct Word(int Start, int End)
{
    public int Length => End - Start;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line) => line[Start..End];
}
