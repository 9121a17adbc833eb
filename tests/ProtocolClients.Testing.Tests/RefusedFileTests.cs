using ProtocolClients.Testing.Tests.Ftp;

namespace ProtocolClients.Testing.Tests;

/// <summary>
/// What the disk refuses is an answer, and the connection stays. Rights would not bite a test that runs as root: a file that became a
/// directory, a name that is too long with its ending, and files of the kernel are refused to everybody.
/// </summary>
public sealed class RefusedFileTests : IDisposable
{
    private const string Kernel = "/proc/self";

    private readonly string _root = Directory.CreateTempSubdirectory("mock-refused-").FullName;

    private string LongName { get; } = new('n', 240);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("RETR gone", true)]
    [InlineData("HASH gone", false)]
    public async Task Ftp_answers_550_for_a_file_that_cannot_be_read(string line, bool takesData)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["gone"] = FileThatBecomesADirectory();
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using Stream data = takesData ? await raw.PassiveAsync() : Stream.Null;
        await raw.ExpectAsync(line, 550);
        await raw.ExpectAsync("NOOP", 200);
        Assert.Contains("gone", server.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("STOR")]
    [InlineData("APPE")]
    public async Task Ftp_answers_550_for_a_file_that_cannot_be_made(string verb)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files.Root = _root;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync($"{verb} {LongName}", 550);
        await raw.PutAsync("STOR short", "x");
        Assert.Equal([Path.Combine(_root, "short")], Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public async Task Ftp_answers_550_when_a_name_is_taken_by_a_directory_while_the_file_comes()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files.Root = _root;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR a", 150);
            Directory.CreateDirectory(Path.Combine(_root, "a", "full"));
        }

        Assert.StartsWith("550 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        await raw.ExpectAsync("NOOP", 200);
        Assert.Equal([Path.Combine(_root, "a")], Directory.GetFileSystemEntries(_root));
    }

    [Fact]
    public async Task Ftp_answers_550_where_the_kernel_lets_nobody_write()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files.Root = Directory.Exists(Kernel) ? Kernel : throw new PlatformNotSupportedException("This test needs " + Kernel);
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("DELE status", 550);
        await raw.ExpectAsync("MKD here", 550);
        await raw.ExpectAsync("RNFR status", 350);
        await raw.ExpectAsync("RNTO here", 550);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Fact]
    public async Task Http_answers_403_for_a_file_that_cannot_be_read()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        MockFile file = FileThatBecomesADirectory();
        server.Files["gone"] = file;
        server.Routes.Get("/route").Respond(file);
        Assert.StartsWith("HTTP/1.1 403", await Raw.GetAsync(server, "/gone"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Raw.GetAsync(server, "/route"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_answers_403_for_a_file_that_cannot_be_made_or_deleted()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { WritableFiles = true });
        server.Files.Root = _root;
        Assert.StartsWith("HTTP/1.1 403", await PutAsync(server, "/" + LongName), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_root));
        server.Files.Root = Directory.Exists(Kernel) ? Kernel : throw new PlatformNotSupportedException("This test needs " + Kernel);
        Assert.StartsWith("HTTP/1.1 403", await PutAsync(server, "/here/a"), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 403", await Raw.AskAsync(server, "DELETE /status HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    private static Task<string> PutAsync(MockHttpServer server, string path) =>
        Raw.AskAsync(server, $"PUT {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\r\nnew");

    private MockFile FileThatBecomesADirectory()
    {
        string path = Path.Combine(_root, "gone");
        File.WriteAllText(path, "x");
        var file = MockFile.FromPath(path);
        File.Delete(path);
        Directory.CreateDirectory(path);
        return file;
    }
}
