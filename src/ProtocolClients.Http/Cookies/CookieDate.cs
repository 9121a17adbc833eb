using System.Buffers;

namespace ProtocolClients;

/// <summary>Dates of cookies, as they are found and not as any standard writes them (RFC 6265bis §5.1.1).</summary>
internal static class CookieDate
{
    // delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E
    private static readonly SearchValues<char> Delimiters = SearchValues.Create("\t !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~");

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    [Flags]
    private enum Found
    {
        None = 0,
        Time = 1,
        Day = 2,
        Month = 4,
        Year = 8,
        All = 15,
    }

    /// <summary>Reads a date: its tokens in any order, each kind once, what fits nothing skipped.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        var found = Found.None;
        int hour = 0, minute = 0, second = 0, day = 0, month = 0, year = 0;
        while (!text.IsEmpty)
        {
            int end = text.IndexOfAny(Delimiters);
            ReadOnlySpan<char> token = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (token.IsEmpty) continue;
            if ((found & Found.Time) == Found.None && IsTime(token, out hour, out minute, out second)) found |= Found.Time;
            else if ((found & Found.Day) == Found.None && IsNumber(token, 1, 2, out day)) found |= Found.Day;
            else if ((found & Found.Month) == Found.None && IsMonth(token, out month)) found |= Found.Month;
            else if ((found & Found.Year) == Found.None && IsNumber(token, 2, 4, out year)) found |= Found.Year;
        }

        if (year is >= 70 and <= 99) year += 1900;
        else if (year is >= 0 and <= 69) year += 2000;
        if (found != Found.All || day < 1 || year < 1601 || hour > 23 || minute > 59 || second > 59) return false;
        if (day > DateTime.DaysInMonth(year, month)) return false;
        date = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }

    // time = hms-time ( non-digit *OCTET )     hms-time = time-field ":" time-field ":" time-field     time-field = 1*2DIGIT
    private static bool IsTime(ReadOnlySpan<char> token, out int hour, out int minute, out int second)
    {
        minute = second = 0;
        return Number(ref token, 1, 2, out hour) && Colon(ref token)
            && Number(ref token, 1, 2, out minute) && Colon(ref token)
            && Number(ref token, 1, 2, out second) && EndsNumber(token);
    }

    private static bool IsMonth(ReadOnlySpan<char> token, out int month)
    {
        month = 0;
        if (token.Length < 3) return false;
        for (int i = 0; i < Months.Length && month == 0; i++)
        {
            if (token[..3].Equals(Months[i], StringComparison.OrdinalIgnoreCase)) month = i + 1;
        }

        return month > 0;
    }

    // day-of-month = 1*2DIGIT [ non-digit *OCTET ]     year = 2*4DIGIT [ non-digit *OCTET ]
    private static bool IsNumber(ReadOnlySpan<char> token, int least, int most, out int value) =>
        Number(ref token, least, most, out value) && EndsNumber(token);

    private static bool Colon(ref ReadOnlySpan<char> token)
    {
        if (token.IsEmpty || token[0] != ':') return false;
        token = token[1..];
        return true;
    }

    private static bool EndsNumber(ReadOnlySpan<char> rest) => rest.IsEmpty || !char.IsAsciiDigit(rest[0]);

    private static bool Number(ref ReadOnlySpan<char> token, int least, int most, out int value)
    {
        value = 0;
        int digits = 0;
        while (digits < token.Length && digits < most && char.IsAsciiDigit(token[digits])) value = (value * 10) + (token[digits++] - '0');
        if (digits < least) return false;
        token = token[digits..];
        return true;
    }
}
