namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Listings of NonStop.</summary>
public sealed class NonStopTests
{
    [Theory]
    [InlineData("IARPTS     101            16354 31-Jan-24 10:11:12 155,106 \"nnnn\"", "File <IARPTS> 16354 2024-01-31T10:11:12 p=nnnn o=155,106")]
    [InlineData("JENNYCB2   101            16384 31-Jan-2024 10:11:12 244, 10 \"nnnn\"", "File <JENNYCB2> 16384 2024-01-31T10:11:12 p=nnnn o=244,10")]
    [InlineData("OPEN       700O            1234 31-Jan-24 10:11:12 155,106 \"rwep\" ", "File <OPEN> 1234 2024-01-31T10:11:12 p=rwep o=155,106")]
    [InlineData("A          0                  0  1-Jan-99 10:11:12 255,255", "File <A> 0 1999-01-01T10:11:12 o=255,255")]
    [InlineData("A          0                  0  1-Jan-99 10:11:12", "File <A> 0 1999-01-01T10:11:12")]
    [InlineData("File         Code             EOF  Last Modification    Owner  RWEP", "-")]
    [InlineData("$DATA01.PUBLIC", "refused")]
    [InlineData("", "-")]
    [InlineData("FILE", "refused")]
    [InlineData("TOOLONGNAME 101 1 31-Jan-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("9FILE 101 1 31-Jan-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FI.LE 101 1 31-Jan-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE x 1 31-Jan-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE 101 x 31-Jan-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE 101 1 31-Foo-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE 101 1 31-Jan-24 101112 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE 101 1 31-Feb-24 10:11:12 1,1 \"nnnn\"", "refused")]
    [InlineData("FILE 101", "refused")]
    public void A_line(string line, string expected) => Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.NonStop, line));
}
