namespace ProtocolClients;

/// <summary>
/// The time in a line of <c>ls -l</c>, which begins at a word and takes two to four of them.
/// <code>
/// POSIX ls:      Jan 12 10:31      Jan 12  2024           ; the last half year, and before
/// BSD ls -T:     Jan 12 10:31:42 2024
/// some locales:  12 Jan 10:31      12 Jan 2024
/// GNU ls:        2024-01-12 10:31  2024-01-12 10:31:42.000000000 +0100      ; --time-style=long-iso, full-iso
///                01-12 10:31       2024-01-12                               ; --time-style=iso
/// </code>
/// </summary>
internal readonly struct UnixDate
{
    /// <summary>Where the word after it may begin: behind the one space that follows it.</summary>
    public int End { get; private init; }

    /// <summary>Whether the word before the month belongs to it.</summary>
    public bool DayFirst { get; private init; }

    public bool HasYear { get; private init; }

    public ListDate Date { get; private init; }

    /// <param name="line">The line.</param>
    /// <param name="word">The word that it may begin at.</param>
    /// <param name="before">The word before that.</param>
    /// <param name="read">The time.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, Word word, Word before, out UnixDate read)
    {
        read = default;
        ReadOnlySpan<byte> text = word.Of(line);
        if (text.Length == 3) return ListText.Month(text) is > 0 and int month && TryNamed(line, word, before, month, out read);
        if (text.Length == 10 && text[4] == '-') return TryIso(line, word, out read);
        return text.Length == 5 && text[2] == '-' && TryIsoWithoutYear(line, word, out read);
    }

    private static bool TryNamed(ReadOnlySpan<byte> line, Word word, Word before, int month, out UnixDate read)
    {
        read = default;
        int at = word.End;
        if (!ListText.Next(line, ref at, out Word next)) return false;
        if (TryDay(next.Of(line), out int day))
        {
            if (!ListText.Next(line, ref at, out next) || !TryYearOrTime(line, next, month, day, out read)) return false;
            if (read.HasYear || read.Date.Precision != FtpTimePrecision.Second) return true;
            // BSD's -T: the year stands behind the time.
            if (ListText.Next(line, ref at, out Word last) && TryYear(last.Of(line), out int year))
                read = new UnixDate { End = last.End, HasYear = true, Date = read.Date with { Year = year } };
            return true;
        }

        if (!TryDay(before.Of(line), out day) || !TryYearOrTime(line, next, month, day, out read)) return false;
        read = new UnixDate { End = read.End, HasYear = read.HasYear, Date = read.Date, DayFirst = true };
        return true;
    }

    private static bool TryYearOrTime(ReadOnlySpan<byte> line, Word word, int month, int day, out UnixDate read)
    {
        read = default;
        ReadOnlySpan<byte> text = word.Of(line);
        var date = new ListDate(0, month, day);
        bool hasYear = TryYear(text, out int year);
        if (hasYear) date = date with { Year = year };
        else if (!ListDate.TryTime(text, ref date)) return false;
        read = new UnixDate { End = word.End, HasYear = hasYear, Date = date };
        return true;
    }

    private static bool TryIso(ReadOnlySpan<byte> line, Word word, out UnixDate read)
    {
        read = default;
        ReadOnlySpan<byte> text = word.Of(line);
        if (text[7] != '-' || !ListText.TryInt(text[..4], out int year) || !ListText.TryInt(text.Slice(5, 2), out int month)) return false;
        if (!ListText.TryInt(text[8..], out int day) || year == 0) return false;
        var date = new ListDate(year, month, day);
        int at = word.End;
        if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref date))
        {
            // The column of the time is blank: its place is two spaces, or one where it was cut.
            int end = line[word.End..].StartsWith("  "u8) ? word.End + 1 : word.End;
            read = new UnixDate { End = end, HasYear = true, Date = date };
            return true;
        }

        int last = time.End;
        if (date.Precision >= FtpTimePrecision.Second && ListText.Next(line, ref at, out Word zone) && TryZone(zone.Of(line), out int minutes))
        {
            date = date with { OffsetMinutes = minutes };
            last = zone.End;
        }

        read = new UnixDate { End = last, HasYear = true, Date = date };
        return true;
    }

    private static bool TryIsoWithoutYear(ReadOnlySpan<byte> line, Word word, out UnixDate read)
    {
        read = default;
        ReadOnlySpan<byte> text = word.Of(line);
        if (!ListText.TryInt(text[..2], out int month) || !TryDay(text[3..], out int day)) return false;
        var date = new ListDate(0, month, day);
        int at = word.End;
        if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref date)) return false;
        read = new UnixDate { End = time.End, Date = date };
        return true;
    }

    private static bool TryDay(ReadOnlySpan<byte> text, out int day)
    {
        day = 0;
        return text.Length <= 2 && ListText.TryInt(text, out day) && day is >= 1 and <= 31;
    }

    private static bool TryYear(ReadOnlySpan<byte> text, out int year)
    {
        year = 0;
        return text.Length == 4 && ListText.TryInt(text, out year) && year > 0;
    }

    // zone = ( "+" / "-" ) 4DIGIT
    private static bool TryZone(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length != 5 || text[0] is not ((byte)'+' or (byte)'-')) return false;
        if (!ListText.TryInt(text.Slice(1, 2), out int hours) || !ListText.TryInt(text[3..], out int rest) || hours > 14 || rest > 59) return false;
        minutes = ((hours * 60) + rest) * (text[0] == '-' ? -1 : 1);
        return Math.Abs(minutes) <= 14 * 60;
    }
}
