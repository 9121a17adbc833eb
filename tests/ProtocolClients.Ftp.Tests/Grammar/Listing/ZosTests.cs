namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Listings of z/OS.</summary>
public sealed class ZosTests
{
    private const string DataSets = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\n";
    private const string Members = " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\n";
    private const string Modules = " Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode\n";

    [Theory]
    [InlineData("WEBP01 3390   2024/01/31  1    1  FB      80  8000  PS  SOME.DATA", "File <SOME.DATA>")]
    [InlineData("WEBP01 3390   2024/01/31  1   15  VB     256 27998  PO  SOME.LIB", "Directory <SOME.LIB>")]
    [InlineData("WEBP01 3390   2024/01/31  1   15  VB     256 27998  PO-E  'SYS1.PARMLIB'", "Directory <'SYS1.PARMLIB'>")]
    [InlineData("WEBP01 3390   **NONE**    1   15  U        0  6144  PS-E  A@#$-9", "File <A@#$-9>")]
    [InlineData("WEBP01 3390                                     VSAM HLQ.VS.DATA", "Other <HLQ.VS.DATA>")]
    [InlineData("                                                GDG  HLQ.GDG", "Other <HLQ.GDG>")]
    [InlineData("                                                PATH HLQ.PATH", "Other <HLQ.PATH>")]
    [InlineData("Migrated                                             HLQ.OLD", "Unknown <HLQ.OLD>")]
    [InlineData("ARCIVE Not Direct Access Device                      HLQ.TAPE", "Unknown <HLQ.TAPE>")]
    [InlineData("Error determining attributes                         HLQ.BAD", "Unknown <HLQ.BAD>")]
    [InlineData("Pseudo Directory                                     HLQ.SUB", "Directory <HLQ.SUB>")]
    [InlineData("Volume Referred Ext    Tracks Used Recfm Lrecl BlkSz Dsorg Dsname\nWEBP01 2024/01/31  1  150000  10 FB 80 8000 PS BIG", "File <BIG>")]
    [InlineData("", "")]
    [InlineData("No data sets found.", ListTable.Refused)]
    [InlineData("HLQ.ALONE", ListTable.Refused)]
    [InlineData("V 3390 PS TOOLONGQUALIFIER", ListTable.Refused)]
    [InlineData("V 3390 PS A..B", ListTable.Refused)]
    [InlineData("V 3390 PS lower", ListTable.Refused)]
    [InlineData("V 3390 PS A1234567.A1234567.A1234567.A1234567.A1234567.B", ListTable.Refused)]
    [InlineData("V 3390 PS ''", ListTable.Refused)]
    public void Data_sets(string lines, string expected) => Assert.Equal(expected, Read(DataSets + lines));

    [Theory]
    [InlineData("MEMBER01   01.05 2024/01/31 2024/02/01 10:11    25    20     0 USER01", "File <MEMBER01> 2024-02-01T10:11 c=2024-01-31T00:00:00 o=USER01")]
    [InlineData(" MEMBER1   01.05 24/01/31 24/02/01 10:11:12    25    20     0", "File <MEMBER1> 2024-02-01T10:11:12 c=2024-01-31T00:00:00")]
    [InlineData("NOSTATS", "File <NOSTATS>")]
    [InlineData("MEMBER01   x1.05 2024/01/31 2024/02/01 10:11    25    20     0 USER01", ListTable.Refused)]
    [InlineData("MEMBER01   01.05 2024/01/31", ListTable.Refused)]
    [InlineData("MEMBER01   01.05 2024/01/31 2024/02/01 10:11    25    20     x USER01", ListTable.Refused)]
    [InlineData("MEMBER01   01.05 2024/13/31 2024/02/01 10:11    25    20     0 USER01", ListTable.Refused)]
    [InlineData("MEMBER01   01.05 2024/01/31 2024/02/01 10.11    25    20     0 USER01", ListTable.Refused)]
    [InlineData("lower", ListTable.Refused)]
    public void Members_with_and_without_statistics(string lines, string expected) => Assert.Equal(expected, Read(Members + lines));

    [Theory]
    [InlineData("MEMBER    0011A8   00012A          00 FO             RN RU            31    ANY", "File <MEMBER>")]
    [InlineData("MEMBER    0011G8   00012A          00 FO             RN RU            31    ANY", ListTable.Refused)]
    [InlineData("MEMBER", ListTable.Refused)]
    public void Load_modules(string lines, string expected) => Assert.Equal(expected, Read(Modules + lines));

    [Theory]
    [InlineData("JOBNAME  JOBID    OWNER    STATUS CLASS")]
    [InlineData("MYJOB    JOB00123 USER01   OUTPUT A        RC=0000 3 spool files")]
    [InlineData("USER1    STC00123  OUTPUT    3 Spool Files")]
    [InlineData("USER1    J0123456  ACTIVE")]
    public void Lists_of_jobs_are_refused_with_the_reason(string line)
    {
        Assert.Contains("jobs", Assert.Throws<WireFormatException>(() => ListTable.Read(FtpListFormat.Zos, line)).Message, StringComparison.Ordinal);
        Assert.Equal(ListTable.Refused, ListTable.ReadLine(FtpListFormat.Auto, line));
    }

    [Fact]
    public void Unix_files() => Assert.Equal(
        "File <a.txt> 123 2026-01-31T10:11 p=rw-r--r-- m=644 o=USER g=GRP",
        Read("total 8\n-rw-r--r--   1 USER     GRP         123 Jan 31 10:11 a.txt"));

    [Theory]
    [InlineData("'USER01.'", DataSets + "V 3390 2024/01/31 1 1 FB 80 8000 PS A.B", "'USER01.A.B'")]
    [InlineData("'USER01'", DataSets + "V 3390 2024/01/31 1 1 FB 80 8000 PS A.B", "'USER01.A.B'")]
    [InlineData("'USER01.'", DataSets + "V 3390 2024/01/31 1 1 FB 80 8000 PS 'SYS1.X'", "'SYS1.X'")]
    [InlineData("", DataSets + "V 3390 2024/01/31 1 1 FB 80 8000 PS 'SYS1.X'", "'SYS1.X'")]
    [InlineData("", DataSets + "V 3390 2024/01/31 1 1 FB 80 8000 PS A.B", "A.B")]
    [InlineData("'USER01.LIB'", Members + "MEM", "'USER01.LIB(MEM)'")]
    [InlineData("'USER01.LIB'", Members + "MEM 01.05 2024/01/31 2024/02/01 10:11 25 20 0 USER01", "'USER01.LIB(MEM)'")]
    [InlineData("'USER01.LIB'", Modules + "MEM 0011A8", "'USER01.LIB(MEM)'")]
    [InlineData("/u/user01", "-rw-r--r-- 1 a b 12 Feb  5 09:07 x", "/u/user01/x")]
    public void Paths(string directory, string lines, string path) =>
        Assert.Equal(path, ListTable.Entries(FtpListFormat.Zos, lines, ListTable.Context with { Directory = directory })[0].Path.ToString());

    private static string Read(string lines)
    {
        try
        {
            return ListTable.Read(FtpListFormat.Zos, lines);
        }
        catch (WireFormatException)
        {
            return ListTable.Refused;
        }
    }
}
