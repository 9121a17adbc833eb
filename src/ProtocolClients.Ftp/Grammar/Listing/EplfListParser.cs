namespace ProtocolClients;

/// <summary>
/// Easily parsed listings (D. J. Bernstein, EPLF).
/// <code>
/// line  = "+" *( fact "," ) TAB name
/// fact  = "/"                ; CWD may succeed     / "r"             ; RETR may succeed
///       / "s" 1*DIGIT        ; size in bytes       / "m" 1*DIGIT     ; seconds since 1970
///       / "i" 1*char         ; unique              / "up" 1*OCTAL    ; mode
///       / any other, to be ignored
/// </code>
/// </summary>
internal sealed class EplfListParser(FtpListContext context) : ListDialect
{
    private readonly Source _source = new(context);

    protected override string Dialect => "EPLF";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int tab = line.IndexOf((byte)'\t');
        if (line[0] != '+' || tab < 0 || tab + 1 == line.Length || (tab > 1 && line[tab - 1] != ',')) return ListOutcome.Foreign;
        var kind = FtpEntryKind.Unknown;
        long size = -1;
        ListStamp modified = ListStamp.None;
        ReadOnlySpan<byte> rest = line[1..tab];
        while (Take(ref rest, out ReadOnlySpan<byte> fact))
        {
            if (fact.SequenceEqual("/"u8)) kind = FtpEntryKind.Directory;
            else if (fact.SequenceEqual("r"u8) && kind == FtpEntryKind.Unknown) kind = FtpEntryKind.File;
            else if (fact is [(byte)'s', .. var digits] && !ListText.TryLong(digits, out size)) size = -1;
            else if (fact is [(byte)'m', .. var seconds] && ListText.TryLong(seconds, out long time) && time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
                modified = new ListStamp(DateTimeOffset.FromUnixTimeSeconds(time).Ticks, 0, FtpTimePrecision.Second);
        }

        entry = new FtpEntry(_source, line, tab + 1, line.Length - tab - 1, kind, size, modified);
        return ListOutcome.Entry;
    }

    private static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> fact)
    {
        int comma = rest.IndexOf((byte)',');
        fact = comma < 0 ? default : rest[..comma];
        if (comma >= 0) rest = rest[(comma + 1)..];
        return comma >= 0;
    }

    private sealed class Source(FtpListContext context) : EntrySource(context)
    {
        public override EntryDetails Describe(ReadOnlySpan<byte> line)
        {
            ReadOnlySpan<byte> rest = line[1..line.IndexOf((byte)'\t')];
            EntryDetails details = EntryDetails.None;
            while (Take(ref rest, out ReadOnlySpan<byte> fact))
            {
                if (fact is [(byte)'i', _, ..]) details = details with { UniqueId = Context.Encoding.GetString(fact[1..]) };
                if (fact is [(byte)'u', (byte)'p', .. var octal] && octal.Length is > 0 and <= 7 && octal.IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0)
                {
                    int mode = 0;
                    foreach (byte digit in octal) mode = (mode << 3) | (digit - '0');
                    details = details with { Mode = mode & 0xFFF };
                }
            }

            return details;
        }
    }
}
