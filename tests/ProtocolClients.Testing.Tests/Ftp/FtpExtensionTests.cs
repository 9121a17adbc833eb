using System.IO.Compression;
using System.Text;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>What came after RFC 3659: hashes, ranges, facts that are set, deflate, SITE.</summary>
public sealed class FtpExtensionTests : IAsyncLifetime
{
    private MockFtpServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartInMemoryAsync();
        _server.Files["a.txt"] = "123456789"u8;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("CRC32", "XCRC", "cbf43926")]
    [InlineData("MD5", "XMD5", "25f9e794323b453885f5181f1b624d0b")]
    [InlineData("SHA-1", "XSHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441")]
    [InlineData("SHA-256", "XSHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")]
    [InlineData("SHA-512", "XSHA512", "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85")]
    public async Task Hashes_are_those_of_the_content(string name, string old, string hash)
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("200 SHA-256", await raw.AskAsync("OPTS HASH"));
        Assert.Equal("200 " + name, await raw.AskAsync("OPTS HASH " + name.ToLowerInvariant()));
        Assert.Contains(name + "*", await raw.AskAsync("FEAT"), StringComparison.Ordinal);
        Assert.Equal($"213 {name} 0-8 {hash} a.txt", await raw.AskAsync("HASH a.txt"));
        Assert.Equal("250 " + hash.ToUpperInvariant(), await raw.AskAsync(old + " a.txt"));
        _server.Files["b"] = "xx123456789yy"u8;
        Assert.Equal("250 " + hash.ToUpperInvariant(), await raw.AskAsync(old + " \"b\" 2 11"));
        await raw.ExpectAsync("RANG 2 10", 350);
        Assert.Equal($"213 {name} 2-10 {hash} b", await raw.AskAsync("HASH b"));
        await raw.ExpectAsync("OPTS HASH ROT13", 504);
        await raw.ExpectAsync("HASH missing", 550);
        await raw.ExpectAsync(old + " missing", 550);
        await raw.ExpectAsync(old + " \"b\" 2 1", 501);
    }

    [Fact]
    public async Task A_range_is_sent_with_its_last_byte()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.ExpectAsync("RANG 2 4", 350);
        Assert.Equal("345", await raw.GetAsync("RETR a.txt"));
        Assert.Equal("123456789", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("RANG 7 100", 350);
        Assert.Equal("89", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("RANG 2 4", 350);
        await raw.ExpectAsync("RANG 1 0", 350);
        Assert.Equal("123456789", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("RANG 2 4", 350);
        await raw.ExpectAsync("REST 8", 350);
        Assert.Equal("9", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("RANG 4 2", 501);
        await raw.ExpectAsync("RANG 4", 501);
    }

    [Fact]
    public async Task Facts_are_set_one_by_one_and_together_or_not_at_all()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("213 Create=20010203040506; a.txt", await raw.AskAsync("MFCT 20010203040506 a.txt"));
        Assert.Equal("213 modify=20020304050607;UNIX.mode=0600; a.txt", await raw.AskAsync("MFF modify=20020304050607;UNIX.mode=0600; a.txt"));
        await raw.ExpectAsync("OPTS MLST modify;create;UNIX.mode", 200);
        const string facts = "modify=20020304050607;create=20010203040506;UNIX.mode=0600; a.txt\r\n";
        Assert.Equal(facts, await raw.GetAsync("MLSD"));
        await raw.ExpectAsync("MFF modify=20200101000000;media-type=x; a.txt", 504);
        await raw.ExpectAsync("MFF modify=20200101000000 a.txt", 501);
        await raw.ExpectAsync("MFF modify; a.txt", 501);
        await raw.ExpectAsync("MFF modify=20200101000000; missing", 550);
        Assert.Equal(facts, await raw.GetAsync("MLSD"));
        Assert.StartsWith("-rw-------", await raw.GetAsync("LIST"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SITE_changes_modes_and_times()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.ExpectAsync("SITE CHMOD 4755 a.txt", 200);
        await raw.ExpectAsync("SITE CHMOD 999 a.txt", 501);
        await raw.ExpectAsync("SITE CHMOD 755 missing", 550);
        await raw.ExpectAsync("SITE UTIME 20010203040506 a.txt", 200);
        Assert.Equal("213 20010203040506", await raw.AskAsync("MDTM a.txt"));
        await raw.ExpectAsync("SITE UTIME a.txt 20020101000000 20030101000000 20040101000000 UTC", 200);
        Assert.Equal("213 20030101000000", await raw.AskAsync("MDTM a.txt"));
        await raw.ExpectAsync("SITE UTIME a.txt", 501);
        await raw.ExpectAsync("SITE HELP", 214);
        await raw.ExpectAsync("SITE NOTHING", 504);
    }

    [Fact]
    public async Task Deflate_packs_what_passes_and_offsets_are_of_what_is_in_it()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("all the same. ", 10_000)));
        _server.Files["big"] = content;
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.ExpectAsync("MODE Z", 200);
        await raw.ExpectAsync("OPTS MODE Z LEVEL 9", 200);
        await raw.ExpectAsync("OPTS MODE Z LEVEL 10", 501);
        await raw.ExpectAsync("REST 14", 350);
        string packed = await raw.GetAsync("RETR big");
        Assert.InRange(packed.Length, 10, 5000);
        Assert.Equal(content[14..], Inflate(packed));
        Assert.Equal((packed.Length, 'Z'), (_server.Calls.Single("RETR").DataBytes, _server.Calls.Single("RETR").Mode));
        Assert.Contains("a.txt", Encoding.ASCII.GetString(Inflate(await raw.GetAsync("NLST"))), StringComparison.Ordinal);

        await raw.PutAsync("STOR up", packed);
        Assert.Equal(content[14..], _server.Files["up"].ToArray());
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR cut", 150);
            await Raw.SendAsync(data, packed[..^8]);
        }

        Assert.StartsWith("451 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        await raw.ExpectAsync("MODE S", 200);
        Assert.Equal("123456789", await raw.GetAsync("RETR a.txt"));
    }

    [Fact]
    public async Task Small_commands_are_answered()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.ExpectAsync("CLNT tests", 200);
        await raw.ExpectAsync("LANG", 200);
        await raw.ExpectAsync("LANG en", 200);
        await raw.ExpectAsync("LANG tlh", 504);
        await raw.ExpectAsync("SMNT x", 502);
        await raw.ExpectAsync("HELP", 214);
    }

    [Fact]
    public async Task Options_change_what_the_server_knows()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new()
        {
            Utf8 = false,
            Deflate = false,
            SizeInAscii = true,
            System = "TOPS-20",
            MoreFeatures = ["XYZZY"],
        });
        server.Files["caf\u00E9"] = "a\nb\n"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("caf\u00E9\r\n", await raw.GetAsync("NLST"));
        Assert.Equal("213 4", await raw.AskAsync("SIZE caf\u00E9"));
        await raw.ExpectAsync("TYPE A", 200);
        Assert.Equal("213 6", await raw.AskAsync("SIZE caf\u00E9"));
        await raw.ExpectAsync("MODE Z", 504);
        await raw.ExpectAsync("OPTS UTF8 ON", 501);
        Assert.Equal("215 TOPS-20", await raw.AskAsync("SYST"));
        string features = await raw.AskAsync("FEAT");
        Assert.DoesNotContain("UTF8", features, StringComparison.Ordinal);
        Assert.DoesNotContain("MODE Z", features, StringComparison.Ordinal);
        Assert.EndsWith("\n XYZZY\n211 End", features, StringComparison.Ordinal);
    }

    private static byte[] Inflate(string packed)
    {
        using var inflate = new ZLibStream(new MemoryStream(Encoding.Latin1.GetBytes(packed)), CompressionMode.Decompress);
        var content = new MemoryStream();
        inflate.CopyTo(content);
        return content.ToArray();
    }
}
