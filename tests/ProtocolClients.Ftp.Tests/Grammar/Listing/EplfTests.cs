namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Easily parsed listings.</summary>
public sealed class EplfTests
{
    [Theory]
    [InlineData("+i8388621.48594,m825718503,r,s280,\tdjb.html", "File <djb.html> 280 1996-03-01T22:15:03 u=8388621.48594")]
    [InlineData("+i8388621.50690,m824255907,/,\t514", "Directory <514> 1996-02-13T23:58:27 u=8388621.50690")]
    [InlineData("+m824255902,s12,r,up644,\ta b", "File <a b> 12 1996-02-13T23:58:22 m=644")]
    [InlineData("+r,/,\tboth", "Directory <both>")]
    [InlineData("+/,r,\tboth", "Directory <both>")]
    [InlineData("+,\tnothing", "Unknown <nothing>")]
    [InlineData("+\tnothing", "Unknown <nothing>")]
    [InlineData("+r,x1,unknown,,\ta", "File <a>")]
    [InlineData("+r,s,m,i,up,\ta", "File <a>")]
    [InlineData("+r,s9223372036854775808,m99999999999999,up8,\ta", "File <a>")]
    [InlineData("+r,s-1,m-1,\ta", "File <a>")]
    [InlineData("+r,\t a\tb, c", "File < a\tb, c>")]
    [InlineData("+r,m253402300799,\ta", "File <a> 9999-12-31T23:59:59")]
    [InlineData("+/,\t.", "-")]
    [InlineData("+/,\t..", "-")]
    [InlineData("", "-")]
    [InlineData("+r,s280 a", "refused")]
    [InlineData("+r,s280\ta", "refused")]
    [InlineData("+r,\t", "refused")]
    [InlineData("r,\ta", "refused")]
    [InlineData("+r,\ta\r", "refused")]
    public void A_line(string line, string expected) => Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.Eplf, line));
}
