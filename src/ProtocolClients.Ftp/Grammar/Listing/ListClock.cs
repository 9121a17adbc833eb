namespace ProtocolClients;

/// <summary>
/// Makes times of what listings say: in the zone of the server's clock, and with the year that a date without one means. That is the
/// last year in which the date is one and lies not more than a day ahead: a clock may be ahead of ours, and 29 February waits for its year.
/// </summary>
internal sealed class ListClock
{
    // From 1896 to 1904 there was no leap year.
    private const int YearsBack = 8;

    private readonly TimeZoneInfo _zone;
    private readonly DateTime _latest;

    public ListClock(FtpListContext context)
    {
        _zone = context.TimeZone;
        DateTime now = TimeZoneInfo.ConvertTime(context.Now, _zone).DateTime;
        _latest = now < DateTime.MaxValue.AddDays(-1) ? now.AddDays(1) : now;
    }

    /// <summary>A time with its year.</summary>
    public bool TryStamp(in ListDate date, out ListStamp stamp)
    {
        stamp = ListStamp.None;
        if (!TryLocal(date, date.Year, out DateTime local)) return false;
        TimeSpan offset = date.OffsetMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : _zone.GetUtcOffset(local);
        long utc = local.Ticks - offset.Ticks;
        if (utc < 0 || utc > DateTime.MaxValue.Ticks) return false;
        stamp = new ListStamp(local.Ticks, (short)offset.TotalMinutes, date.Precision);
        return true;
    }

    /// <summary>A time without its year.</summary>
    public bool TryRecent(in ListDate date, out ListStamp stamp)
    {
        for (int year = _latest.Year; year >= Math.Max(1, _latest.Year - YearsBack); year--)
        {
            if (TryLocal(date, year, out DateTime local) && local <= _latest) return TryStamp(date with { Year = year }, out stamp);
        }

        stamp = ListStamp.None;
        return false;
    }

    /// <summary>
    /// A date of three numbers. A year of four digits shows itself; otherwise a dot stands between day, month and year, and a hyphen or a slash
    /// between month, day and year. Where that makes no date the other way round does, or the year in front.
    /// </summary>
    /// <param name="text">The numbers.</param>
    /// <param name="date">The date.</param>
    /// <param name="yearFirst">Whether a year of two digits stands in front.</param>
    public bool TryNumeric(ReadOnlySpan<byte> text, out ListDate date, bool yearFirst = false)
    {
        date = default;
        if (text.Length is < 6 or > 10 || text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is not (> 0 and var first)) return false;
        byte separator = text[first];
        if (separator is not ((byte)'-' or (byte)'/' or (byte)'.')) return false;
        int second = text[(first + 1)..].IndexOf(separator);
        if (second is not (1 or 2)) return false;
        ReadOnlySpan<byte> last = text[(first + second + 2)..];
        if (!ListText.TryInt(text[..first], out int a) || !ListText.TryInt(text.Slice(first + 1, second), out int b) || !ListText.TryInt(last, out int c)) return false;
        if (first == 4) return last.Length <= 2 && Is(date = new ListDate(a, b, c));
        if (first > 2 || last.Length is not (2 or 4)) return false;
        if (yearFirst) return last.Length == 2 && Is(date = new ListDate(FullYear(a), b, c));
        int year = last.Length == 4 ? c : FullYear(c);
        if (separator != '.' && Is(date = new ListDate(year, a, b))) return true;
        ListDate dayFirst = new(year, b, a);
        ListDate inFront = new(FullYear(a), b, c);
        // 24/01/31 may be of 2024 or of 2031: the one that is past.
        bool front = last.Length == 2 && separator != '.' && Is(inFront) && (!Is(dayFirst) || (!IsPast(dayFirst) && IsPast(inFront)));
        return Is(date = front ? inFront : dayFirst);
    }

    private bool IsPast(in ListDate date) => TryLocal(date, date.Year, out DateTime local) && local <= _latest;

