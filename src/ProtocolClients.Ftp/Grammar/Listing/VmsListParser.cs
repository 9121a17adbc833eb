namespace ProtocolClients;

/// <summary>
/// Listings of OpenVMS, as DIRECTORY prints them. A name that is too long for its column stands on a line alone, and what is said of it follows on the
/// next, behind spaces; a list of names alone is read too.
/// <code>
/// line   = name 1*SP [ used [ "/" allocated ] ] 1*SP date SP time [ "[" [ group "," ] owner "]" ] [ "(" protection ")" ]
/// name   = 1*( char / "^" any ) ";" version        ; "^" escapes (ODS-5)
/// date   = DD-MMM-YYYY       time = HH:MM [ ":" SS [ "." cc ] ]
/// frame  = "Directory " … / "Total of " … / "Grand total of " …
/// </code>
/// The sizes are of blocks of 512 bytes, so there is no size in bytes. A directory's name comes without its <c>.DIR;1</c>, as it is entered.
/// </summary>
internal sealed class VmsListParser(FtpListContext context) : ListDialect
{
    private readonly EntrySource _source = new(context);
    private readonly ListClock _clock = new(context);
    private byte[]? _waiting;

    public override bool IsWaiting => _waiting is not null;

    protected override string Dialect => "VMS";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_waiting is null || !TryColumns(line, 0, out Columns columns)) return ListOutcome.Foreign;
            byte[] joined = [.. _waiting, (byte)'\n', .. line];
            entry = Entry(joined, _waiting.Length, columns);
            _waiting = null;
            return ListOutcome.Entry;
        }

        if (IsFrame(line)) return TakeWaiting(out entry);
        int end = NameEnd(line);
        if (end < 0) return ListOutcome.Foreign;
        if (line[end..].IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
        {
            // Another name: those before had nothing to say of theirs.
            ListOutcome outcome = TakeWaiting(out entry);
            _waiting = line[..end].ToArray();
            return outcome;
        }

        if (_waiting is not null || !TryColumns(line, end, out Columns read)) return ListOutcome.Foreign;
        entry = Entry(line, end, read);
        return ListOutcome.Entry;
    }

    protected override FtpEntry? ReadEnd()
    {
        TakeWaiting(out FtpEntry? entry);
        return entry;
    }

    private ListOutcome TakeWaiting(out FtpEntry? entry)
    {
        entry = _waiting is null ? null : Entry(_waiting, _waiting.Length, default);
        _waiting = null;
        return entry is null ? ListOutcome.Skip : ListOutcome.Entry;
    }

    private FtpEntry Entry(ReadOnlySpan<byte> line, int end, in Columns columns)
    {
        int version = line[..end].LastIndexOf((byte)';');
        bool directory = version > 4 && ListText.EqualsIgnoreCase(line[(version - 4)..version], ".dir"u8);
        int length = directory ? version - 4 : context.KeepVersions ? end : version;
        ListStamp stamp = columns.HasTime ? columns.Time : ListStamp.None;
        EntryDetails? details = columns.Owner is null && columns.Protection is null
            ? null
            : new EntryDetails { Owner = columns.Owner, Group = columns.Group, Permissions = columns.Protection };
        return new FtpEntry(_source, line, 0, length, directory ? FtpEntryKind.Directory : FtpEntryKind.File, -1, stamp, details);
    }

    private static bool IsFrame(ReadOnlySpan<byte> line) =>
        (ListText.StartsWithIgnoreCase(line, "directory "u8) && line.ContainsAny((byte)'[', (byte)':', (byte)'<'))
        || ListText.StartsWithIgnoreCase(line, "total of "u8) || ListText.StartsWithIgnoreCase(line, "grand total of "u8);

    // Behind the version; -1 when the line begins with no name.
    private static int NameEnd(ReadOnlySpan<byte> line)
    {
        int semicolon = -1;
        int i = 0;
        for (; i < line.Length && line[i] is not ((byte)' ' or (byte)'\t'); i++)
        {
            if (line[i] == '^') i++;
            else if (line[i] == ';') semicolon = i;
        }

        i = Math.Min(i, line.Length);
        return semicolon > 0 && ListText.AreDigits(line[(semicolon + 1)..i]) && i - semicolon <= 6 ? i : -1;
    }

    private bool TryColumns(ReadOnlySpan<byte> line, int at, out Columns columns)
    {
        columns = default;
        while (ListText.Next(line, ref at, out Word word))
        {
            ReadOnlySpan<byte> text = word.Of(line);
            // A file that may not be looked at: %RMS-E-PRV, insufficient privilege …
            if (text[0] == '%') return true;
            if (text[0] is (byte)'[' or (byte)'(')
            {
                bool isOwner = text[0] == '[';
                int length = line[word.Start..].IndexOf(isOwner ? (byte)']' : (byte)')');
                // Each once: what begins behind is looked for from there.
                if (length < 0 || (isOwner ? columns.Owner : columns.Protection) is not null) return false;
                at = word.Start + length + 1;
                Take(context.Encoding.GetString(line[(word.Start + 1)..(at - 1)]), isOwner, ref columns);
            }
            else if (ListDate.TryNamed(text, out ListDate date))
            {
                if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref date) || !_clock.TryStamp(date, out ListStamp stamp)) return false;
                columns = columns with { HasTime = true, Time = stamp };
            }
            else if (columns.HasTime || !IsBlocks(text))
            {
                return false;
            }
        }

        return columns.HasTime;
    }

    private static void Take(string text, bool isOwner, ref Columns columns)
    {
        if (!isOwner)
        {
            columns = columns with { Protection = text };
            return;
        }

        int comma = text.IndexOf(',', StringComparison.Ordinal);
        columns = columns with { Group = comma < 0 ? null : text[..comma].Trim(), Owner = text[(comma + 1)..].Trim() };
    }

    private static bool IsBlocks(ReadOnlySpan<byte> text)
    {
        int slash = text.IndexOf((byte)'/');
        return slash < 0 ? ListText.AreDigits(text) : ListText.AreDigits(text[..slash]) && ListText.AreDigits(text[(slash + 1)..]);
    }

    private readonly record struct Columns(bool HasTime, ListStamp Time, string? Owner, string? Group, string? Protection);
}
