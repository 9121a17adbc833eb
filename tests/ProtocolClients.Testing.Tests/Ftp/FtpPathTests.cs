namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>Directories, names and facts.</summary>
public sealed class FtpPathTests : IAsyncLifetime
{
    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("mock-ftp-");
    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 5, 6, 7, 8, 9, TimeSpan.Zero));
    private MockFtpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockFtpServer.StartInMemoryAsync(new() { TimeProvider = _time });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _disk.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Directories_are_made_left_and_taken_away(bool disk)
    {
        if (disk) _server.Files.Root = _disk.FullName;
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("257 \"/\" is the working directory.", await raw.AskAsync("PWD"));
        await raw.ExpectAsync("MKD deep/er", 550);
        Assert.StartsWith("257 \"/say \"\"hi\"\"\"", await raw.AskAsync("MKD say \"hi\""), StringComparison.Ordinal);
        await raw.ExpectAsync("MKD deep", 257);
        await raw.ExpectAsync("CWD deep", 250);
        await raw.ExpectAsync("MKD er", 257);
        await raw.PutAsync("STOR er/a", "x");
        Assert.Equal("x", disk ? await File.ReadAllTextAsync(Path.Combine(_disk.FullName, "deep", "er", "a")) : _server.Files["deep/er/a"].ToString());
        Assert.True(_server.Files.ContainsDirectory("deep/er"));
        await raw.ExpectAsync("RMD er", 550);
        await raw.ExpectAsync("DELE er", 550);
        await raw.ExpectAsync("DELE er/a", 250);
        Assert.Equal("er\r\n", await raw.GetAsync("NLST"));
        await raw.ExpectAsync("CWD er", 250);
        await raw.ExpectAsync("CDUP", 250);
        Assert.StartsWith("257 \"/deep\"", await raw.AskAsync("PWD"), StringComparison.Ordinal);
        await raw.ExpectAsync("RMD er", 250);
        Assert.Equal("", await raw.GetAsync("NLST"));
        await raw.ExpectAsync("CWD ../../..", 250);
        Assert.StartsWith("257 \"/\"", await raw.AskAsync("PWD"), StringComparison.Ordinal);
        await raw.ExpectAsync("RMD /", 550);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_and_directories_are_renamed(bool disk)
    {
        if (disk)
        {
            _server.Files.Root = _disk.FullName;
            Directory.CreateDirectory(Path.Combine(_disk.FullName, "a", "sub"));
            await File.WriteAllTextAsync(Path.Combine(_disk.FullName, "a", "one"), "1");
            await File.WriteAllTextAsync(Path.Combine(_disk.FullName, "a", "sub", "two"), "2");
        }
        else
        {
            _server.Files["a/one"] = "1";
            _server.Files["a/sub/two"] = "2";
        }

        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await RenameAsync(raw, "a/one", "a/uno", 250);
        Assert.Equal("1", await raw.GetAsync("RETR a/uno"));
        await raw.ExpectAsync("SIZE a/one", 550);
        await RenameAsync(raw, "a", "b", 250);
        await raw.ExpectAsync("CWD a", 550);
        Assert.Equal("2", await raw.GetAsync("RETR b/sub/two"));
        Assert.Equal("b/sub\r\nb/uno\r\n", await raw.GetAsync("NLST b"));
        await RenameAsync(raw, "b", "b/sub/b", 553);
        await RenameAsync(raw, "b/uno", "nowhere/uno", 553);
        await RenameAsync(raw, "b/sub", "b/uno", 553);

        await raw.ExpectAsync("RNFR b/uno", 350);
        await raw.ExpectAsync("NOOP", 200);
        await raw.ExpectAsync("RNTO b/x", 503);
    }

    [Fact]
    public async Task Times_and_facts_are_told_and_set()
    {
        _server.Files["pub/a.txt"] = "hello"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("213 20260101000000", await raw.AskAsync("MDTM pub/a.txt"));
        Assert.Equal("213 Modify=20200229123456; pub/a.txt", await raw.AskAsync("MFMT 20200229123456 pub/a.txt"));
        Assert.Equal("213 20200229123456", await raw.AskAsync("MDTM pub/a.txt"));
        Assert.Equal("hello", _server.Files["pub/a.txt"].ToString());
        await raw.PutAsync("STOR pub/new", "1");
        Assert.Equal("213 20260506070809", await raw.AskAsync("MDTM pub/new"));

        Assert.Contains("\n MLST type*;size*;modify*;create;perm*;unique*;UNIX.mode*;UNIX.owner;UNIX.group;\n", await raw.AskAsync("FEAT"), StringComparison.Ordinal);
        Assert.Equal("200 MLST OPTS type;size;modify;", await raw.AskAsync("OPTS MLST Size;Type;nonsense;modify;"));
        Assert.Equal("250-Listing /pub/a.txt\n type=file;size=5;modify=20200229123456; /pub/a.txt\n250 End", await raw.AskAsync("MLST pub/a.txt"));
        Assert.Equal(
            "type=file;size=5;modify=20200229123456; a.txt\r\ntype=file;size=1;modify=20260506070809; new\r\n", await raw.GetAsync("MLSD pub"));
        Assert.Equal("type=dir;modify=20260101000000; pub\r\n", await raw.GetAsync("MLSD"));
        Assert.Equal("200 MLST OPTS ", await raw.AskAsync("OPTS MLST"));
        Assert.Equal(" pub\r\n", await raw.GetAsync("MLSD /"));
    }

    [Fact]
    public async Task LIST_reads_as_ls_does()
    {
        _server.Files["pub/old"] = new MockFile("12345"u8) { Modified = new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.Zero) };
        _server.Files["pub/ new "] = new MockFile("1"u8) { Modified = new DateTimeOffset(2026, 5, 1, 12, 34, 0, TimeSpan.Zero) };
        _server.Files["pub/dir/x"] = "x";
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        string[] expected =
        [
            "-rw-r--r--    1 ftp      ftp                 1 May  1 12:34  new ",
            "drwxr-xr-x    2 ftp      ftp              4096 Jan  1 00:00 dir",
            "-rw-r--r--    1 ftp      ftp                 5 Feb  3  2024 old",
        ];
        Assert.Equal(string.Join("\r\n", expected) + "\r\n", await raw.GetAsync("LIST -la pub"));
        Assert.Equal(expected[2] + "\r\n", await raw.GetAsync("LIST pub/o*"));
        await raw.ExpectAsync("CWD pub", 250);
        Assert.Equal(expected[0] + "\r\n", await raw.GetAsync("LIST  new "));
        Assert.Equal("old\r\n", await raw.GetAsync("NLST ?ld"));
    }

    [Fact]
    public async Task Names_go_in_and_out_byte_by_byte()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.PutAsync("STOR caf\u00C3\u00A9", "utf8");
        await raw.PutAsync("STOR caf\u00E9", "latin1");
        await raw.PutAsync("STOR  -a b ", "blanks");
        Assert.Equal("utf8", _server.Files["caf\u00E9"].ToString());
        Assert.Equal("latin1", _server.Files["caf\uDCE9"].ToString());
        Assert.Equal("blanks", _server.Files[" -a b "].ToString());
        Assert.Equal(" -a b \r\ncaf\u00C3\u00A9\r\ncaf\u00E9\r\n", await raw.GetAsync("NLST"));
        await raw.ExpectAsync("OPTS UTF8 OFF", 200);
        Assert.Equal("utf8", await raw.GetAsync("RETR caf\u00E9"));
        await raw.ExpectAsync("OPTS UTF8 ON", 200);
        Assert.Equal("latin1", await raw.GetAsync("RETR caf\u00E9"));
    }

    private static async Task RenameAsync(FtpRaw raw, string from, string to, int code)
    {
        await raw.ExpectAsync("RNFR " + from, 350);
        await raw.ExpectAsync("RNTO " + to, code);
    }
}
