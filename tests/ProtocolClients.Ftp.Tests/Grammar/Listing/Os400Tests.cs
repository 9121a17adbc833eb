namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Listings of OS/400.</summary>
public sealed class Os400Tests
{
    [Theory]
    [InlineData("QSYS            77824 01/31/24 10:11:12 *DIR       QOpenSys/", "Directory <QOpenSys> 77824 2024-01-31T10:11:12 o=QSYS")]
    [InlineData("QPGMR          123456 01/31/24 10:11:12 *STMF      my file.txt", "File <my file.txt> 123456 2024-01-31T10:11:12 o=QPGMR")]
    [InlineData("QPGMR          123456 01/31/24 10:11:12 *STMF       leading", "File < leading> 123456 2024-01-31T10:11:12 o=QPGMR")]
    [InlineData("CFT             45056 31.01.24 10:11:12 *FILE      AFTFRE1.FILE", "File <AFTFRE1.FILE> 45056 2024-01-31T10:11:12 o=CFT")]
    [InlineData("CFT                                     *MEM       AFTFRE1.FILE/AFTFRE1.MBR", "File <AFTFRE1.FILE/AFTFRE1.MBR> o=CFT")]
    [InlineData("                                        *MEM       AFTFRE1.FILE/AFTFRE1.MBR", "File <AFTFRE1.FILE/AFTFRE1.MBR>")]
    [InlineData("QSYS           122880 24-01-31 10:11:12 *LIB       QGPL.LIB", "Directory <QGPL.LIB> 122880 2024-01-31T10:11:12 o=QSYS")]
    [InlineData("QSYS           122880 24/01/31 10:11:12 *DDIR      d", "Directory <d> 122880 2024-01-31T10:11:12 o=QSYS")]
    [InlineData("QSYS           122880 2024-01-31 10:11:12 *FLR       f", "Directory <f> 122880 2024-01-31T10:11:12 o=QSYS")]
    [InlineData("QSYS           122880 13/12/11 10:11:12 *STMF      a", "File <a> 122880 2011-12-13T10:11:12 o=QSYS")]
    [InlineData("ANN             12 01/31/24 10:11:12 *SYMLNK    link", "Link <link> 12 2024-01-31T10:11:12 o=ANN")]
    [InlineData("ANN             12 01/31/24 10:11:12 *PGM       P.PGM", "Other <P.PGM> 12 2024-01-31T10:11:12 o=ANN")]
    [InlineData("ANN             12 01/31/24 10:11:12 *STMF a", "File <a> 12 2024-01-31T10:11:12 o=ANN")]
    [InlineData("ANN             12 01/31/24 10:11:12 *DIR       ./", "-")]
    [InlineData("ANN             12 01/31/24 10:11:12 *DIR       ../", "-")]
    [InlineData("ANN             12 01/31/24 10:11:12 *DIR       /", "Directory </> 12 2024-01-31T10:11:12 o=ANN")]
    [InlineData("", "-")]
    [InlineData("ANN             12 01/31/24 10:11:12 *STMF", "refused")]
    [InlineData("ANN             12 01/31/24 10:11:12 *STMF      ", "refused")]
    [InlineData("ANN             12 01/31/24 10:11:12 STMF      a", "refused")]
    [InlineData("ANN             12 01/31/24 10:11:12 *stmf      a", "refused")]
    [InlineData("ANN             12 31/32/24 10:11:12 *STMF      a", "refused")]
    [InlineData("ANN             12 01/31/24 10.11.12 *STMF      a", "refused")]
    [InlineData("ANN             x 01/31/24 10:11:12 *STMF      a", "refused")]
    [InlineData("ANN", "refused")]
    [InlineData("*", "refused")]
    [InlineData("ANN 12 01/31/24 10:11:12 *STMF      a\r", "refused")]
    public void A_line(string line, string expected) =>
        Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.Os400, line));
}
