using System.Buffers;

namespace ProtocolClients;

/// <summary>
/// Listings of Windows: IIS, and what prints DIR.
/// <code>
/// line   = date 1*SP time [ [ SP ] ( "AM" / "PM" / "a" / "p" ) ] 1*SP ( size / "&lt;" type "&gt;" ) 1*SP name [ " [" target "]" ]
/// date   = MM-DD-YY / MM-DD-YYYY / MM/DD/YYYY / DD.MM.YYYY / YYYY-MM-DD      ; by the server's settings; IIS: the first two
/// type   = "DIR" / "JUNCTION" / "SYMLINK" / "SYMLINKD"
/// </code>
/// The type has a column of 15 bytes, a size is followed by one space: names keep the spaces that they begin with.
/// </summary>
internal sealed class DosListParser(FtpListContext context) : ListDialect
{
    private const int TypeColumn = 15;

    private static readonly SearchValues<byte> SizeLetters = SearchValues.Create("0123456789,."u8);
    private static readonly SearchValues<byte> TimeLetters = SearchValues.Create("0123456789:"u8);

    private readonly EntrySource _source = new(context);
    private readonly ListClock _clock = new(context);

    protected override string Dialect => "DOS";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        if (!ListText.Next(line, ref at, out Word date)) return ListOutcome.Foreign;
        if (!_clock.TryNumeric(date.Of(line), out ListDate day) || line[0] is (byte)' ' or (byte)'\t') return IsFrame(line) ? ListOutcome.Skip : ListOutcome.Foreign;
        if (!ListText.Next(line, ref at, out Word time) || !TryTime(line, time, ref at, ref day)) return ListOutcome.Foreign;
        if (!_clock.TryStamp(day, out ListStamp stamp) || !ListText.Next(line, ref at, out Word column)) return ListOutcome.Foreign;
        ReadOnlySpan<byte> text = column.Of(line);
        var kind = FtpEntryKind.File;
        long size = -1;
        int name = column.End + 1;
        if (text[0] == '<')
        {
            kind = KindOf(text);
            if (kind == FtpEntryKind.Unknown) return ListOutcome.Foreign;
            name = NameBehind(line, column);
        }
        else if (!TrySize(text, out size))
        {
            return ListOutcome.Foreign;
        }

        if (name >= line.Length || line[name - 1] != ' ') return ListOutcome.Foreign;
        return Entry(line, name, kind, size, stamp, out entry);
    }

    private ListOutcome Entry(ReadOnlySpan<byte> line, int name, FtpEntryKind kind, long size, in ListStamp stamp, out FtpEntry? entry)
    {
        entry = null;
        int end = line.Length;
        EntryDetails? details = null;
        if (kind == FtpEntryKind.Link && line[^1] == ']' && line[name..].LastIndexOf(" ["u8) is > 0 and int bracket && name + bracket + 3 < end)
        {
            end = name + bracket;
            details = new EntryDetails { LinkTarget = context.Encoding.GetString(line[(end + 2)..^1]) };
        }

        entry = new FtpEntry(_source, line, name, end - name, kind, size, stamp, details);
        return ListOutcome.Entry;
    }

    private static bool TryTime(ReadOnlySpan<byte> line, Word word, ref int at, ref ListDate date)
    {
        ReadOnlySpan<byte> text = word.Of(line);
        int letters = text.IndexOfAnyExcept(TimeLetters);
        ReadOnlySpan<byte> half = letters < 0 ? default : text[letters..];
        if (letters >= 0) text = text[..letters];
        int next = at;
        if (half.IsEmpty && ListText.Next(line, ref next, out Word behind) && Half(behind.Of(line)) >= 0)
        {
            half = behind.Of(line);
            at = next;
        }

        if (!ListDate.TryTime(text, ref date)) return false;
        if (half.IsEmpty) return true;
        int hours = Half(half);
        if (hours < 0 || date.Hour is 0 or > 12) return false;
        date = date with { Hour = (date.Hour % 12) + hours };
        return true;
    }

    // How many hours the half of the day adds; -1 for another word.
    private static int Half(ReadOnlySpan<byte> text)
    {
        if (ListText.EqualsIgnoreCase(text, "am"u8) || ListText.EqualsIgnoreCase(text, "a"u8)) return 0;
        return ListText.EqualsIgnoreCase(text, "pm"u8) || ListText.EqualsIgnoreCase(text, "p"u8) ? 12 : -1;
    }

    private static FtpEntryKind KindOf(ReadOnlySpan<byte> type)
    {
        if (ListText.EqualsIgnoreCase(type, "<dir>"u8)) return FtpEntryKind.Directory;
        return ListText.EqualsIgnoreCase(type, "<junction>"u8) || ListText.EqualsIgnoreCase(type, "<symlink>"u8) || ListText.EqualsIgnoreCase(type, "<symlinkd>"u8)
            ? FtpEntryKind.Link
            : FtpEntryKind.Unknown;
    }

    private static int NameBehind(ReadOnlySpan<byte> line, Word type)
    {
        int column = type.Start + TypeColumn;
        if (column < line.Length && line[type.End..column].IndexOfAnyExcept((byte)' ') < 0) return column;
        int at = type.End;
        return ListText.Next(line, ref at, out Word name) ? name.Start : line.Length;
    }

    // Digits, in groups of three where they are grouped.
    private static bool TrySize(ReadOnlySpan<byte> text, out long size)
    {
        size = -1;
        if (text.ContainsAnyExcept(SizeLetters) || !char.IsAsciiDigit((char)text[0])) return false;
        long value = 0;
        int group = 0;
        bool grouped = false;
        foreach (byte b in text)
        {
            if (b is (byte)',' or (byte)'.')
            {
                if (group > 3 || (grouped && group != 3)) return false;
                grouped = true;
                group = 0;
                continue;
            }

            group++;
            int digit = b - '0';
            // Larger than any file: it is a line of this dialect with a size that nothing can hold.
            value = value < 0 || value > (long.MaxValue - digit) / 10 ? -1 : (value * 10) + digit;
        }

        size = value;
        return !grouped || group == 3;
    }

    // What DIR prints around the entries.
    private static bool IsFrame(ReadOnlySpan<byte> line)
    {
        if (line[0] != ' ') return false;
        ReadOnlySpan<byte> text = line.TrimStart((byte)' ');
        if (text.StartsWith("Volume "u8) || text.StartsWith("Directory of "u8)) return true;
        int at = 0;
        return ListText.Next(text, ref at, out Word count) && ListText.Next(text, ref at, out Word word)
            && !count.Of(text).ContainsAnyExcept(SizeLetters)
            && (word.Of(text).StartsWith("File(s)"u8) || word.Of(text).StartsWith("Dir(s)"u8));
    }
}
