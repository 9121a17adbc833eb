using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>Directories that cannot be listed, on a server that refuses no listing: vsftpd's way.</summary>
public sealed class ClosedDirectoryTests : IDisposable
{
    private static readonly FtpSyncOptions Down = new() { Direction = FtpSyncDirection.Down, DeleteExtra = true };
    private static readonly MockFtpServerOptions Lenient = new() { Without = ["MLSD", "MLST"], ListsClosedDirectories = true };

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-closed-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [InlineData("/typo")]
    [InlineData("/w/typo/deep")]
    [InlineData("/w/*")]
    [InlineData("/w/a.txt")]
    public async Task A_top_that_is_no_directory_is_refused(string path)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(Lenient);
        server.Files["w/a.txt"] = "a"u8;
        server.Files["w/b.txt"] = "b"u8;
        Write("mine.txt");
        await using FtpClient ftp = Client(server);
        Assert.Equal("CWD", (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.PlanSyncAsync(_local, path, Down))).Command);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.PlanSyncAsync(_local, path, Down with { DeleteExtra = false }));
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DownloadTreeAsync(path, _local));
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteTreeAsync(path));
        Assert.Equal(["w/a.txt", "w/b.txt"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Local("mine.txt")));
    }

    [Theory]
    [InlineData(0, "CWD")]
    [InlineData(0b001_001_001, "LIST")]
    public async Task Nothing_below_a_directory_that_is_closed_is_deleted(int mode, string refused)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(Lenient);
        server.Files["w/a.txt"] = "a"u8;
        server.Files["w/secret/theirs.txt"] = "x"u8;
        server.Files["w/open/b.txt"] = "b"u8;
        Write("secret/mine.txt");
        Write("open/extra.txt");
        await using FtpClient ftp = Client(server);
        await ftp.SetPermissionsAsync("/w/secret", mode);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Down);
        Assert.Equal(["Download a.txt New", "Download open/b.txt New", "Delete open/extra.txt Extra", "Skip secret Unreadable"], Steps(plan));
        Assert.Equal(refused, Assert.IsType<FtpReplyException>(Assert.Single(plan.Problems).Problem).Command);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/w", Path.Combine(_local, "down"));
        Assert.Equal("secret", Assert.Single(result.Failures).Path);
        Assert.False(Directory.Exists(Path.Combine(_local, "down", "secret", "secret")));
    }

    [Fact]
    public async Task What_was_emptied_there_is_emptied_here_when_that_is_certain()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(Lenient);
        server.Files["w/a.txt"] = "a"u8;
        server.Files.AddDirectory("w/emptied");
        server.Files["w/emptied2/emptied2/b.txt"] = "b"u8;
        Write("emptied/mine.txt");
        Write("emptied2/mine.txt");
        await using FtpClient ftp = Client(server, connections: 1);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "w", Down);
        Assert.Equal(
        [
            "CreateDirectory emptied2/emptied2 New", "Download a.txt New", "Download emptied2/emptied2/b.txt New", "Delete emptied/mine.txt Extra", "Delete emptied2/mine.txt Extra",
        ], Steps(plan));
        // The connection stands where it stood.
        Assert.Single(server.Calls.Of("USER"));
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal("b", await File.ReadAllTextAsync(Local("emptied2/emptied2/b.txt")));
        Assert.DoesNotContain(server.Calls.Problems, call => call.Verb != "AUTH");
    }

    [Fact]
    public async Task A_server_that_shows_nothing_of_an_empty_directory_has_nothing_deleted_for_it()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = ["MLSD", "MLST"] });
        server.Files["w/a.txt"] = "a"u8;
        server.Files.AddDirectory("w/empty");
        Write("empty/mine.txt");
        await using FtpClient ftp = Client(server);
        Assert.Equal(["Download a.txt New", "Skip empty Unreadable"], Steps(await ftp.PlanSyncAsync(_local, "/w", Down)));
        Assert.Equal(["Download a.txt New", "Skip empty/mine.txt Extra"], Steps(await ftp.PlanSyncAsync(_local, "/w", Down with { DeleteExtra = false })));
        Assert.Equal((1, 2), ((await ftp.DownloadTreeAsync("/w", Local("down"))).EnsureSuccess().Transferred, Directory.GetFileSystemEntries(Local("down")).Length));
    }

    [Fact]
    public async Task Files_in_a_directory_that_shows_nothing_are_not_replaced_unasked()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(Lenient);
        server.Files["box/a.txt"] = "theirs"u8;
        Write("a.txt");
        Write("b.txt");
        await using FtpClient ftp = Client(server);
        await ftp.SetPermissionsAsync("/box", 0b011_011_011);
        FtpTreeResult result = await ftp.UploadTreeAsync(_local, "/box");
        Assert.Equal(("a.txt", 1), (Assert.Single(result.Failures).Path, result.Transferred));
        Assert.Equal("theirs", server.Files["box/a.txt"].ToString());
    }

    private static FtpClient Client(MockFtpServer server, int connections = 4) =>
        new(server.Url, new() { Transport = server.Transport, Resilience = ResilienceOptions.None, MaxConnections = connections });

    private static string[] Steps(FtpSyncPlan plan) => [.. plan.Steps.Select(step => $"{step.Action} {step.Path} {step.Reason}")];

    private string Local(string name) => Path.Combine(_local, name);

    private void Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Local(name))!);
        File.WriteAllText(Local(name), "mine");
    }
}
