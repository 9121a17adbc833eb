using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Lines of MLSD (RFC 3659 §7).</summary>
public sealed class MlsdTests
{
    [Theory]
    // RFC 3659 §7.7
    [InlineData("Type=file;Size=25730;Modify=19940728095854;Perm=; cap.c", "File <cap.c> 25730 1994-07-28T09:58:54 p=")]
    [InlineData("type=dir;size=4096;modify=20260112103100;perm=flcdmpe;unique=FD00U1;UNIX.mode=0755;UNIX.owner=0;UNIX.group=100; pub",
        "Directory <pub> 4096 2026-01-12T10:31:00 p=flcdmpe m=755 o=0 g=100 u=FD00U1")]
    [InlineData("TYPE=FILE;SIZE=1;MODIFY=20260112103100.125; a", "File <a> 1 2026-01-12T10:31:00.125")]
    [InlineData("modify=20260112103100.1234567;type=file;size=1; a", "File <a> 1 2026-01-12T10:31:00.1234567")]
    [InlineData("modify=20260112103100.123456789123;type=file; a", "File <a> 2026-01-12T10:31:00.1234567")]
    // no facts, names with spaces and semicolons
    [InlineData(" name only", "Unknown <name only>")]
    [InlineData("  leading", "Unknown < leading>")]
    [InlineData("type=file;  leading", "File < leading>")]
    [InlineData("type=file; a; b; c", "File <a; b; c>")]
    [InlineData("type=file; a ", "File <a >")]
    [InlineData("type=file; x=y;z", "File <x=y;z>")]
    [InlineData("type=file; ;", "File <;>")]
    // what servers do
    [InlineData("type=file;size=12 no-semicolon", "File <no-semicolon> 12")]
    [InlineData("type=file;UNIX.group=Domain Users;size=12; a b", "File <a b> 12 g=Domain Users")]
    [InlineData("type=dir;sizd=4096;modify=20260112103100; d", "Directory <d> 4096 2026-01-12T10:31:00")]
    [InlineData("type=file;size=; a", "File <a>")]
    [InlineData("type=file;size=-1; a", "File <a>")]
    [InlineData("type=file;size=9223372036854775807; a", "File <a> 9223372036854775807")]
    [InlineData("type=file;size=9223372036854775808; a", "File <a>")]
    [InlineData("type=file;size=1;size=2; a", "File <a> 1")]
    [InlineData("type=;size=1; a", "Unknown <a> 1")]
    [InlineData("size=1; a", "Unknown <a> 1")]
    [InlineData("type=file;modify=191000112103100; a", "File <a>")]
    [InlineData("type=file;modify=20260230000000; a", "File <a>")]
    [InlineData("type=file;modify=20261301000000; a", "File <a>")]
    [InlineData("type=file;modify=2026011210310; a", "File <a>")]
    [InlineData("type=file;modify=20260112103100.; a", "File <a>")]
    [InlineData("type=file;modify=20260112103100Z; a", "File <a>")]
    [InlineData("type=file;modify=00000112103100; a", "File <a>")]
    [InlineData("type=file;modify=20261231235960; a", "File <a> 2027-01-01T00:00:00")]
    [InlineData("type=file;modify=99991231235960; a", "File <a>")]
    [InlineData("type=file;create=20250101000000;modify=20260112103100; a", "File <a> 2026-01-12T10:31:00 c=2025-01-01T00:00:00")]
    [InlineData("type=file;;size=1; a", "refused")]
    [InlineData("type=file;=1; a", "refused")]
    [InlineData("type=file;size; a", "refused")]
    // kinds
    [InlineData("type=cdir;modify=20260112103100; /pub", "-")]
    [InlineData("type=pdir;modify=20260112103100; /", "-")]
    [InlineData("Type=CDir; .", "-")]
    [InlineData("type=dir; .", "-")]
    [InlineData("type=dir; ..", "-")]
    [InlineData("type=dir; ...", "Directory <...>")]
    [InlineData("type=OS.unix=slink:/pub/x y;size=7; l", "Link <l> 7 ->/pub/x y")]
    [InlineData("type=OS.unix=symlink; l", "Link <l>")]
    [InlineData("type=OS.UNIX=SLINK:; l", "Link <l>")]
    [InlineData("type=OS.unix=slink:a=b:c; l", "Link <l> ->a=b:c")]
    [InlineData("type=OS.unix=chr-13/29; null", "Other <null>")]
    [InlineData("type=OS.unix=dir; d", "Directory <d>")]
    [InlineData("type=OS.unix=file; f", "File <f>")]
    [InlineData("type=OS.unix; f", "Other <f>")]
    [InlineData("type=os.mvs=pds; f", "Other <f>")]
    [InlineData("type=socket; f", "Other <f>")]
    [InlineData("type=OS.unix=file;UNIX.mode=0100644;UNIX.uid=7;UNIX.ownername=ann;UNIX.gid=8;UNIX.groupname=all; f", "File <f> m=644 o=ann g=all")]
    [InlineData("type=file;UNIX.mode=0999; f", "File <f>")]
    [InlineData("type=file;UNIX.mode=; f", "File <f>")]
    // no line of MLSD
    [InlineData("", "-")]
    [InlineData("   ", "-")]
    [InlineData("type=file;", "refused")]
    [InlineData("type=file; ", "refused")]
    [InlineData("type=file", "refused")]
    [InlineData("name", "refused")]
    [InlineData("-rw-r--r--   1 ftp ftp 12 Jan 12 10:31 a; b", "refused")]
    [InlineData("total 12", "refused")]
    [InlineData("type=file; a\0b", "refused")]
    [InlineData("type=file; a\rb", "refused")]
    [InlineData("type=file;x=\r; a", "refused")]
    public void A_line(string line, string expected) => Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.Mlsd, line));

    [Fact]
    public void All_facts_are_kept_also_those_that_are_unknown_here()
    {
        FtpEntry entry = ListTable.Entries(FtpListFormat.Mlsd, "Type=file;Size=12;X.Colour=red;media-type=text/plain;x.colour=blue;Lang=; a")[0];
        Assert.Equal(5, entry.Facts.Count);
        Assert.Equal("red", entry.Facts["x.COLOUR"]);
        Assert.Equal("12", entry.Facts["size"]);
        Assert.Equal("text/plain", entry.Facts["Media-Type"]);
        Assert.Equal("", entry.Facts["lang"]);
        Assert.Equal("Type=file;Size=12;X.Colour=red;media-type=text/plain;x.colour=blue;Lang=; a", Encoding.UTF8.GetString(entry.RawLine.Span));
    }

    [Fact]
    public void Times_are_UTC_whatever_zone_the_server_has()
    {
        FtpListContext context = ListTable.Context with { TimeZone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(5), null, null) };
        FtpEntry entry = ListTable.Entries(FtpListFormat.Mlsd, "type=file;modify=20260112103100; a", context)[0];
        Assert.Equal(new DateTimeOffset(2026, 1, 12, 10, 31, 0, TimeSpan.Zero), entry.Modified);
        Assert.Equal(TimeSpan.Zero, entry.Modified!.Value.Offset);
    }

    [Theory]
    [InlineData(" type=file;size=12; /pub/a.txt", "File <a.txt> 12")]
    [InlineData("type=file;size=12; /pub/a.txt", "File <a.txt> 12")]
    [InlineData(" Type=dir;Perm=e; /pub/", "Directory <pub> p=e")]
    [InlineData(" type=cdir; /", "Directory </>")]
    [InlineData(" type=dir; .", "Directory <.>")]
    [InlineData("  /pub/a b", "Unknown <a b>")]
    public void A_reply_to_MLST(string line, string expected)
    {
        FtpEntry entry = MlsdListParser.ParseReply(Encoding.Latin1.GetBytes(line), ListTable.Context, "/asked/for");
        Assert.Equal(expected, ListTable.Show(entry));
        Assert.Equal("/asked/for", entry.Path.ToString());
    }

    [Theory]
    [InlineData(" no facts")]
    [InlineData(" type=file;")]
    [InlineData(" type=file; a\0")]
    public void A_reply_to_MLST_that_is_none(string line) =>
        Assert.Throws<WireFormatException>(() => MlsdListParser.ParseReply(Encoding.Latin1.GetBytes(line), ListTable.Context, "x"));

    [Theory]
    [InlineData("20260112103100", 2026, 1, 12, 10, 31, 0, 0)]
    [InlineData("20240229235959.250", 2024, 2, 29, 23, 59, 59, 250)]
    public void Times_of_the_wire(string text, int year, int month, int day, int hour, int minute, int second, int millisecond)
    {
        var time = new DateTimeOffset(year, month, day, hour, minute, second, millisecond, TimeSpan.Zero);
        Assert.True(FtpTime.TryParse(Encoding.ASCII.GetBytes(text), out ListStamp read));
        Assert.Equal(time, read.Value);
        Assert.Equal(text, FtpTime.Format(time));
        Assert.Equal(text, FtpTime.Format(time.ToOffset(TimeSpan.FromHours(9))));
    }
}
