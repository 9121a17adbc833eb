using System.Buffers;

namespace ProtocolClients;

/// <summary>
/// Listings of z/OS: data sets, members of a partitioned data set, and its Unix files. The headers say what follows.
/// <code>
/// data sets   "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
///             volume … dsorg SP dsname / "Migrated" SP dsname / "Pseudo Directory" SP dsname / … SP dsname
/// members     " Name     VV.MM   Created       Changed      Size  Init   Mod   Id"
///             name [ SP vv.mm SP created SP changed SP time 3( SP records ) SP id ]
/// modules     " Name      Size     TTR   Alias-of AC …"
///             name SP hex …
/// </code>
/// There is no size in bytes: data sets are counted in tracks, members in records. "Referred" is the day of the last use, not of a change, so a data
/// set has no time. Lists of jobs (SITE FILETYPE=JES) are no listings of files, and refused.
/// </summary>
internal sealed class ZosListParser(FtpListContext context) : ListDialect
{
    private static readonly SearchValues<byte> HexLetters = SearchValues.Create("0123456789ABCDEF"u8);

    private readonly EntrySource _source = new(context);
    private readonly ListClock _clock = new(context);
    private readonly UnixListParser _unix = new(context);
    private Section _section;

    private enum Section
    {
        None,
        DataSets,
        Members,
        Modules,
    }

