using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Lines of ls -l, and of what looks like it.</summary>
public sealed class UnixTests
{
    [Theory]
    // GNU and BSD, vsftpd, ProFTPD
    [InlineData("-rw-r--r--    1 ftp      ftp        163840 Jan 12 10:31 file-000017.bin",
        "File <file-000017.bin> 163840 2026-01-12T10:31 p=rw-r--r-- m=644 o=ftp g=ftp")]
    [InlineData("drwxr-xr-x   12 0        0            4096 Nov  2  2024 pub", "Directory <pub> 4096 2024-11-02 p=rwxr-xr-x m=755 o=0 g=0")]
    [InlineData("lrwxrwxrwx    1 root     root            7 Mar 01  2025 bin -> usr/bin",
        "Link <bin> 7 2025-03-01 p=rwxrwxrwx m=777 o=root g=root ->usr/bin")]
    [InlineData("-rw-r--r--   1 ann   12 Feb  5 09:07 no-group", "File <no-group> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann")]
    [InlineData("-rw-r--r--   ann staff  12 Feb  5 9:07 no-links", "File <no-links> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r--  1  12 Feb  5 09:07 links-only", "File <links-only> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=1")]
    [InlineData("-rw-r--r--  1 1000 1000 12 Feb  5 09:07 numbers", "File <numbers> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=1000 g=1000")]
    [InlineData("-rw-r--r--1234 ann staff 12 Feb  5 09:07 many-links", "File <many-links> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r--+  1 ann staff 12 Feb  5 09:07 acl", "File <acl> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r--@  1 ann staff 12 Feb  5 09:07 xattr", "File <xattr> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r--.  1 ann staff 12 Feb  5 09:07 selinux", "File <selinux> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r-- 1 CORP\\ann Domain Users 12 Feb  5 09:07 domain",
        "File <domain> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=CORP\\ann g=Domain Users")]
    [InlineData("-rw-r--r-- 1 jan may 5 Feb  5 09:07 names-of-months", "File <names-of-months> 5 2026-02-05T09:07 p=rw-r--r-- m=644 o=jan g=may")]
    [InlineData("-rw-r--r-- 1 ann staff 99999999999999999999 Feb  5 09:07 too-large", "File <too-large> 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    [InlineData("-rw-r--r-- 1 ann staff 9223372036854775807 Feb  5 09:07 max",
        "File <max> 9223372036854775807 2026-02-05T09:07 p=rw-r--r-- m=644 o=ann g=staff")]
    // kinds and modes
    [InlineData("crw-rw-rw-   1 root root   1,   3 Feb  5 09:07 null", "Other <null> 2026-02-05T09:07 p=rw-rw-rw- m=666 o=root g=root")]
    [InlineData("brw-rw----   1 root disk   8,0 Feb  5 09:07 sda", "Other <sda> 2026-02-05T09:07 p=rw-rw---- m=660 o=root g=disk")]
    [InlineData("crw--w----   1 root tty    4, 64 Feb  5 09:07 ttyS0", "Other <ttyS0> 2026-02-05T09:07 p=rw--w---- m=620 o=root g=tty")]
    [InlineData("crw-rw-rw-   1 root root 1 ,3 Feb  5 09:07 odd", "Other <odd> 2026-02-05T09:07 p=rw-rw-rw- m=666 o=root g=root 1")]
    [InlineData("srwxrwxrwx   1 root root 0 Feb  5 09:07 socket", "Other <socket> 0 2026-02-05T09:07 p=rwxrwxrwx m=777 o=root g=root")]
    [InlineData("prw-r--r--   1 root root 0 Feb  5 09:07 pipe", "Other <pipe> 0 2026-02-05T09:07 p=rw-r--r-- m=644 o=root g=root")]
    [InlineData("Drw-r--r--   1 root root 0 Feb  5 09:07 door", "Other <door> 0 2026-02-05T09:07 p=rw-r--r-- m=644 o=root g=root")]
    [InlineData("-rwsr-sr-t   1 root root 0 Feb  5 09:07 bits", "File <bits> 0 2026-02-05T09:07 p=rwsr-sr-t m=7755 o=root g=root")]
    [InlineData("-rwSr-Sr-T   1 root root 0 Feb  5 09:07 bits", "File <bits> 0 2026-02-05T09:07 p=rwSr-Sr-T m=7644 o=root g=root")]
    [InlineData("-rw-r-lr--   1 root root 0 Feb  5 09:07 lock", "File <lock> 0 2026-02-05T09:07 p=rw-r-lr-- m=2644 o=root g=root")]
    [InlineData("-wr-r--r--   1 root root 0 Feb  5 09:07 mixed-up", "File <mixed-up> 0 2026-02-05T09:07 p=wr-r--r-- o=root g=root")]
    [InlineData("mrw-r--r--   1 root root 9 Feb  5 09:07 migrated", "File <migrated> 9 2026-02-05T09:07 p=rw-r--r-- m=644 o=root g=root")]
    [InlineData("-?????????   ? ?    ?    ?            ? lost file", "File <lost file>")]
    [InlineData("d?????????   ? ?    ?            ? lost", "Directory <lost>")]
    // names
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 with spaces  two.txt ", "File <with spaces  two.txt > 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07  leading", "File < leading> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07   two", "File <  two> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 12:30", "File <12:30> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 2024", "File <2024> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5  2023 Jan 12 10:31", "File <Jan 12 10:31> 12 2023-02-05 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 a -> b", "File <a -> b> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("lrwxrwxrwx 1 a b 1 Feb  5 09:07 a -> b -> c", "Link <a -> b> 1 2026-02-05T09:07 p=rwxrwxrwx m=777 o=a g=b ->c")]
    [InlineData("lrwxrwxrwx 1 a b 6 Feb  5 09:07 a -> b -> c", "Link <a> 6 2026-02-05T09:07 p=rwxrwxrwx m=777 o=a g=b ->b -> c")]
    [InlineData("lrwxrwxrwx 1 a b 0 Feb  5 09:07 a -> b -> c", "Link <a> 0 2026-02-05T09:07 p=rwxrwxrwx m=777 o=a g=b ->b -> c")]
    [InlineData("lrwxrwxrwx 1 a b 9 Feb  5 09:07 without", "Link <without> 9 2026-02-05T09:07 p=rwxrwxrwx m=777 o=a g=b")]
    [InlineData("lrwxrwxrwx 1 a b 9 Feb  5 09:07  -> x", "Link < -> x> 9 2026-02-05T09:07 p=rwxrwxrwx m=777 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 \u00ff\u00fe", "File <\ufffd\ufffd> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 gr\u00c3\u00bc\u00c3\u009fe", "File <grüße> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 ../../etc/passwd", "File <../../etc/passwd> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    // times
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07:42 2024 bsd-T", "File <bsd-T> 12 2024-02-05T09:07:42 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07:42 name", "File <name> 12 2026-02-05T09:07:42 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 5 Feb 09:07 day-first", "File <day-first> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 05 feb 2023 day-first", "File <day-first> 12 2023-02-05 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 2024-01-31 10:11 iso", "File <iso> 12 2024-01-31T10:11 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 2024-01-31 10:11:12.123456789 +0130 full", "File <full> 12 2024-01-31T10:11:12.1234567 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 2024-01-31 10:11:12 name", "File <name> 12 2024-01-31T10:11:12 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 2024-01-31  iso", "File <iso> 12 2024-01-31 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 2024-01-31 iso", "File <iso> 12 2024-01-31 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 02-05 09:07 iso", "File <iso> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Mar 11 11:59 ahead-less-than-a-day", "File <ahead-less-than-a-day> 12 2026-03-11T11:59 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Mar 11 12:01 ahead-more", "File <ahead-more> 12 2025-03-11T12:01 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Dec 31 23:59 last-year", "File <last-year> 12 2025-12-31T23:59 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb 29 10:00 leap-day", "File <leap-day> 12 2024-02-29T10:00 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb 29  2023 no-day", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb 30 10:00 no-day", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb 5 25:00 no-time", "refused")]
    // Windows as Unix, NetWare, NetPresenz
    [InlineData("-rwxrwxrwx   1 owner    group          104857 Jan 12 10:31 setup 1.exe",
        "File <setup 1.exe> 104857 2026-01-12T10:31 p=rwxrwxrwx m=777 o=owner g=group")]
    [InlineData("d---------   1 owner    group               0 Nov  2  2024 data", "Directory <data> 0 2024-11-02 p=--------- m=0 o=owner g=group")]
    [InlineData("d [RWCEAFMS] Admin                            512 Jan 12 10:31 SYS", "Directory <SYS> 512 2026-01-12T10:31 p=[RWCEAFMS] o=Admin")]
    [InlineData("- [R----F--] supervisor                    214059 Oct 20  2019 cx 1.exe", "File <cx 1.exe> 214059 2019-10-20 p=[R----F--] o=supervisor")]
    [InlineData("-[R----F-]  1 guest  214059 Oct 20  2019 cx.exe", "File <cx.exe> 214059 2019-10-20 p=[R----F-] o=guest")]
    [InlineData("drwxrwxr-x               folder        2 May 10  1996 network", "Directory <network> 1996-05-10 p=rwxrwxr-x m=775")]
    [InlineData("-------r--         326  1391972  1392298 Nov 22  1995 Mega Phone.sit", "File <Mega Phone.sit> 1392298 1995-11-22 p=------r-- m=4")]
    // what names no entry
    [InlineData("total 12", "-")]
    [InlineData("total 1.2M", "-")]
    [InlineData("Total: 1234", "-")]
    [InlineData("", "-")]
    [InlineData(" \t", "-")]
    [InlineData("drwxr-xr-x   2 a b 4096 Feb  5 09:07 .", "-")]
    [InlineData("drwxr-xr-x   2 a b 4096 Feb  5 09:07 ..", "-")]
    [InlineData("drwxr-xr-x   2 a b 4096 Feb  5 09:07 ...", "Directory <...> 4096 2026-02-05T09:07 p=rwxr-xr-x m=755 o=a g=b")]
    // what is no line
    [InlineData("ls: cannot access 'x': No such file or directory", "refused")]
    [InlineData("total", "refused")]
    [InlineData("total files", "refused")]
    [InlineData("./sub:", "refused")]
    [InlineData("-rw-r--r--", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 ", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07\tname", "refused")]
    [InlineData("-rw-r--r-- a b c d e f g h i j k l m n o p q Feb  5 09:07 name", "refused")]
    [InlineData("x", "refused")]
    [InlineData("d [RWCEAFMS Admin 512 Jan 12 10:31 SYS", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 a\0b", "refused")]
    [InlineData("-rw-r--r-- 1 a b 12 Feb  5 09:07 a\r", "refused")]
    public void A_line(string line, string expected) => Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.Unix, line));

    [Theory]
    [InlineData("2024-03-01T12:00:00Z", "Feb 29 10:00", "2024-02-29")]
    [InlineData("2024-02-28T09:00:00Z", "Feb 29 10:00", "2020-02-29")]
    [InlineData("2024-02-28T11:00:00Z", "Feb 29 10:00", "2024-02-29")]
    [InlineData("1903-02-28T11:00:00Z", "Feb 29 10:00", "1896-02-29")]
    [InlineData("2025-12-31T23:30:00Z", "Jan  1 00:10", "2026-01-01")]
    [InlineData("2026-01-01T00:10:00Z", "Dec 31 23:50", "2025-12-31")]
    [InlineData("9999-12-31T23:59:59Z", "Dec 31 23:50", "9999-12-31")]
    [InlineData("0001-01-01T00:00:00Z", "Jan  1 00:00", "0001-01-01")]
    public void A_date_without_a_year_is_the_last_such_one(string now, string date, string expected)
    {
        FtpListContext context = ListTable.Context with { Now = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture) };
        FtpEntry entry = ListTable.Entries(FtpListFormat.Unix, $"-rw-r--r-- 1 a b 12 {date} x", context)[0];
        Assert.Equal(expected, entry.Modified!.Value.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Times_are_those_of_the_servers_zone()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        FtpListContext context = ListTable.Context with { TimeZone = zone };
        List<FtpEntry> entries = ListTable.Entries(
            FtpListFormat.Unix, "-rw-r--r-- 1 a b 1 Jan 12 10:31 winter\n-rw-r--r-- 1 a b 1 Jul 12  2025 summer\n-rw-r--r-- 1 a b 1 2025-07-12 10:31:00.0 -0330 own", context);
        Assert.Equal("2026-01-12T10:31:00+01:00", entries[0].Modified!.Value.ToString("yyyy-MM-ddTHH:mm:sszzz", null));
        Assert.Equal("2025-07-12T00:00:00+02:00", entries[1].Modified!.Value.ToString("yyyy-MM-ddTHH:mm:sszzz", null));
        Assert.Equal("2025-07-12T10:31:00-03:30", entries[2].Modified!.Value.ToString("yyyy-MM-ddTHH:mm:sszzz", null));
        // What is a day ahead is judged by the server's clock.
        FtpListContext newYear = context with { Now = new DateTimeOffset(2025, 12, 30, 23, 30, 0, TimeSpan.Zero) };
        Assert.Equal(2026, ListTable.Entries(FtpListFormat.Unix, "-rw-r--r-- 1 a b 1 Jan  1 00:20 x", newYear)[0].Modified!.Value.Year);
    }

    [Fact]
    public void What_is_said_of_an_entry_is_refused_with_its_beginning()
    {
        WireFormatException failure = Assert.Throws<WireFormatException>(
            () => FtpListFormat.Unix.CreateParser(ListTable.Context).Parse(Encoding.UTF8.GetBytes("\u001b[31m" + new string('x', 200))));
        Assert.Contains("Unix", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.InRange(failure.Message.Length, 20, 140);
    }
}
