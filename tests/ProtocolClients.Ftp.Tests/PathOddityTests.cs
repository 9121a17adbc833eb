using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>Paths that no URL can name, and facts with blanks in them: what was done is reported, and what was told is read.</summary>
public sealed class PathOddityTests : IDisposable
{
    private readonly string _local = Directory.CreateTempSubdirectory("ftp-paths-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [InlineData("sub/../x", "x")]
    [InlineData("./x", "x")]
    [InlineData("/pub/./x", "pub/x")]
    [InlineData("/pub/sub/../x", "pub/x")]
    public async Task A_transfer_to_and_from_a_path_with_dots_succeeds_and_says_so(string path, string stands)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files.AddDirectory("pub/sub");
        server.Files.AddDirectory("sub");
        await using var ftp = Client(server);
        TransferResult up = await ftp.UploadAsync(new MemoryStream("hello"u8.ToArray()), path);
        Assert.Equal((TransferOutcome.Transferred, 5L, null), (up.Outcome, up.Bytes, up.FinalUrl));
        Assert.Equal("hello", server.Files[stands].ToString());
        string local = Path.Combine(_local, "x");
        TransferResult down = await ftp.DownloadAsync(path, local);
        Assert.Equal((5L, null), (down.Bytes, down.FinalUrl));
        Assert.Equal("hello", await File.ReadAllTextAsync(local));
        // A plain path has its URL.
        Assert.Equal("a%20b", (await ftp.UploadAsync(new MemoryStream([1]), "a b")).FinalUrl!.AbsolutePath.Split('/')[^1]);
    }

    [Fact]
    public async Task A_download_of_a_path_with_dots_goes_on_where_it_broke_off()
    {
        byte[] content = new byte[1_300_000];
        new Random(1).NextBytes(content);
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["pub/x"] = content;
        server.Files.AddDirectory("sub");
        string local = Path.Combine(_local, "x");
        var options = new FtpTransferOptions { Continue = true };
        server.DataFaults.ResetAfterBytes(1_200_000).On("RETR").Once();
        await using (var first = Client(server)) await Assert.ThrowsAnyAsync<ProtocolClientException>(() => first.DownloadAsync("sub/../pub/x", local, options));
        await using var ftp = Client(server);
        TransferResult down = await ftp.DownloadAsync("sub/../pub/x", local, options);
        Assert.InRange(down.ResumedFrom, 1, 1_200_000);
        Assert.Equal(content, await File.ReadAllBytesAsync(local));
    }

    [Theory]
    [InlineData(" type=file;size=5;unix.group=domain users; /pub/my file.txt", FtpEntryKind.File, 5L, "my file.txt", "domain users")]
    [InlineData(" Size=5;UNIX.group=a b;Type=file; my file.txt", FtpEntryKind.File, 5L, "my file.txt", "a b")]
    [InlineData("type=file;size=5; my file.txt", FtpEntryKind.File, 5L, "my file.txt", null)]
    [InlineData(" type=cdir;unix.group=domain users; /pub/my dir/", FtpEntryKind.Directory, null, "my dir", "domain users")]
    [InlineData("  /pub/my file.txt", FtpEntryKind.Unknown, null, "my file.txt", null)]
    public async Task Facts_and_names_with_blanks_are_read_whole(string line, FtpEntryKind kind, long? size, string name, string? group)
    {
        await using var server = new ScriptedFtp($"{Login}\nC: MLST my file.txt\nS: 250-what there is\nS: {line.Replace(" ", "\\x20", StringComparison.Ordinal)}\nS: 250 end");
        await using (FtpClient ftp = server.Client())
        {
            FtpEntry entry = await ftp.StatAsync("my file.txt");
            Assert.Equal((kind, size, name, group), (entry.Kind, entry.Size, entry.Name, entry.Group));
            Assert.Equal("my file.txt", entry.Path.ToString());
        }

        await server.DoneAsync();
    }

    [Theory]
    [InlineData(FileOptions.None)]
    [InlineData(FileOptions.Asynchronous)]
    public async Task A_file_is_uploaded_however_its_stream_was_opened(FileOptions how)
    {
        string path = Path.Combine(_local, "source");
        await File.WriteAllTextAsync(path, "hello");
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        await using FtpClient ftp = Client(server);
        await using var source = new FileStream(path, new FileStreamOptions { Options = how });
        await ftp.UploadAsync(source, "x");
        Assert.Equal("hello", server.Files["x"].ToString());
    }

    [Theory]
    [InlineData("250 end")]
    [InlineData("250-what there is\nS: 250 end")]
    [InlineData("250-what there is\nS: \\x20nothing\nS: 250 end")]
    public async Task An_answer_without_facts_is_none(string reply)
    {
        await using var server = new ScriptedFtp($"{Login}\nC: MLST x\nS: {reply}");
        await using (FtpClient ftp = server.Client()) await Assert.ThrowsAsync<WireFormatException>(() => ftp.StatAsync("x"));
        await server.DoneAsync();
    }

    // A login at a server that has MLST.
    private static string Login => ScriptedFtp.Login.Replace("S: 500 what", "S: 211-\nS: \\x20MLST type*;size*;\nS: 211 end", StringComparison.Ordinal);

    private static FtpClient Client(MockFtpServer server) =>
        new(server.Url, server.ClientOptions with { Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } } });
}
