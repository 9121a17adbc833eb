using System.Text;

namespace ProtocolClients.Transport;

/// <summary>The letters of any script in those of a host name (RFC 3492), without the <c>xn--</c> in front.</summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int MinThreshold = 1;
    private const int MaxThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int FirstBias = 72;
    private const int FirstCharacter = 0x80;

    /// <summary>Writes a label (§6.3); its time is the square of the label's length.</summary>
    public static string Encode(ReadOnlySpan<int> label)
    {
        var text = new StringBuilder();
        foreach (int character in label)
        {
            if (character < FirstCharacter) text.Append((char)character);
        }

        int basic = text.Length;
        int done = basic;
        if (basic > 0) text.Append('-');
        int current = FirstCharacter;
        int bias = FirstBias;
        long delta = 0;
        while (done < label.Length)
        {
            int next = int.MaxValue;
            foreach (int character in label)
            {
                if (character >= current && character < next) next = character;
            }

            delta += (long)(next - current) * (done + 1);
            current = next;
            foreach (int character in label)
            {
                if (character < current) delta++;
                if (character != current) continue;
                long rest = delta;
                for (int k = Base; ; k += Base)
                {
                    int threshold = Threshold(k, bias);
                    if (rest < threshold) break;
                    text.Append(Digit((int)(threshold + ((rest - threshold) % (Base - threshold)))));
                    rest = (rest - threshold) / (Base - threshold);
                }

                text.Append(Digit((int)rest));
                bias = Adapt(delta, done + 1, isFirst: done == basic);
                delta = 0;
                done++;
            }

            delta++;
            current++;
        }

        return text.ToString();
    }

    /// <summary>Reads a label (§6.2).</summary>
    /// <returns>False when it is none.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, List<int> label)
    {
        // A delimiter with nothing before it is none: the label would be written in two ways.
        int end = Math.Max(text.LastIndexOf('-'), 0);
        foreach (char basic in text[..end])
        {
            if (basic >= FirstCharacter) return false;
            label.Add(basic);
        }

        ReadOnlySpan<char> digits = end > 0 ? text[(end + 1)..] : text;
        int current = FirstCharacter;
        int bias = FirstBias;
        long at = 0;
        while (digits.Length > 0)
        {
            long before = at;
            long weight = 1;
            for (int k = Base; ; k += Base)
            {
                if (digits.Length == 0 || ValueOf(digits[0]) is not { } digit) return false;
                digits = digits[1..];
                at += digit * weight;
                int threshold = Threshold(k, bias);
                if (digit < threshold) break;
                weight *= Base - threshold;
                if (at > int.MaxValue || weight > int.MaxValue) return false;
            }

            bias = Adapt(at - before, label.Count + 1, isFirst: before == 0);
            long character = current + (at / (label.Count + 1));
            at %= label.Count + 1;
            if (character > 0x10FFFF || character is >= 0xD800 and <= 0xDFFF) return false;
            current = (int)character;
            label.Insert((int)at++, current);
        }

        return true;
    }

    private static int Threshold(int k, int bias) => Math.Clamp(k - bias, MinThreshold, MaxThreshold);

    private static int Adapt(long delta, int count, bool isFirst)
    {
        delta /= isFirst ? Damp : 2;
        delta += delta / count;
        int k = 0;
        for (; delta > (Base - MinThreshold) * MaxThreshold / 2; k += Base) delta /= Base - MinThreshold;
        return k + (int)((Base - MinThreshold + 1) * delta / (delta + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    private static int? ValueOf(char digit)
    {
        if (char.IsAsciiDigit(digit)) return digit - '0' + 26;
        return char.IsAsciiLetter(digit) ? (digit | 0x20) - 'a' : null;
    }
}
