using System.Globalization;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>Listings in the dialects of many servers, and such as no server should send.</summary>
public sealed class FtpListingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 13, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(MockFtpListingStyle.Unix, "drwxr-xr-x    2 ftp      ftp              4096 Jan  1 00:00 dir|-rw-r--r--    1 ftp      ftp             12345 Jan  2 13:04 file.txt", "UNIX Type: L8")]
    [InlineData(MockFtpListingStyle.Dos, "01-01-26  12:00AM       <DIR>          dir|01-02-26  01:04PM                12345 file.txt", "Windows_NT")]
    [InlineData(MockFtpListingStyle.DosLongYear, "01-01-2026  12:00AM       <DIR>          dir|01-02-2026  01:04PM                12345 file.txt", "Windows_NT")]
    [InlineData(MockFtpListingStyle.Os400, "FTP                   0 01/01/26 00:00:00 *DIR       dir/|FTP               12345 01/02/26 13:04:05 *STMF      file.txt", "OS/400 ")]
    [InlineData(MockFtpListingStyle.Zos, "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname|VOL001 3390   2026/01/01  1    1  FB      80  8000  PO  dir|VOL001 3390   2026/01/02  1    1  FB      80  8000  PS  file.txt", "MVS ")]
    [InlineData(MockFtpListingStyle.NonStop, "File         Code             EOF  Last Modification    Owner  RWEP|dir           101               0 01-Jan-26 00:00:00 255,255 \"nunu\"|file.txt      101           12345 02-Jan-26 13:04:05 255,255 \"nunu\"", "TANDEM")]
    [InlineData(MockFtpListingStyle.Vms, "Directory DISK$USER:[PUB]||dir.DIR;1                 1/9   1-JAN-2026 00:00:00.00  [FTP,FTP]  (RWED,RWED,RE,RE)|file.txt;1              25/27   2-JAN-2026 13:04:05.00  [FTP,FTP]  (RWED,RWED,RE,RE)||Total of 2 files, 26 blocks.", "VMS ")]
    public async Task A_listing_reads_as_on_such_a_server(MockFtpListingStyle style, string lines, string system)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Listing = style, TimeProvider = new VirtualTime(Noon.AddDays(1)) });
        server.Files["pub/file.txt"] = new MockFile(new byte[12345]) { Modified = Noon };
        server.Files["pub/dir/x"] = "x";
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal(lines.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n", await raw.GetAsync("LIST pub"));
        Assert.StartsWith("215 " + system, await raw.AskAsync("SYST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EPLF_and_members_have_their_own_forms()
    {
        await using MockFtpServer eplf = await MockFtpServer.StartInMemoryAsync(new() { Listing = MockFtpListingStyle.Eplf });
        eplf.Files["a"] = new MockFile("12345"u8) { Modified = Noon };
        eplf.Files["d/x"] = "x";
        await using FtpRaw raw = await FtpRaw.LoginAsync(eplf);
        string[] lines = (await raw.GetAsync("LIST")).Split("\r\n");
        Assert.Matches(@"^\+i1\.[0-9a-f]{16},m1767359045,r,s5,\ta$", lines[0]);
        Assert.Matches(@"^\+i1\.[0-9a-f]{16},m1767225600,/,\td$", lines[1]);

        await using MockFtpServer zos = await MockFtpServer.StartInMemoryAsync(new() { Listing = MockFtpListingStyle.ZosMembers });
        zos.Files["MEMBER"] = new MockFile(new byte[800]) { Modified = Noon };
        await using FtpRaw other = await FtpRaw.LoginAsync(zos);
        Assert.EndsWith("\r\nMEMBER    01.03 2026/01/02 2026/01/02 13:04    10    10     0 FTP\r\n", await other.GetAsync("LIST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_of_LIST_are_in_the_servers_zone_and_those_of_MLSD_in_UTC()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(5.5), "test", "test");
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { ListTimeZone = zone, TimeProvider = new VirtualTime(Noon.AddDays(1)), DotEntries = true });
        server.Files["a"] = new MockFile("1"u8) { Modified = Noon };
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Contains(" Jan  2 18:34 a\r\n", await raw.GetAsync("LIST"), StringComparison.Ordinal);
        Assert.Contains("modify=20260102130405;", await raw.GetAsync("MLSD"), StringComparison.Ordinal);
        Assert.Equal("213 20260102130405", await raw.AskAsync("MDTM a"));
        await raw.ExpectAsync("OPTS MLST type", 200);
        Assert.Equal("type=cdir; .\r\ntype=pdir; ..\r\ntype=file; a\r\n", await raw.GetAsync("MLSD"));
    }

    [Fact]
    public async Task Links_are_listed_followed_and_taken_away()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["v2/data.bin"] = "two";
        server.Links["newest"] = "v2";
        server.Links["v2/same"] = "/v2/data.bin";
        server.Links["loop"] = "loop";
        server.Links["dangling"] = "nowhere";
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("two", await raw.GetAsync("RETR newest/data.bin"));
        Assert.Equal("two", await raw.GetAsync("RETR newest/same"));
        await raw.ExpectAsync("RETR loop", 550);
        await raw.ExpectAsync("CWD loop", 550);
        await raw.ExpectAsync("RETR dangling", 550);
        await raw.PutAsync("STOR newest/new", "n");
        Assert.Equal("n", server.Files["v2/new"].ToString());
        string list = await raw.GetAsync("LIST");
        Assert.Contains(" newest -> v2\r\n", list, StringComparison.Ordinal);
        Assert.Contains("lrwxrwxrwx ", list, StringComparison.Ordinal);
        await raw.ExpectAsync("OPTS MLST type", 200);
        Assert.Contains("type=OS.unix=slink:v2; newest\r\n", await raw.GetAsync("MLSD"), StringComparison.Ordinal);
        Assert.Equal("type=file; data.bin\r\ntype=file; new\r\ntype=OS.unix=slink:/v2/data.bin; same\r\n", await raw.GetAsync("MLSD newest"));
        await raw.ExpectAsync("CWD newest", 250);
        Assert.StartsWith("257 \"/v2\"", await raw.AskAsync("PWD"), StringComparison.Ordinal);
        await raw.ExpectAsync("RMD /newest", 550);
        await raw.ExpectAsync("DELE /newest", 250);
        await raw.ExpectAsync("SITE SYMLINK v2/new /link", 200);
        Assert.Equal("n", await raw.GetAsync("RETR /link"));
        Assert.Equal("two", server.Files["v2/data.bin"].ToString());
    }

    [Fact]
    public async Task Entries_and_lines_may_be_hostile()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Directories["evil"] =
        [
            new("../../../etc/passwd") { Size = 1 }, new("a\u0001b"), new("\uDCFF\uDC80"), new(" "), new(".."),
        ];
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("../../../etc/passwd\r\na\u0001b\r\n\u00FF\u0080\r\n \r\n..\r\n", (await raw.GetAsync("NLST evil")).Replace("evil/", "", StringComparison.Ordinal));
        Assert.Contains("; ../../../etc/passwd\r\n", await raw.GetAsync("MLSD evil"), StringComparison.Ordinal);
        Assert.Contains(" ../../../etc/passwd\r\n", await raw.GetAsync("LIST evil"), StringComparison.Ordinal);

        server.ListingLines = (verb, path) => path == "/own" ? [verb, "total 0", "what?"] : null;
        Assert.Equal("LIST\r\ntotal 0\r\nwhat?\r\n", await raw.GetAsync("LIST own"));
        Assert.Equal("MLSD\r\ntotal 0\r\nwhat?\r\n", await raw.GetAsync("MLSD own"));
        Assert.DoesNotContain("what?", await raw.GetAsync("LIST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_million_entries_are_made_as_they_are_sent()
    {
        int made = 0;
        IEnumerable<MockFtpEntry> Entries()
        {
            for (int i = 0; i < 1_000_000; i++)
            {
                made++;
                yield return new MockFtpEntry(i.ToString("0000000", CultureInfo.InvariantCulture)) { Size = i };
            }
        }

        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Directories["big"] = Entries();
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("LIST big", 150);
            Assert.EndsWith(" 0000001\r\n", await Raw.ReadUntilAsync(data, " 0000001\r\n"), StringComparison.Ordinal);
            Assert.InRange(made, 2, 10_000);
        }

        Assert.StartsWith("426 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        made = 0;
        string names = await raw.GetAsync("NLST big");
        Assert.Equal(1_000_000, made);
        Assert.EndsWith("big/0999999\r\n", names, StringComparison.Ordinal);
    }

    [Fact]
    public async Task STAT_lists_on_the_control_connection()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["pub/a"] = "1";
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        string[] lines = (await raw.ExpectAsync("STAT pub", 212)).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("-rw-r--r--", lines[1], StringComparison.Ordinal);
        await raw.ExpectAsync("STAT -l pub/a", 213);
        await raw.ExpectAsync("STAT missing", 550);
        Assert.Contains("User ann, type I, mode S", await raw.ExpectAsync("STAT", 211), StringComparison.Ordinal);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR b", 150);
            await Raw.SendAsync(data, "1234");
            while (server.Calls.Single("STOR").DataBytes < 4) await Task.Yield();
            Assert.Contains("STOR has moved 4 bytes.", await raw.ExpectAsync("STAT", 211), StringComparison.Ordinal);
        }

        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }
}