    private static bool Is(in ListDate date) => TryLocal(date, date.Year, out _);

    /// <summary>A year of two digits: those from 69 on are of the last century (POSIX strptime, %y).</summary>
    public static int FullYear(int twoDigits) => twoDigits + (twoDigits < 69 ? 2000 : 1900);

    private static bool TryLocal(in ListDate date, int year, out DateTime local)
    {
        local = default;
        if (year is < 1 or > 9999 || date.Month is < 1 or > 12 || date.Day < 1 || date.Day > DateTime.DaysInMonth(year, date.Month)) return false;
        if (date.Hour is < 0 or > 23 || date.Minute is < 0 or > 59 || date.Second is < 0 or > 60) return false;
        long ticks = new DateTime(year, date.Month, date.Day, date.Hour, date.Minute, 0, DateTimeKind.Unspecified).Ticks;
        ticks += (date.Second * TimeSpan.TicksPerSecond) + date.Fraction;
        if (ticks > DateTime.MaxValue.Ticks) return false;
        local = new DateTime(ticks, DateTimeKind.Unspecified);
        return true;
    }
}

/// <summary>A date and a time of day as they stand in a line.</summary>
internal readonly record struct ListDate(int Year, int Month, int Day)
{
    public int Hour { get; init; }

    public int Minute { get; init; }

    public int Second { get; init; }

    /// <summary>The fraction of the second, in ticks.</summary>
    public long Fraction { get; init; }

    /// <summary>How far the line says that its time is from UTC; null when it says nothing.</summary>
    public int? OffsetMinutes { get; init; }

    public FtpTimePrecision Precision { get; init; } = FtpTimePrecision.Day;

    /// <summary>A date with an English month: <c>DD-MMM-YYYY</c>, <c>D-MMM-YY</c>.</summary>
    public static bool TryNamed(ReadOnlySpan<byte> text, out ListDate date)
    {
        date = default;
        int hyphen = text.IndexOf((byte)'-');
        if (hyphen is not (1 or 2) || text.Length - hyphen is not (7 or 9) || text[hyphen + 4] != '-') return false;
        ReadOnlySpan<byte> last = text[(hyphen + 5)..];
        int month = ListText.Month(text.Slice(hyphen + 1, 3));
        if (month == 0 || !ListText.TryInt(text[..hyphen], out int day) || !ListText.TryInt(last, out int year)) return false;
        date = new ListDate(last.Length == 2 ? ListClock.FullYear(year) : year, month, day);
        return true;
    }

    /// <summary>
    /// The date at a time of day: <c>H:MM</c>, <c>HH:MM:SS</c>, <c>HH:MM:SS.fff</c>.
    /// </summary>
    public static bool TryTime(ReadOnlySpan<byte> text, ref ListDate date)
    {
        int colon = text.IndexOf((byte)':');
        if (colon is not (1 or 2) || text.Length < colon + 3) return false;
        if (!ListText.TryInt(text[..colon], out int hour) || !ListText.TryInt(text.Slice(colon + 1, 2), out int minute)) return false;
        if (hour > 23 || minute > 59) return false;
        ReadOnlySpan<byte> rest = text[(colon + 3)..];
        if (rest.IsEmpty)
        {
            date = date with { Hour = hour, Minute = minute, Precision = FtpTimePrecision.Minute };
            return true;
        }

        if (rest.Length < 3 || rest[0] != ':' || !ListText.TryInt(rest.Slice(1, 2), out int second) || second > 60) return false;
        date = date with { Hour = hour, Minute = minute, Second = second, Precision = FtpTimePrecision.Second };
        rest = rest[3..];
        if (rest.IsEmpty) return true;
        if (rest[0] != '.' || !FtpTime.TryFraction(rest[1..], out long fraction, out FtpTimePrecision precision)) return false;
        date = date with { Fraction = fraction, Precision = precision };
        return true;
    }
}
