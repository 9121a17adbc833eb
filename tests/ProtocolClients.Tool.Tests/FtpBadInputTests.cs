using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>What goes wrong with URLs of FTP: the exit code that says so, one line that says why, and nothing under the final name, here or there.</summary>
public sealed class FtpBadInputTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-ftp-bad-").FullName;
    private MockFtpServer _server = null!;

    private string Target => Path.Combine(_folder, "out.bin");

    private string Source => Path.Combine(_folder, "source.bin");

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartAsync();
        _server.Users["ann"] = "s3cret";
        _server.Files["pub/a.txt"] = "hello"u8;
        _server.Files.AddDirectory("pub/empty");
        await File.WriteAllBytesAsync(Source, new byte[100_000]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("put")]
    [InlineData("ls")]
    [InlineData("head")]
    [InlineData("rm")]
    public async Task A_wrong_password_is_5_and_is_not_shown(string command)
    {
        string url = $"ftp://ann:wr0ng@127.0.0.1:{_server.EndPoint!.Port}/pub/a.txt";
        PclRun run = await FailsAsync(ExitCode.Authentication, [command, "--allow-clear-text", .. Operands(command, url)]);
        Assert.DoesNotContain("wr0ng", run.Error, StringComparison.Ordinal);
        Assert.Contains("530", run.Error, StringComparison.Ordinal);
        Assert.Equal("hello", _server.Files["pub/a.txt"].ToString());
    }

    [Theory]
    [InlineData("get", "/pub/none")]
    [InlineData("get", "/none/a.txt")]
    [InlineData("put", "/none/up.bin")]
    [InlineData("ls", "/none/")]
    [InlineData("head", "/pub/none")]
    [InlineData("rm", "/pub/none")]
    public async Task What_is_not_there_is_6(string command, string path)
    {
        PclRun run = await FailsAsync(ExitCode.Refused, [command, "--allow-clear-text", .. Operands(command, UrlOf(path))]);
        Assert.Contains(command == "put" ? "553" : "550", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("552 Exceeded storage allocation.")]
    [InlineData("452 Insufficient storage space.")]
    public async Task A_full_disk_there_is_6_and_nothing_has_the_name(string reply)
    {
        _server.Replies.On("STOR").CutAfterBytes(50_000, reply);
        PclRun run = await FailsAsync(ExitCode.Refused, "put", "--retry", "0", "--allow-clear-text", Source, UrlOf("/pub/up.bin"));
        Assert.Contains(reply[..3], run.Error, StringComparison.Ordinal);
        Assert.False(_server.Files.Contains("pub/up.bin"));
        _server.Calls.AssertCount(1, "STOR");
    }

    [Fact]
    public async Task A_directory_there_is_no_file_to_get_or_to_put()
    {
        await FailsAsync(ExitCode.Refused, "get", "--retry", "0", "--allow-clear-text", "-o", Target, UrlOf("/pub/empty"));
        await FailsAsync(ExitCode.Refused, "put", "--retry", "0", "--allow-clear-text", Source, UrlOf("/pub/empty"));
        Assert.Equal(["pub/a.txt"], _server.Files.Select(static file => file.Key).Where(static name => !name.EndsWith(".part", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_folder_here_is_no_file_to_write_or_to_send()
    {
        string folder = Path.Combine(_folder, "folder");
        Directory.CreateDirectory(folder);
        foreach (string[] arguments in (string[][])[["get", "-o", folder, UrlOf("/pub/a.txt")], ["put", folder, UrlOf("/pub/up.bin")]])
        {
            PclRun run = await PclRun.Of([arguments[0], "--proxy", "none", "--allow-clear-text", .. arguments[1..]]);
            Assert.True(run.ExitCode is ExitCode.LocalFile, $"exit {run.ExitCode}: {run.Error}");
            AssertOneLine(run);
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }

        Assert.False(_server.Files.Contains("pub/up.bin"));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    private string[] Operands(string command, string url) => command switch
    {
        "get" => ["-o", Target, url],
        "put" => [Source, url],
        _ => [url],
    };

    private string UrlOf(string path) => $"ftp://ann:s3cret@127.0.0.1:{_server.EndPoint!.Port}{path}";

    private async Task<PclRun> FailsAsync(int code, params string[] arguments)
    {
        PclRun run = await PclRun.Of([arguments[0], "--proxy", "none", .. arguments[1..]]);
        Assert.True(code == run.ExitCode, $"exit {run.ExitCode} of {string.Join(' ', arguments)}: {run.Error}");
        AssertOneLine(run);
        Assert.Empty(run.Output);
        Assert.Equal([Source], Directory.GetFileSystemEntries(_folder));
        return run;
    }

    private static void AssertOneLine(PclRun run)
    {
        Assert.StartsWith("pcl: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("s3cret", run.Error, StringComparison.Ordinal);
    }
}
