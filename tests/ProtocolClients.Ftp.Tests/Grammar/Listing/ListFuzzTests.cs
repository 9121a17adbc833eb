using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Mutations of real listings: an entry that holds together, nothing, or the Wire exceptions, for every dialect.</summary>
public sealed class ListFuzzTests
{
    private static readonly string[] Mlsd =
    [
        "type=file;size=163840;modify=20260112093000;perm=adfrw;unique=FD00U1234;UNIX.mode=0644; file-000017.bin",
        "Type=dir;Modify=19940728095854.125;Create=19940728095854;UNIX.ownername=ann;UNIX.groupname=Domain Users; a b; c", "type=cdir; .", " no facts",
        "type=OS.unix=slink:/pub/x;size=7;x.y=z; l", "type=file;size=12 no-semicolon",
    ];

    private static readonly string[] Unix =
    [
        "-rw-r--r--    1 ftp      ftp        163840 Jan 12 10:31 file-000017.bin", "drwxr-xr-x   12 0        0            4096 Nov  2  2024 pub",
        "lrwxrwxrwx    1 root     root            7 Mar 01  2025 bin -> usr/bin", "crw-rw-rw-   1 root root   1,   3 Feb  5 09:07 null", "total 12",
        "-rw-r--r--@  1 a b 12 2024-01-31 10:11:12.123456789 +0130 full", "- [R----F--] supervisor  214059 Oct 20  2019 cx 1.exe",
        "drwxrwxr-x               folder        2 May 10  1996 network", "-------r--         326  1391972  1392298 Nov 22  1995 Mega Phone.sit",
        "-?????????   ? ?    ?    ?            ? lost file", "-rw-r--r-- 1 a b 12 5 Feb 09:07 day-first", "-rw-r--r-- 1 a b 12 Feb  5 09:07:42 2024 bsd", "-rw-r--r-- 1 a b 12 02-05 09:07 iso",
    ];

    private static readonly string[] Dos =
    [
        "01-31-24  10:11AM                12345 a.txt", "01-31-2024  12:00PM       <DIR>          my files", "31.01.2024  10:11         1.234.567 a.txt",
        "01/31/2024  10:11 PM    <SYMLINKD>     d [..\\pub]", " Volume in drive C is System", "               3 File(s)      1,234 bytes", "24/01/31  10:11  1 a",
    ];

    private static readonly string[] Vms =
    [
        "Directory DISK$USER:[ANONYMOUS]", "README.TXT;12  12/15   31-JAN-2024 10:11:12.34  [GROUP,OWNER]  (RWED,RWED,RE,)", "A_LONG_NAME.TXT;1",
        "      12/15   31-JAN-2024 10:11:12  [OWNER]  (RWED,RWED,RE,)", "SUB.DIR;1  1/3  31-JAN-2024 10:11", "S^ X^;1.TXT;1  %RMS-E-PRV, insufficient privilege", "Total of 2 files, 24/30 blocks.",
    ];

    private static readonly string[] Os400 =
    [
        "QSYS            77824 01/31/24 10:11:12 *DIR       QOpenSys/", "CFT             45056 31.01.24 10:11:12 *FILE      AFTFRE1.FILE",
        "CFT                                     *MEM       AFTFRE1.FILE/AFTFRE1.MBR", "QPGMR  123456 24/01/31 10:11:12 *STMF      my file.txt",
    ];

    private static readonly string[] Zos =
    [
        "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\nWEBP01 3390   2024/01/31  1   15  VB     256 27998  PO  'SYS1.PARMLIB'\nMigrated  HLQ.OLD",
        " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\nMEMBER01   01.05 2024/01/31 2024/02/01 10:11    25    20     0 USER01\nNOSTATS",
        " Name      Size     TTR   Alias-of AC\nMEMBER    0011A8   00012A", "JOBNAME  JOBID    OWNER", "-rw-r--r--   1 USER     GRP         123 Jan 31 10:11 a.txt",
    ];

