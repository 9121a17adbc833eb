using System.Text;

namespace ProtocolClients.Ftp.Tests.Grammar.Listing;

/// <summary>Listings of OpenVMS.</summary>
public sealed class VmsTests
{
    [Theory]
    [InlineData("README.TXT;12            12/15   31-JAN-2024 10:11:12.34  [GROUP,OWNER]  (RWED,RWED,RE,)",
        "File <README.TXT;12> 2024-01-31T10:11:12.340 p=RWED,RWED,RE, o=OWNER g=GROUP")]
    [InlineData("README.TXT;12  12/15  31-JAN-2024 10:11:12  [OWNER]  (RWED,RWED,RE,)", "File <README.TXT;12> 2024-01-31T10:11:12 p=RWED,RWED,RE, o=OWNER")]
    [InlineData("A.;1  1  1-FEB-2024 09:07 [SYS, ANN] (RWED,,,)", "File <A.;1> 2024-02-01T09:07 p=RWED,,, o=ANN g=SYS")]
    [InlineData("A.TXT;1  31-JAN-2024 10:11  12/15", "refused")]
    [InlineData("A.TXT;1  31-JAN-2024 10:11", "File <A.TXT;1> 2024-01-31T10:11")]
    [InlineData("SUB.DIR;1  1/3  31-JAN-2024 10:11 [OWNER] (RWE,RWE,RE,E)", "Directory <SUB> 2024-01-31T10:11 p=RWE,RWE,RE,E o=OWNER")]
    [InlineData("sub.dir;1  1/3  31-jan-2024 10:11", "Directory <sub> 2024-01-31T10:11")]
    [InlineData(".DIR;1  1/3  31-JAN-2024 10:11", "File <.DIR;1> 2024-01-31T10:11")]
    [InlineData("MY^ FILE^;1.TXT;3  1/3  31-JAN-2024 10:11", "File <MY^ FILE^;1.TXT;3> 2024-01-31T10:11")]
    [InlineData("A.B;1;2  1/3  31-JAN-2024 10:11", "File <A.B;1;2> 2024-01-31T10:11")]
    [InlineData("SECRET.TXT;1  %RMS-E-PRV, insufficient privilege or file protection violation", "File <SECRET.TXT;1>")]
    [InlineData("A.TXT;1   12/15   31-JAN-24 10:11", "File <A.TXT;1> 2024-01-31T10:11")]
    // what names no entry
    [InlineData("Directory DISK$USER:[ANONYMOUS.PUB]", "-")]
    [InlineData("Directory [.PUB]", "-")]
    [InlineData("Total of 2 files, 24/30 blocks.", "-")]
    [InlineData("Grand total of 1 directory, 2 files, 24/30 blocks.", "-")]
    [InlineData("LONG_NAME_ALONE.TXT;1", "-")]
    [InlineData("", "-")]
    // what is no line
    [InlineData("%DIRECT-W-NOFILES, no files found", "refused")]
    [InlineData("Directory of files", "refused")]
    [InlineData("A.TXT  12/15  31-JAN-2024 10:11", "refused")]
    [InlineData("A.TXT;x  12/15  31-JAN-2024 10:11", "refused")]
    [InlineData("A.TXT;1234567  12/15  31-JAN-2024 10:11", "refused")]
    [InlineData(";1  12/15  31-JAN-2024 10:11", "refused")]
    [InlineData("A.TXT;1  12/x  31-JAN-2024 10:11", "refused")]
    [InlineData("A.TXT;1  12/15  31-XXX-2024 10:11", "refused")]
    [InlineData("A.TXT;1  12/15  32-JAN-2024 10:11", "refused")]
    [InlineData("A.TXT;1  12/15  31-JAN-2024", "refused")]
    [InlineData("A.TXT;1  12/15  31-JAN-2024 10:11 [OWNER", "refused")]
    [InlineData("A.TXT;1  12/15", "refused")]
    [InlineData("A.TXT;1  12/15  31-JAN-2024 10:11 more", "refused")]
    [InlineData("   12/15  31-JAN-2024 10:11", "refused")]
    [InlineData("A^", "refused")]
    [InlineData("A.TXT;1\0", "refused")]
    public void A_line(string line, string expected) => Assert.Equal(expected, ListTable.ReadLine(FtpListFormat.Vms, line));

    [Fact]
    public void A_listing_with_entries_in_two_lines()
    {
        const string Lines = """

            Directory DISK$USER:[ANONYMOUS]

            A.TXT;1                  1/3     31-JAN-2024 10:11:12  [G,O]  (RWED,RWED,RE,)
            A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.TXT;2
                                     12/15   31-JAN-2024 10:11:13  [G,O]  (RWED,RWED,RE,)
            ANOTHER_NAME_THAT_IS_TOO_LONG.DIR;1

                %RMS-E-PRV, insufficient privilege or file protection violation

            Total of 3 files, 13/18 blocks.
            """;
        Assert.Equal(
            "File <A.TXT;1> 2024-01-31T10:11:12 p=RWED,RWED,RE, o=O g=G"
            + "|File <A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.TXT;2> 2024-01-31T10:11:13 p=RWED,RWED,RE, o=O g=G"
            + "|Directory <ANOTHER_NAME_THAT_IS_TOO_LONG>",
            ListTable.Read(FtpListFormat.Vms, Lines));
        FtpEntry entry = ListTable.Entries(FtpListFormat.Vms, "A;1  \n  1/3 31-JAN-2024 10:11")[0];
        Assert.Equal("A;1\n  1/3 31-JAN-2024 10:11", Encoding.ASCII.GetString(entry.RawLine.Span));
    }

    [Theory]
    [InlineData("A.TXT;1\nB.TXT;2\nSUB.DIR;1", "File <A.TXT;1>|File <B.TXT;2>|Directory <SUB>")]
    [InlineData("A.TXT;1\nB.TXT;2\nTotal of 2 files.", "File <A.TXT;1>|File <B.TXT;2>")]
    public void A_list_of_names_alone(string lines, string expected) => Assert.Equal(expected, ListTable.Read(FtpListFormat.Vms, lines));

    [Theory]
    [InlineData("A.TXT;1\nB.TXT;2  1/3  31-JAN-2024 10:11")]
    [InlineData("A.TXT;1\n   more")]
    [InlineData("A.TXT;1\n-rw-r--r-- 1 a b 12 Feb  5 09:07 x")]
    public void A_first_half_without_its_second(string lines)
    {
        Assert.Throws<WireFormatException>(() => ListTable.Read(FtpListFormat.Vms, lines));
        Assert.Throws<WireFormatException>(() => ListTable.Read(FtpListFormat.Auto, lines));
    }

    [Fact]
    public void Versions_are_left_out_where_that_is_wanted()
    {
        FtpListContext context = ListTable.Context with { KeepVersions = false };
        Assert.Equal("File <A.TXT>|File <B^;1.TXT>|Directory <SUB>|File <C.>", ListTable.Read(FtpListFormat.Vms, ".;1\nA.TXT;1\nB^;1.TXT;22\n..;2\nSUB.DIR;1\nC.;3", context));
    }
}
