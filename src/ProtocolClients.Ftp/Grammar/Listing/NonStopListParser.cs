namespace ProtocolClients;

/// <summary>
/// Listings of NonStop (Tandem Guardian).
/// <code>
/// line   = name 1*SP code 1*SP eof 1*SP date SP time 1*SP group "," [ SP ] user [ 1*SP DQUOTE security DQUOTE ]
/// date   = DD-MMM-YY / DD-MMM-YYYY
/// frame  = "File" 1*SP "Code" …
/// </code>
/// </summary>
internal sealed class NonStopListParser(FtpListContext context) : ListDialect
{
    private readonly EntrySource _source = new(context);
    private readonly ListClock _clock = new(context);

    protected override string Dialect => "NonStop";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        int at = 0;
        if (!ListText.Next(line, ref at, out Word name) || !ListText.Next(line, ref at, out Word code)) return ListOutcome.Foreign;
        if (name.Of(line).SequenceEqual("File"u8) && code.Of(line).SequenceEqual("Code"u8)) return ListOutcome.Skip;
        if (!IsCode(code.Of(line)) || !IsName(name.Of(line))) return ListOutcome.Foreign;
        if (!ListText.Next(line, ref at, out Word eof) || !ListText.TryLong(eof.Of(line), out long size)) return ListOutcome.Foreign;
        if (!ListText.Next(line, ref at, out Word day) || !ListDate.TryNamed(day.Of(line), out ListDate date)) return ListOutcome.Foreign;
        if (!ListText.Next(line, ref at, out Word time) || !ListDate.TryTime(time.Of(line), ref date)) return ListOutcome.Foreign;
        if (!_clock.TryStamp(date, out ListStamp stamp)) return ListOutcome.Foreign;
        ReadOnlySpan<byte> rest = line[at..];
        int quote = rest.IndexOf((byte)'"');
        string owner = context.Encoding.GetString(quote < 0 ? rest : rest[..quote]).Replace(" ", "", StringComparison.Ordinal);
        string? security = quote < 0 ? null : context.Encoding.GetString(rest[(quote + 1)..]).TrimEnd(' ').TrimEnd('"');
        EntryDetails details = new() { Owner = owner.Length == 0 ? null : owner, Permissions = security };
        entry = new FtpEntry(_source, line, name.Start, name.Length, FtpEntryKind.File, size, stamp, details);
        return ListOutcome.Entry;
    }

    // One letter and up to seven letters or digits.
    private static bool IsName(ReadOnlySpan<byte> text)
    {
        if (text.Length > 8 || !char.IsAsciiLetter((char)text[0])) return false;
        foreach (byte b in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)b)) return false;
        }

        return true;
    }

    // A file that is open has a letter behind its code.
    private static bool IsCode(ReadOnlySpan<byte> text) => ListText.AreDigits(char.IsAsciiLetter((char)text[^1]) ? text[..^1] : text);
}