    protected override string Dialect => "z/OS";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        if (IsHeader(line)) return ListOutcome.Skip;
        return _section switch
        {
            Section.DataSets => ReadDataSet(line, out entry),
            Section.Members => ReadMember(line, out entry),
            Section.Modules => ReadModule(line, out entry),
            _ => _unix.Read(line, out entry),
        };
    }

    private bool IsHeader(ReadOnlySpan<byte> line)
    {
        int at = 0;
        ListText.Next(line, ref at, out Word first);
        if (!ListText.Next(line, ref at, out Word second)) return false;
        ReadOnlySpan<byte> word = first.Of(line);
        ReadOnlySpan<byte> next = second.Of(line);
        if (ListText.EqualsIgnoreCase(word, "jobname"u8) || IsJob(next)) throw new WireFormatException("This is a list of jobs and not of files: the server stands in FILETYPE=JES.");
        Section section = Section.None;
        if (ListText.EqualsIgnoreCase(word, "volume"u8) && ListText.EqualsIgnoreCase(line.TrimEnd((byte)' ')[^6..], "dsname"u8)) section = Section.DataSets;
        else if (ListText.EqualsIgnoreCase(word, "name"u8) && ListText.EqualsIgnoreCase(next, "vv.mm"u8)) section = Section.Members;
        else if (ListText.EqualsIgnoreCase(word, "name"u8) && ListText.EqualsIgnoreCase(next, "size"u8)) section = Section.Modules;
        if (section == Section.None) return false;
        _section = section;
        return true;
    }

    // JOB01234, STC01234, TSU01234, J0123456
    private static bool IsJob(ReadOnlySpan<byte> text) => text.Length == 8
        && ((text.StartsWith("JOB"u8) || text.StartsWith("STC"u8) || text.StartsWith("TSU"u8)) ? ListText.AreDigits(text[3..])
            : text[0] is (byte)'J' or (byte)'S' or (byte)'T' && ListText.AreDigits(text[1..]));

    private ListOutcome ReadDataSet(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        Word before = default;
        Word organisation = default;
        Word name = default;
        int words = 0;
        while (ListText.Next(line, ref at, out Word word))
        {
            before = organisation;
            organisation = name;
            name = word;
            words++;
        }

        ReadOnlySpan<byte> text = name.Of(line);
        bool quoted = text.Length > 2 && text[0] == '\'' && text[^1] == '\'';
        if (words < 2 || !IsDataSet(quoted ? text[1..^1] : text)) return ListOutcome.Foreign;
        FtpEntryKind kind = KindOf(organisation.Of(line), before.Of(line));
        entry = new FtpEntry(_source, line, name.Start, name.Length, kind, -1, ListStamp.None, Located(quoted ? context.Encoding.GetString(text) : Beside(text)));
        return ListOutcome.Entry;
    }

    private static FtpEntryKind KindOf(ReadOnlySpan<byte> organisation, ReadOnlySpan<byte> before)
    {
        if (organisation.SequenceEqual("PO"u8) || organisation.SequenceEqual("PO-E"u8)) return FtpEntryKind.Directory;
        if (ListText.EqualsIgnoreCase(organisation, "directory"u8) && ListText.EqualsIgnoreCase(before, "pseudo"u8)) return FtpEntryKind.Directory;
        if (organisation.SequenceEqual("PS"u8) || organisation.StartsWith("PS-"u8) || organisation.SequenceEqual("DA"u8)) return FtpEntryKind.File;
        return organisation.SequenceEqual("VSAM"u8) || organisation.SequenceEqual("GDG"u8) || organisation.SequenceEqual("PATH"u8)
            ? FtpEntryKind.Other
            : FtpEntryKind.Unknown;
    }

    private ListOutcome ReadMember(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        if (!ListText.Next(line, ref at, out Word name) || !IsQualifier(name.Of(line))) return ListOutcome.Foreign;
        ListStamp modified = ListStamp.None;
        EntryDetails? details = Located(Member(name.Of(line)));
        if (ListText.Next(line, ref at, out Word version))
        {
            ReadOnlySpan<byte> levels = version.Of(line);
            if (levels.Length != 5 || levels[2] != '.' || !ListText.AreDigits(levels[..2]) || !ListText.AreDigits(levels[3..])) return ListOutcome.Foreign;
            if (!TryDay(line, ref at, out ListDate created) || !TryDay(line, ref at, out ListDate changed)) return ListOutcome.Foreign;
            if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref changed)) return ListOutcome.Foreign;
            if (!_clock.TryStamp(created, out ListStamp birth) || !_clock.TryStamp(changed, out modified)) return ListOutcome.Foreign;
            for (int i = 0; i < 3; i++)
            {
                if (!ListText.Next(line, ref at, out Word records) || !ListText.AreDigits(records.Of(line))) return ListOutcome.Foreign;
            }

            string? owner = ListText.Next(line, ref at, out Word id) ? context.Encoding.GetString(id.Of(line)) : null;
            details = (details ?? EntryDetails.None) with { Created = birth.Value, Owner = owner };
        }

        entry = new FtpEntry(_source, line, name.Start, name.Length, FtpEntryKind.File, -1, modified, details);
        return ListOutcome.Entry;
    }

    private ListOutcome ReadModule(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        if (!ListText.Next(line, ref at, out Word name) || !IsQualifier(name.Of(line))) return ListOutcome.Foreign;
        if (!ListText.Next(line, ref at, out Word size) || size.Of(line).ContainsAnyExcept(HexLetters)) return ListOutcome.Foreign;
        entry = new FtpEntry(_source, line, name.Start, name.Length, FtpEntryKind.File, -1, ListStamp.None, Located(Member(name.Of(line))));
        return ListOutcome.Entry;
    }

    private bool TryDay(ReadOnlySpan<byte> line, ref int at, out ListDate date)
    {
        date = default;
        return ListText.Next(line, ref at, out Word word) && _clock.TryNumeric(word.Of(line), out date, yearFirst: true);
    }

    // dsname = qualifier *( "." qualifier )      qualifier = 1*8( ALPHA / DIGIT / "@" / "#" / "$" / "-" )
    private static bool IsDataSet(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > 44) return false;
        foreach (Range range in text.Split((byte)'.'))
        {
            if (!IsQualifier(text[range])) return false;
        }

        return true;
    }

    private static bool IsQualifier(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > 8) return false;
        foreach (byte b in text)
        {
            if (!char.IsAsciiLetterUpper((char)b) && !char.IsAsciiDigit((char)b) && b is not ((byte)'@' or (byte)'#' or (byte)'$' or (byte)'-' or (byte)'{')) return false;
        }

        return true;
    }

    // A directory in quotes is no folder: 'HLQ.' begins the names of data sets, and 'HLQ.LIB' holds members, as 'HLQ.LIB(MEMBER)'.
    private string? Beside(ReadOnlySpan<byte> name) => Directory() is { } directory
        ? $"'{directory}{(directory.EndsWith('.') ? "" : ".")}{context.Encoding.GetString(name)}'"
        : null;

    private string? Member(ReadOnlySpan<byte> name) => Directory() is { } directory ? $"'{directory}({context.Encoding.GetString(name)})'" : null;

    private string? Directory()
    {
        string text = context.Directory.ToString();
        return text.Length > 2 && text[0] == '\'' && text[^1] == '\'' ? text[1..^1] : null;
    }

    private static EntryDetails? Located(string? path) => path is null ? null : new EntryDetails { Path = path };
}