    private static readonly string[] NonStop =
    [
        "File         Code             EOF  Last Modification    Owner  RWEP", "IARPTS     101            16354 31-Jan-24 10:11:12 155,106 \"nnnn\"",
        "OPEN       700O            1234 31-Jan-2024 10:11:12 244, 10 \"rwep\"",
    ];

    private static readonly string[] Eplf = ["+i8388621.48594,m825718503,r,s280,\tdjb.html", "+/,up755,\tdev", "+,\tx", "+m253402300799,\ta"];

    public static TheoryData<string> Formats => ["MLSD", "Unix", "DOS", "VMS", "OS/400", "z/OS", "NonStop", "EPLF", "any dialect"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Listings(string name)
    {
        (FtpListFormat format, string[] corpus) = Of(name);
        FtpListContext[] contexts =
        [
            ListTable.Context,
            ListTable.Context with { Directory = "'A.B.'", TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), KeepVersions = false, Encoding = Encoding.Latin1 },
            ListTable.Context with { Directory = FtpPath.FromBytes([0xFF]), Now = DateTimeOffset.MinValue, TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo") },
        ];
        int round = 0;
        int entries = 0;
        int refused = 0;
        Fuzz.Run(name.Length, corpus, "\n", input =>
        {
            FtpListContext context = contexts[round++ % contexts.Length];
            FtpListParser parser = format.CreateParser(context);
            foreach (string line in input.Split('\n'))
            {
                // A parser that has refused a line is given more all the same: it must not fall over.
                try
                {
                    if (parser.Parse(Encoding.Latin1.GetBytes(line)) is not { } entry) continue;
                    Check(entry, context);
                    entries++;
                }
                catch (WireFormatException)
                {
                    refused++;
                }
            }

            if (parser.End() is { } last) Check(last, context);
        });

        // The mutations reach what they are to reach.
        Assert.InRange(entries, Fuzz.Count / 4, int.MaxValue);
        Assert.InRange(refused, Fuzz.Count / 20, int.MaxValue);
    }

    private static (FtpListFormat Format, string[] Corpus) Of(string name) => name switch
    {
        "MLSD" => (FtpListFormat.Mlsd, Mlsd),
        "Unix" => (FtpListFormat.Unix, Unix),
        "DOS" => (FtpListFormat.Dos, Dos),
        "VMS" => (FtpListFormat.Vms, Vms),
        "OS/400" => (FtpListFormat.Os400, Os400),
        "z/OS" => (FtpListFormat.Zos, Zos),
        "NonStop" => (FtpListFormat.NonStop, NonStop),
        "EPLF" => (FtpListFormat.Eplf, Eplf),
        _ => (FtpListFormat.Auto, [.. Mlsd, .. Unix, .. Dos, .. Vms, .. Os400, .. Zos, .. NonStop, .. Eplf]),
    };

    private static void Check(FtpEntry entry, FtpListContext context)
    {
        ReadOnlySpan<byte> name = entry.RawName.Span;
        if (name.IsEmpty || name.ContainsAny((byte)'\r', (byte)'\n', (byte)0)) Assert.Fail("A name is empty or has a control.");
        if (entry.RawLine.Span.IndexOf(name) < 0) Assert.Fail("The name is not in the line.");
        if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) Assert.Fail("The directory itself is no entry.");
        if (entry.Size is < 0 || entry.Mode is < 0 or > 0xFFF || !Enum.IsDefined(entry.Kind)) Assert.Fail("A value is out of its range.");
        if ((entry.Modified is null) != (entry.ModifiedPrecision == FtpTimePrecision.None)) Assert.Fail("A time and its precision do not fit.");
        ReadOnlySpan<byte> path = entry.Path.Encode(context.Encoding);
        if (path.IndexOf(name) < 0 && !context.Directory.ToString().StartsWith('\'')) Assert.Fail("The path has another name.");
        if (!entry.Equals(entry with { }) || entry.GetHashCode() != (entry with { }).GetHashCode()) Assert.Fail("A copy is not equal.");
        _ = ListTable.Show(entry).Length + entry.ToString().Length + entry.Facts.Count;
        if (entry.LinkTarget is "" || entry.UniqueId is "" && entry.Facts.Count == 0) Assert.Fail("A fact is empty.");
    }
}
