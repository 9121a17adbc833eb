using System.Globalization;

namespace ProtocolClients.Testing;

/// <summary>How servers of many kinds write LIST. Lines are made as they are taken: a directory need not be held.</summary>
internal sealed class FtpListings(MockFtpListingStyle style, DateTimeOffset now, TimeZoneInfo zone)
{
    private const int LongestVmsName = 19;

    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames;

    /// <summary>What SYST says on such a server.</summary>
    public static string System(MockFtpListingStyle style) => style switch
    {
        MockFtpListingStyle.Dos or MockFtpListingStyle.DosLongYear => "Windows_NT",
        MockFtpListingStyle.Vms => "VMS OpenVMS V8.4",
        MockFtpListingStyle.Os400 => "OS/400 is the remote operating system. The TCP/IP version is \"V7R4M0\".",
        MockFtpListingStyle.Zos or MockFtpListingStyle.ZosMembers => "MVS is the operating system of this server. FTP Server is running on z/OS.",
        MockFtpListingStyle.NonStop => "TANDEM NonStop Kernel",
        _ => "UNIX Type: L8",
    };

    public IEnumerable<string> Lines(IEnumerable<MockFtpEntry> entries, string path)
    {
        if (style == MockFtpListingStyle.Vms) return Vms(entries, path);
        string? head = style switch
        {
            MockFtpListingStyle.Zos => "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname",
            MockFtpListingStyle.ZosMembers => " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
            MockFtpListingStyle.NonStop => "File         Code             EOF  Last Modification    Owner  RWEP",
            _ => null,
        };
        IEnumerable<string> lines = entries.Select(Line);
        return head is null ? lines : lines.Prepend(head);
    }

    private string Line(MockFtpEntry entry) => style switch
    {
        MockFtpListingStyle.Dos or MockFtpListingStyle.DosLongYear => Dos(entry),
        MockFtpListingStyle.Os400 => Os400(entry),
        MockFtpListingStyle.Zos => Zos(entry),
        MockFtpListingStyle.ZosMembers => ZosMember(entry),
        MockFtpListingStyle.NonStop => NonStop(entry),
        MockFtpListingStyle.Eplf => Eplf(entry),
        _ => Unix(entry),
    };

    private string Unix(MockFtpEntry entry)
    {
        string links = entry.IsDirectory ? "2" : "1";
        long size = entry.IsDirectory ? 4096 : entry.Kind == MockFtpEntryKind.Link ? entry.Target?.Length ?? 0 : entry.Size;
        string name = entry.Kind == MockFtpEntryKind.Link ? $"{entry.Name} -> {entry.Target}" : entry.Name;

        // The last half year with the time, the rest with the year, as ls does.
        bool isRecent = entry.Modified <= now && now - entry.Modified < TimeSpan.FromDays(180);
        DateTimeOffset local = Local(entry);
        string time = string.Create(
            CultureInfo.InvariantCulture, $"{Months[local.Month - 1]} {local.Day,2} {Text(local, isRecent ? "HH:mm" : " yyyy")}");
        return string.Create(
            CultureInfo.InvariantCulture, $"{Permissions(entry)} {links,4} {entry.Owner,-8} {entry.Group,-8} {size,12} {time} {name}");
    }

    private static string Permissions(MockFtpEntry entry)
    {
        Span<char> text = stackalloc char[10];
        text[0] = entry.Kind switch { MockFtpEntryKind.Directory => 'd', MockFtpEntryKind.Link => 'l', _ => '-' };
        int mode = (int)entry.Permissions;
        for (int i = 0; i < 9; i++) text[i + 1] = (mode >> (8 - i) & 1) == 1 ? "rwx"[i % 3] : '-';
        return text.ToString();
    }

