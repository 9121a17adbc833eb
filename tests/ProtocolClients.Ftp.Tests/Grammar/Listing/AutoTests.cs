namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Dialects that are recognised by their lines.</summary>
public sealed class AutoTests
{
    [Theory]
    [InlineData("total 8\n\n-rw-r--r-- 1 a b 12 Feb  5 09:07 x", "File <x> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("type=cdir; .\ntype=file;size=12; x", "File <x> 12")]
    [InlineData("type=file;size=12; x\n-rw-r--r-- 1 a b 12 Feb  5 09:07 y\ntype=file;size=13; z",
        "File <x> 12|File <y> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b|File <z> 13")]
    [InlineData("01-31-24  10:11AM       <DIR>          pub\n01-31-24  10:11AM       12 a", "Directory <pub> 2024-01-31T10:11|File <a> 12 2024-01-31T10:11")]
    [InlineData("01-31-24  10:11AM       12 a\n-rwxrwxrwx 1 owner group 12 Feb  5 09:07 b\n01-31-24  10:11AM       12 c",
        "File <a> 12 2024-01-31T10:11|File <b> 12 2026-02-05T09:07 p=rwxrwxrwx m=777 o=owner g=group|File <c> 12 2024-01-31T10:11")]
    [InlineData("\nDirectory D:[A]\n\nLONG.TXT;1\n   1/3  31-JAN-2024 10:11 [O] (RWED,,,)\n\nTotal of 1 file, 1/3 blocks.", "File <LONG.TXT;1> 2024-01-31T10:11 p=RWED,,, o=O")]
    [InlineData("A.TXT;1\nB.TXT;1", "File <A.TXT;1>|File <B.TXT;1>")]
    [InlineData("CFT 45056 01/31/24 10:11:12 *FILE      A.FILE\nCFT *MEM       A.FILE/A.MBR", "File <A.FILE> 45056 2024-01-31T10:11:12 o=CFT|File <A.FILE/A.MBR> o=CFT")]
    [InlineData("Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\nMigrated A.B\nV 3390 2024/01/31 1 1 FB 80 8000 PO C", "Unknown <A.B>|Directory <C>")]
    [InlineData(" Name     VV.MM   Created       Changed      Size  Init   Mod   Id\nA\nB", "File <A>|File <B>")]
    [InlineData("File         Code             EOF  Last Modification    Owner  RWEP\nA 101 12 31-Jan-24 10:11:12 1,2 \"nnnn\"", "File <A> 12 2024-01-31T10:11:12 p=nnnn o=1,2")]
    [InlineData("+r,s280,\tdjb.html", "File <djb.html> 280")]
    [InlineData(" Volume in drive C has no label.\n Directory of C:\\\n01/31/2024  10:11 AM    <DIR>          x", "Directory <x> 2024-01-31T10:11")]
    public void A_listing(string lines, string expected) => Assert.Equal(expected, ListTable.Read(FtpListFormat.Auto, lines));

    [Theory]
    [InlineData("ls: cannot access 'x': No such file or directory")]
    [InlineData("hello")]
    [InlineData("HELLO")]
    [InlineData("MEMBER")]
    [InlineData("No files found")]
    [InlineData("%DIRECT-W-NOFILES, no files found")]
    [InlineData("File Not Found")]
    [InlineData("a.txt")]
    [InlineData("type=file; a\0")]
    public void A_line_of_no_dialect(string line) => Assert.Equal(ListTable.Refused, ListTable.ReadLine(FtpListFormat.Auto, line));

    [Theory]
    [InlineData("UNIX Type: L8")]
    [InlineData("Windows_NT")]
    [InlineData("VMS OpenVMS V8.4")]
    [InlineData("OS/400 is the remote operating system.")]
    [InlineData("MVS is the operating system of this server.")]
    [InlineData("NONSTOP")]
    [InlineData("Amiga")]
    [InlineData(null)]
    public void What_the_server_calls_its_system_is_a_hint_only(string? system)
    {
        FtpListContext context = ListTable.Context with { SystemType = system };
        Assert.Equal("File <a> 12 2024-01-31T10:11", ListTable.Read(FtpListFormat.Auto, "01-31-24  10:11AM       12 a", context));
        Assert.Equal("File <b> 12 2026-02-05T09:07 p=rwxrwxrwx m=777 o=owner g=group", ListTable.Read(FtpListFormat.Auto, "-rwxrwxrwx 1 owner group 12 Feb  5 09:07 b", context));
        Assert.Equal("File <c> 12", ListTable.Read(FtpListFormat.Auto, "type=file;size=12; c", context));
    }

    [Fact]
    public void Formats_have_names() => Assert.Equal(
        ["MLSD", "Unix", "DOS", "VMS", "OS/400", "z/OS", "NonStop", "EPLF", "any dialect"],
        new[]
        {
            FtpListFormat.Mlsd, FtpListFormat.Unix, FtpListFormat.Dos, FtpListFormat.Vms, FtpListFormat.Os400, FtpListFormat.Zos, FtpListFormat.NonStop,
            FtpListFormat.Eplf, FtpListFormat.Auto,
        }.Select(format => format.Name));
}
