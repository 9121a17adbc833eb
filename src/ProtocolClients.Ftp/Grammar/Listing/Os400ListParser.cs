namespace ProtocolClients;

/// <summary>
/// Listings of OS/400 (IBM i), of libraries and of the integrated file system.
/// <code>
/// line   = owner 1*SP size 1*SP date SP time SP type 1*SP name [ "/" ]
///        / [ owner ] 1*SP "*MEM" 1*SP file "/" member
/// type   = "*" 1*ALPHA             ; in a column of 11 bytes
/// date   = MM/DD/YY / DD.MM.YY / YY-MM-DD / YYYY-MM-DD / …      ; by the job's format
/// </code>
/// </summary>
internal sealed class Os400ListParser(FtpListContext context) : ListDialect
{
    private const int TypeColumn = 11;

    private readonly EntrySource _source = new(context);
    private readonly ListClock _clock = new(context);

    protected override string Dialect => "OS/400";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        if (!ListText.Next(line, ref at, out Word word)) return ListOutcome.Foreign;
        EntryDetails? details = null;
        if (line[word.Start] != '*')
        {
            details = new EntryDetails { Owner = context.Encoding.GetString(word.Of(line)) };
            if (!ListText.Next(line, ref at, out word)) return ListOutcome.Foreign;
        }

        long size = -1;
        ListStamp modified = ListStamp.None;
        if (line[word.Start] != '*')
        {
            if (!ListText.TryLong(word.Of(line), out size)) return ListOutcome.Foreign;
            if (!ListText.Next(line, ref at, out Word day) || !_clock.TryNumeric(day.Of(line), out ListDate date)) return ListOutcome.Foreign;
            if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref date)) return ListOutcome.Foreign;
            if (!_clock.TryStamp(date, out modified) || !ListText.Next(line, ref at, out word)) return ListOutcome.Foreign;
        }

        ReadOnlySpan<byte> type = word.Of(line);
        if (type.Length < 2 || type[0] != '*' || type[1..].IndexOfAnyExceptInRange((byte)'A', (byte)'Z') >= 0) return ListOutcome.Foreign;
        int name = NameBehind(line, word);
        int end = line.Length;
        FtpEntryKind kind = KindOf(type);
        if (end - name > 1 && line[end - 1] == '/')
        {
            kind = FtpEntryKind.Directory;
            end--;
        }

        if (name >= end) return ListOutcome.Foreign;
        entry = new FtpEntry(_source, line, name, end - name, kind, size, modified, details);
        return ListOutcome.Entry;
    }

    private static FtpEntryKind KindOf(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("*DIR"u8) || type.SequenceEqual("*DDIR"u8) || type.SequenceEqual("*LIB"u8) || type.SequenceEqual("*FLR"u8))
            return FtpEntryKind.Directory;
        if (type.SequenceEqual("*SYMLNK"u8)) return FtpEntryKind.Link;
        return type.SequenceEqual("*STMF"u8) || type.SequenceEqual("*DSTMF"u8) || type.SequenceEqual("*FILE"u8) || type.SequenceEqual("*MEM"u8)
            || type.SequenceEqual("*DOC"u8) || type.SequenceEqual("*SAVF"u8)
            ? FtpEntryKind.File
            : FtpEntryKind.Other;
    }

    private static int NameBehind(ReadOnlySpan<byte> line, Word type)
    {
        int column = type.Start + TypeColumn;
        if (type.End < column && column < line.Length && line[type.End..column].IndexOfAnyExcept((byte)' ') < 0) return column;
        int at = type.End;
        return ListText.Next(line, ref at, out Word name) ? name.Start : line.Length;
    }
}