    private string Dos(MockFtpEntry entry)
    {
        string time = Text(Local(entry), style == MockFtpListingStyle.Dos ? "MM-dd-yy  hh:mmtt" : "MM-dd-yyyy  hh:mmtt");
        string size = entry.Kind switch
        {
            MockFtpEntryKind.Directory => "       <DIR>         ",
            MockFtpEntryKind.Link => "       <SYMLINK>     ",
            _ => entry.Size.ToString(CultureInfo.InvariantCulture).PadLeft(21),
        };
        return $"{time}{size} {entry.Name}{(entry.Kind == MockFtpEntryKind.Link ? $" [{entry.Target}]" : "")}";
    }

    private IEnumerable<string> Vms(IEnumerable<MockFtpEntry> entries, string path)
    {
        string folder = path.Trim('/').Replace('/', '.').ToUpperInvariant();
        yield return $"Directory DISK$USER:[{(folder.Length == 0 ? "000000" : folder)}]";
        yield return "";
        long files = 0;
        long blocks = 0;
        foreach (MockFtpEntry entry in entries)
        {
            long used = Math.Max(1, (entry.Size + 511) / 512);
            files++;
            blocks += used;
            string name = entry.Name + (entry.IsDirectory ? ".DIR;1" : ";1");
            DateTimeOffset local = Local(entry);
            string facts = string.Create(
                CultureInfo.InvariantCulture,
                $"{used + "/" + ((used + 8) / 9 * 9),9}  {local.Day,2}-{Months[local.Month - 1].ToUpperInvariant()}-{Text(local, "yyyy HH:mm:ss.ff")}  [{entry.Group.ToUpperInvariant()},{entry.Owner.ToUpperInvariant()}]  (RWED,RWED,RE,RE)");
            if (name.Length > LongestVmsName)
            {
                yield return name;
                name = "";
            }

            yield return name.PadRight(LongestVmsName) + " " + facts;
        }

        yield return "";
        yield return string.Create(CultureInfo.InvariantCulture, $"Total of {files} files, {blocks} blocks.");
    }

    private string Os400(MockFtpEntry entry)
    {
        string name = entry.IsDirectory ? entry.Name + "/" : entry.Name;
        string type = entry.Kind switch { MockFtpEntryKind.Directory => "*DIR", MockFtpEntryKind.Link => "*SYMLNK", _ => "*STMF" };
        return string.Create(
            CultureInfo.InvariantCulture, $"{entry.Owner.ToUpperInvariant(),-10} {entry.Size,12} {Text(Local(entry), "MM/dd/yy HH:mm:ss")} {type,-10} {name}");
    }

    private string Zos(MockFtpEntry entry)
    {
        string kind = entry.IsDirectory ? "PO" : "PS";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"VOL001 3390   {Text(Local(entry), "yyyy/MM/dd")}  1 {Math.Max(1, entry.Size / 56_664),4}  FB      80  8000  {kind}  {entry.Name}");
    }

    private string ZosMember(MockFtpEntry entry)
    {
        string day = Text(Local(entry), "yyyy/MM/dd");
        return string.Create(
            CultureInfo.InvariantCulture, $"{entry.Name,-8}  01.03 {day} {day} {Text(Local(entry), "HH:mm")} {entry.Size / 80,5} {entry.Size / 80,5}     0 {entry.Owner.ToUpperInvariant()}");
    }

    private string NonStop(MockFtpEntry entry) => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Name,-12} {101,4} {entry.Size,15} {Text(Local(entry), "dd-MMM-yy HH:mm:ss")} 255,255 \"nunu\"");

    private static string Eplf(MockFtpEntry entry)
    {
        string kind = entry.IsDirectory ? "/" : string.Create(CultureInfo.InvariantCulture, $"r,s{entry.Size}");
        return string.Create(CultureInfo.InvariantCulture, $"+i1.{FtpFacts.Unique(entry.Name)},m{entry.Modified.ToUnixTimeSeconds()},{kind},\t{entry.Name}");
    }

    private DateTimeOffset Local(MockFtpEntry entry) => TimeZoneInfo.ConvertTime(entry.Modified, zone);

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
