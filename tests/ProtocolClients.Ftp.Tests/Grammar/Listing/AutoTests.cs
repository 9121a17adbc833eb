namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Dialects that are recognised by their lines.</summary>
public sealed class AutoTests
{
    [Theory]
    [InlineData("total 8\n\n-rw-r--r-- 1 a b 12 Feb  5 09:07 x", "File <x> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b")]
    [InlineData("type=cdir; .\ntype=file;size=12; x", "File <x> 12")]
    [InlineData("type=file;size=12; x\n-rw-r--r-- 1 a b 12 Feb  5 09:07 y\ntype=file;size=13; z",
        "File <x> 12|File <y> 12 2026-02-05T09:07 p=rw-r--r-- m=644 o=a g=b|File <z> 13")]
    public void A_listing(string lines, string expected) => Assert.Equal(expected, ListTable.Read(FtpListFormat.Auto, lines));

    [Theory]
    [InlineData("ls: cannot access 'x': No such file or directory")]
    [InlineData("hello")]
    [InlineData("type=file; a\0")]
    public void A_line_of_no_dialect(string line) => Assert.Equal(ListTable.Refused, ListTable.ReadLine(FtpListFormat.Auto, line));
}
