using System.Buffers;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// A line of <c>ls -l</c> and of what looks like it: no standard says how, POSIX comes nearest. What stands where is found from the time, the one
/// column that is like nothing else; the name begins behind the one space that follows it, with whatever spaces are its own.
/// <code>
/// line  = type rights [ acl ] [ links ] [ owner [ group ] ] [ size / major "," minor ] time SP name [ " -> " target ]
/// type  = one letter        rights = 9 letters rwx… / "[" letters "]" (NetWare)       acl = "+" / "@" / "."
/// NetPresenz:  for a file two more sizes, for a directory the word "folder" and a count
/// a file that ls cannot look at:  all columns are question marks
/// </code>
/// </summary>
internal struct UnixLine
{
    private const int MostWords = 16;
    private const string FileTypes = "-fmM";
    private const string OtherTypes = "cCbBpPsnwD?";

    private static readonly SearchValues<byte> RightsLetters = SearchValues.Create("rwxsStTlL-"u8);
    private static readonly SearchValues<byte> NetWareLetters = SearchValues.Create("RWCEAFMSDIrwceafmsdi-"u8);

    public FtpEntryKind Kind { get; private set; }

    public Word Rights { get; private set; }

    public Word Owner { get; private set; }

    public Word Group { get; private set; }

    public Word Name { get; private set; }

    public Word Target { get; private set; }

    public long Size { get; private set; }

    public bool HasTime { get; private set; }

    public bool HasYear { get; private set; }

    public ListDate Time { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> line, out UnixLine read)
    {
        read = new UnixLine { Size = -1 };
        if (!read.TryHead(line, out int at)) return false;
        Span<Word> words = stackalloc Word[MostWords];
        int count = 0;
        while (ListText.Next(line, ref at, out Word word))
        {
            if (UnixDate.TryRead(line, word, count > 0 ? words[count - 1] : default, out UnixDate date))
            {
                read.HasTime = true;
                read.HasYear = date.HasYear;
                read.Time = date.Date;
                read.TakeColumns(line, words[..(date.DayFirst ? count - 1 : count)]);
                return read.TryName(line, date.End);
            }

            if (count == MostWords) return false;
            words[count++] = word;
        }

        return read.TryUnknown(line, words[..count]);
    }

    private bool TryHead(ReadOnlySpan<byte> line, out int at)
    {
        at = 0;
        if (line.Length < 4) return false;
        switch ((char)line[0])
        {
            case 'd':
                Kind = FtpEntryKind.Directory;
                break;
            case 'l':
                Kind = FtpEntryKind.Link;
                break;
            case char type when FileTypes.Contains(type, StringComparison.Ordinal):
                Kind = FtpEntryKind.File;
                break;
            case char type when OtherTypes.Contains(type, StringComparison.Ordinal):
                Kind = FtpEntryKind.Other;
                break;
            default:
                return false;
        }

        int bracket = line[1] == '[' ? 1 : line[1] == ' ' && line[2] == '[' ? 2 : -1;
        if (bracket > 0)
        {
            int length = line[bracket..].IndexOf((byte)']');
            if (length is < 0 or > 12 || line[(bracket + 1)..(bracket + length)].ContainsAnyExcept(NetWareLetters)) return false;
            at = bracket + length + 1;
            Rights = new Word(bracket, at);
            return true;
        }

        if (line.Length < 11) return false;
        ReadOnlySpan<byte> rights = line.Slice(1, 9);
        if (rights.ContainsAnyExcept(RightsLetters) && rights.ContainsAnyExcept((byte)'?')) return false;
        Rights = new Word(1, 10);
        at = line[10] is (byte)'+' or (byte)'@' or (byte)'.' ? 11 : 10;
        return true;
    }

    private void TakeColumns(ReadOnlySpan<byte> line, ReadOnlySpan<Word> words)
    {
        int count = words.Length;
        // NetPresenz: "folder" and how many are in it, or the sizes of the two forks and of both.
        if (count == 2 && words[0].Of(line).SequenceEqual("folder"u8)) return;
        if (count == 3 && ListText.AreDigits(words[0].Of(line)) && ListText.AreDigits(words[1].Of(line)) && ListText.TryLong(words[2].Of(line), out long both))
        {
            if (ListText.TryLong(words[0].Of(line), out long one) && ListText.TryLong(words[1].Of(line), out long two) && one + two == both)
            {
                Size = both;
                return;
            }
        }

        if (count > 0) count -= TakeSize(line, words);
        int first = count > 1 && ListText.AreDigits(words[0].Of(line)) ? 1 : 0;
        if (first == 0 && count == 1 && words[0].Start == Rights.End && ListText.AreDigits(words[0].Of(line))) first = 1;
        if (first < count) Owner = words[first];
        // What stands behind the owner is one name, with the spaces that groups of a Windows domain have.
        if (first + 1 < count) Group = new Word(words[first + 1].Start, words[count - 1].End);
    }

