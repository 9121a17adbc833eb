using System.Globalization;

namespace ProtocolClients;

/// <summary>
/// Times on the wire, always UTC.
/// <code>
/// RFC 3659 §2.3:   time-val = 14DIGIT [ "." 1*DIGIT ]          ; YYYYMMDDHHMMSS.sss
/// </code>
/// A year that a broken server writes as <c>19100</c> makes fifteen digits, and no time.
/// </summary>
internal static class FtpTime
{
    private const int Digits = 14;

    /// <summary>Reads a time and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ListStamp time)
    {
        time = ListStamp.None;
        if (text.Length < Digits || !TryTicks(text, out long ticks)) return false;
        var precision = FtpTimePrecision.Second;
        if (text.Length > Digits)
        {
            if (text[Digits] != '.' || !TryFraction(text[(Digits + 1)..], out long fraction, out precision)) return false;
            ticks += fraction;
        }

        if (ticks > DateTime.MaxValue.Ticks) return false;
        time = new ListStamp(ticks, 0, precision);
        return true;
    }

    /// <summary>A fraction of a second, as ticks.</summary>
    public static bool TryFraction(ReadOnlySpan<byte> digits, out long ticks, out FtpTimePrecision precision)
    {
        ticks = 0;
        precision = digits.Length > 3 ? FtpTimePrecision.Tick : FtpTimePrecision.Millisecond;
        if (!ListText.AreDigits(digits)) return false;
        long unit = TimeSpan.TicksPerSecond / 10;
        for (int i = 0; i < digits.Length && unit > 0; i++, unit /= 10) ticks += (digits[i] - '0') * unit;
        return true;
    }

    /// <summary>The form on the wire: to the second, or to the millisecond when there are some.</summary>
    public static string Format(DateTimeOffset time)
    {
        DateTime utc = time.UtcDateTime;
        return utc.ToString(utc.Millisecond == 0 ? "yyyyMMddHHmmss" : "yyyyMMddHHmmss.fff", CultureInfo.InvariantCulture);
    }

    /// <summary>The form to the second, for commands: not all servers read fractions.</summary>
    public static string FormatSeconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    private static bool TryTicks(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        uint wrong = 0;
        int year = (Two(text, 0, ref wrong) * 100) + Two(text, 2, ref wrong);
        int month = Two(text, 4, ref wrong);
        int day = Two(text, 6, ref wrong);
        int hour = Two(text, 8, ref wrong);
        int minute = Two(text, 10, ref wrong);
        int second = Two(text, 12, ref wrong);
        if (wrong > 9 || year == 0 || month is 0 or > 12 || day == 0 || hour > 23 || minute > 59 || second > 60) return false;
        if (day > 28 && day > DateTime.DaysInMonth(year, month)) return false;
        // A leap second, which the platform's clock has not, is the next minute's first.
        ticks = new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Utc).Ticks + (second * TimeSpan.TicksPerSecond);
        return true;
    }

    private static int Two(ReadOnlySpan<byte> text, int at, ref uint wrong)
    {
        uint tens = (uint)text[at] - '0';
        uint ones = (uint)text[at + 1] - '0';
        // Anything above nine stays above nine.
        wrong = Math.Max(wrong, Math.Max(tens, ones));
        return (int)((tens * 10) + ones);
    }
}