    // How many words the size took, or the two numbers of a device.
    private int TakeSize(ReadOnlySpan<byte> line, ReadOnlySpan<Word> words)
    {
        ReadOnlySpan<byte> last = words[^1].Of(line);
        int comma = last.IndexOf((byte)',');
        if (comma >= 0) return ListText.AreDigits(last[(comma + 1)..]) && (comma == 0 || ListText.AreDigits(last[..comma])) ? 1 : 0;
        if (!ListText.AreDigits(last)) return 0;
        if (words.Length > 1 && words[^2].Of(line) is [.. var major, (byte)','] && ListText.AreDigits(major)) return 2;
        if (ListText.TryLong(last, out long size)) Size = size;
        return 1;
    }

    private bool TryName(ReadOnlySpan<byte> line, int end)
    {
        if (end + 1 >= line.Length || line[end] != ' ') return false;
        Name = new Word(end + 1, line.Length);
        if (Kind != FtpEntryKind.Link) return true;
        ReadOnlySpan<byte> arrow = " -> "u8;
        // The size of a link is the length of what it leads to: it tells which arrow is the one when names have arrows too.
        long target = line.Length - Size;
        int found = Size > 0 && target - arrow.Length > Name.Start && line[(int)(target - arrow.Length)..(int)target].SequenceEqual(arrow)
            ? (int)(target - arrow.Length)
            : line[Name.Start..].IndexOf(arrow) is var first and > 0 ? Name.Start + first : -1;
        if (found < 0) return true;
        Name = new Word(Name.Start, found);
        Target = new Word(found + arrow.Length, line.Length);
        return true;
    }

    // -????????? ? ? ? ?            ? name
    private bool TryUnknown(ReadOnlySpan<byte> line, ReadOnlySpan<Word> words)
    {
        int unknown = 0;
        while (unknown < 5 && unknown < words.Length && words[unknown].Of(line).SequenceEqual("?"u8)) unknown++;
        return unknown >= 4 && line[1] == '?' && TryName(line, words[unknown - 1].End);
    }
}

/// <summary>Listings of Unix; see <see cref="UnixLine"/>.</summary>
internal sealed class UnixListParser(FtpListContext context) : ListDialect
{
    private static readonly SearchValues<byte> NumberLetters = SearchValues.Create("0123456789.,KMGTkmgtBi"u8);

    private readonly Source _source = new(context);
    private readonly ListClock _clock = new(context);

    protected override string Dialect => "Unix";

    protected override ListOutcome ReadLine(ReadOnlySpan<byte> line, out FtpEntry? entry)
    {
        entry = null;
        if (!UnixLine.TryRead(line, out UnixLine read)) return IsTotal(line) ? ListOutcome.Skip : ListOutcome.Foreign;
        ListStamp modified = ListStamp.None;
        if (read.HasTime && !(read.HasYear ? _clock.TryStamp(read.Time, out modified) : _clock.TryRecent(read.Time, out modified))) return ListOutcome.Foreign;
        entry = new FtpEntry(_source, line, read.Name.Start, read.Name.Length, read.Kind, read.Size, modified);
        return ListOutcome.Entry;
    }

    // total = "total" [ ":" ] 1*SP number [ unit ]
    private static bool IsTotal(ReadOnlySpan<byte> line)
    {
        if (!ListText.StartsWithIgnoreCase(line, "total"u8)) return false;
        ReadOnlySpan<byte> rest = line[5..].TrimStart((byte)':').Trim((byte)' ');
        return rest.Length < line.Length - 5 && !rest.IsEmpty && rest.Length < 24
            && char.IsAsciiDigit((char)rest[0]) && !rest.ContainsAnyExcept(NumberLetters);
    }

    private sealed class Source(FtpListContext context) : EntrySource(context)
    {
        public override EntryDetails Describe(ReadOnlySpan<byte> line)
        {
            if (!UnixLine.TryRead(line, out UnixLine read)) return EntryDetails.None;
            ReadOnlySpan<byte> rights = read.Rights.Of(line);
            return new EntryDetails
            {
                Permissions = rights.Contains((byte)'?') ? null : Encoding.ASCII.GetString(rights),
                Mode = ListText.Mode(rights),
                Owner = Text(line, read.Owner),
                Group = Text(line, read.Group),
                LinkTarget = Text(line, read.Target),
            };
        }

        private string? Text(ReadOnlySpan<byte> line, Word word) => word.Length == 0 ? null : Context.Encoding.GetString(word.Of(line));
    }
}
