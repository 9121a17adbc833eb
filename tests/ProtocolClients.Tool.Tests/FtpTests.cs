using System.Text.Json;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>The commands on URLs of FTP, as a user meets them.</summary>
public sealed class FtpTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-ftp-").FullName;
    private MockFtpServer _server = null!;

    private string Target => Path.Combine(_folder, "out.bin");

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartAsync();
        _server.Files["pub/a.txt"] = new MockFile("hello"u8) { Modified = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero) };
        _server.Files["pub/b.gz"] = "b"u8;
        _server.Files["pub/c.gz"] = "cc"u8;
        _server.Files["pub/sub/d.gz"] = "d"u8;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string UrlOf(string path, string user = "") => $"ftp://{user}127.0.0.1:{_server.EndPoint!.Port}{path}";

    private async Task<string> FileAsync(string content = "hello")
    {
        string path = Path.Combine(_folder, "a b.txt");
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    private async Task<PclRun> FailsAsync(int code, params string[] arguments)
    {
        PclRun run = await PclRun.Of(["get", "--proxy", "none", "--retry", "0", "-o", Target, .. arguments]);
        Assert.Equal(code, run.ExitCode);
        Assert.StartsWith("pcl: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        return run;
    }

    [Fact]
    public async Task A_file_is_fetched_to_a_file_and_to_standard_output()
    {
        PclRun run = await PclRun.Of("get", "-d", _folder, UrlOf("/pub/a.txt;type=i"));
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(_folder, "a.txt")));
        Assert.Equal("hello", (await PclRun.Of("get", "-o", "-", UrlOf("/pub/a.txt"))).Output);
        Assert.Equal("a.txt\nb.gz\nc.gz\nsub/\n", (await PclRun.Of("get", "-o", "-", UrlOf("/pub/"))).Output);
    }

    [Fact]
    public async Task Segments_checksums_conditions_and_lists_are_those_of_get()
    {
        byte[] big = new byte[4 << 20];
        new Random(1).NextBytes(big);
        _server.Files["big.iso"] = big;
        string sum = "sha256:" + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(big));
        PclRun run = await PclRun.Of("get", "--json", "-s", "4", "--checksum", sum, "-N", "-o", Target, UrlOf("/big.iso"));
        Assert.Equal(0, run.ExitCode);
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.True(line.RootElement.GetProperty("segments").GetInt32() > 1);
        Assert.Equal(big, await File.ReadAllBytesAsync(Target));
        run = await PclRun.Of("get", "-N", "-o", Target, UrlOf("/big.iso"));
        Assert.Contains("has not changed", run.Error, StringComparison.Ordinal);
        run = await PclRun.WithInput(UrlOf("/pub/b.gz") + "\n" + UrlOf("/pub/c.gz"), "get", "--input", "-", "-d", _folder, "--parallel", "2");
        Assert.Equal((0, "cc"), (run.ExitCode, await File.ReadAllTextAsync(Path.Combine(_folder, "c.gz"))));
        Assert.Equal(ExitCode.Integrity, (await PclRun.Of("get", "--overwrite", "--checksum", "md5:00000000000000000000000000000000", "-o", Target, UrlOf("/pub/a.txt"))).ExitCode);
    }

    [Fact]
    public async Task A_star_stands_for_the_files_that_fit()
    {
        PclRun run = await PclRun.Of("get", "-d", _folder, UrlOf("/pub/*.gz"));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["b.gz", "c.gz"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("get", "-d", _folder, UrlOf("/pub/*.xz"))).ExitCode);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("get", "--no-glob", "-o", Target, UrlOf("/pub/*.gz"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("get", "-o", Target, UrlOf("/pub/*.gz"))).ExitCode);
    }

    [Fact]
    public async Task A_directory_is_listed()
    {
        Assert.Equal("a.txt\nb.gz\nc.gz\nsub/\n", (await PclRun.Of("ls", UrlOf("/pub/"))).Output.ReplaceLineEndings("\n"));
        PclRun run = await PclRun.Of("ls", "-l", UrlOf("/pub/"));
        Assert.Matches(@"^ +5 2026-03-04 05:06 a\.txt\r?$", run.Output.Split('\n')[0]);
        using JsonDocument line = JsonDocument.Parse((await PclRun.Of("ls", "--json", UrlOf("/pub/"))).Output.Split('\n')[0]);
        Assert.Equal(("a.txt", 5), (line.RootElement.GetProperty("name").GetString(), line.RootElement.GetProperty("length").GetInt64()));
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("ls", UrlOf("/none/"))).ExitCode);
    }

    [Fact]
    public async Task Facts_are_shown_without_the_content()
    {
        PclRun run = await PclRun.Of("head", UrlOf("/pub/a.txt"));
        Assert.Equal($"{UrlOf("/pub/a.txt")}\nlength: 5\nmodified: Wed, 04 Mar 2026 05:06:07 GMT\n", run.Output.ReplaceLineEndings("\n"));
        Assert.Equal(0, _server.DataConnectionCount);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("head", UrlOf("/none"))).ExitCode);
    }

    [Fact]
    public async Task A_file_is_put_under_its_name_and_named_last()
    {
        PclRun run = await PclRun.Of("put", "--json", await FileAsync(), UrlOf("/pub/"));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("hello", _server.Files["pub/a b.txt"].ToString());
        _server.Calls.AssertCount(1, "RNTO");
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.Equal(("uploaded", 5), (line.RootElement.GetProperty("outcome").GetString(), line.RootElement.GetProperty("bytes").GetInt64()));
        Assert.Equal(0, (await PclRun.WithInput("from a pipe", "put", "--create-dirs", "-", UrlOf("/new/dir/x"))).ExitCode);
        Assert.Equal("from a pipe", _server.Files["new/dir/x"].ToString());
    }

    [Fact]
    public async Task What_is_there_is_replaced_kept_refused_or_added_to()
    {
        string file = await FileAsync("new");
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("put", "--create-only", file, UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal(0, (await PclRun.Of("put", "--no-clobber", file, UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal("hello", _server.Files["pub/a.txt"].ToString());
        Assert.Equal(0, (await PclRun.Of("put", "--append", file, UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal("hellonew", _server.Files["pub/a.txt"].ToString());
        Assert.Equal(0, (await PclRun.Of("put", file, UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal("new", _server.Files["pub/a.txt"].ToString());
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--append", "-c", file, UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--append", file, "http://127.0.0.1:1/x")).ExitCode);
    }

    [Fact]
    public async Task A_put_that_breaks_off_goes_on()
    {
        byte[] big = new byte[4 << 20];
        new Random(2).NextBytes(big);
        string file = Path.Combine(_folder, "big.iso");
        await File.WriteAllBytesAsync(file, big);
        File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _server.DataFaults.ResetAfterBytes(3_000_000).Receiving().On("STOR").Once();
        PclRun broken = await PclRun.Of("put", "-c", "--retry", "0", file, UrlOf("/big.iso"));
        Assert.NotEqual(0, broken.ExitCode);
        Assert.False(_server.Files.Contains("big.iso"));
        PclRun run = await PclRun.Of("put", "-c", "--json", file, UrlOf("/big.iso"));
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(big, _server.Files["big.iso"].ToArray());
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.True(line.RootElement.GetProperty("resumedFrom").GetInt64() > 0);
    }

    [Fact]
    public async Task Files_are_removed()
    {
        Assert.Equal(0, (await PclRun.Of("rm", UrlOf("/pub/a.txt"), UrlOf("/pub/b.gz"))).ExitCode);
        Assert.False(_server.Files.Contains("pub/a.txt"));
        Assert.False(_server.Files.Contains("pub/b.gz"));
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("rm", UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("rm", UrlOf("/pub/"))).ExitCode);
        Assert.True(_server.Files.Contains("pub/c.gz"));
        PclRun json = await PclRun.Of("rm", "--json", UrlOf("/pub/c.gz"), UrlOf("/none"));
        Assert.Equal((ExitCode.SomeFailed, 2), (json.ExitCode, json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
    }

    [Fact]
    public async Task A_directory_is_removed_with_all_in_it_only_when_it_is_said()
    {
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("rm", UrlOf("/pub/"))).ExitCode);
        Assert.Equal(4, _server.Files.Count);
        Assert.Equal(0, (await PclRun.Of("rm", "-r", UrlOf("/pub/"))).ExitCode);
        Assert.Empty(_server.Files);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("rm", "-r", UrlOf("/pub/"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("rm", "-r", UrlOf("/"))).ExitCode);
    }

    [Fact]
    public async Task A_directory_is_one_without_a_slash_too()
    {
        _server.Files["file"] = "x"u8;
        PclRun said = await PclRun.Of("rm", UrlOf("/pub"));
        Assert.Equal(ExitCode.Usage, said.ExitCode);
        Assert.Contains("-r deletes it", said.Error, StringComparison.Ordinal);
        Assert.Equal(5, _server.Files.Count);
        PclRun run = await PclRun.Of("rm", "-r", "--json", UrlOf("/pub"), UrlOf("/file"));
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Empty(_server.Files);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("rm", "-r", UrlOf("/pub"))).ExitCode);
    }

    [Fact]
    public async Task A_star_deletes_nothing()
    {
        PclRun run = await PclRun.Of("rm", UrlOf("/pub/*.gz"));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("with get alone", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Calls);
        _server.Files["pub/*.gz"] = "star"u8;
        Assert.Equal(0, (await PclRun.Of("rm", UrlOf("/pub/%2A.gz"))).ExitCode);
        Assert.Equal(4, _server.Files.Count);
    }

    [Fact]
    public async Task Who_gets_a_directory_is_told_what_fetches_it()
    {
        PclRun run = await PclRun.Of("get", "-d", _folder, UrlOf("/pub"));
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains("is a directory: 'pcl ls' lists it, and 'pcl sync URL FOLDER'", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_missing_directory_of_an_upload_is_named_with_what_makes_it()
    {
        string file = await FileAsync();
        PclRun run = await PclRun.Of("put", "--json", file, UrlOf("/new/dir/x"));
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.StartsWith("There is no directory 'new/dir'; --create-dirs makes it (55", line.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.InRange(line.RootElement.GetProperty("status").GetInt32(), 550, 553);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("put", "--append", file, UrlOf("/new/dir/x"))).ExitCode);
        Assert.Equal(4, _server.Files.Count);
    }

    [Fact]
    public async Task The_top_of_a_sync_has_a_name_and_a_plan_has_its_sum()
    {
        string target = Path.Combine(_folder, "new");
        PclRun plan = await PclRun.Of("sync", "--dry-run", UrlOf("/pub/"), target);
        Assert.Contains("4 to move (9 bytes), 0 to delete", plan.Error, StringComparison.Ordinal);
        Assert.Equal("", (await PclRun.Of("sync", "--dry-run", "-q", UrlOf("/pub/"), target)).Error);
        PclRun json = await PclRun.Of("sync", "--dry-run", "--json", UrlOf("/pub/"), target);
        Assert.Equal("", json.Error);
        Assert.DoesNotContain("\"path\":\"\"", json.Output, StringComparison.Ordinal);
        PclRun run = await PclRun.Of("sync", UrlOf("/pub/"), target);
        Assert.Contains("Created .\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("sync takes one ftp URL and one directory here", (await PclRun.Of("sync", _folder, _folder)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_side_becomes_like_the_other()
    {
        PclRun plan = await PclRun.Of("sync", "--dry-run", UrlOf("/pub/"), _folder);
        Assert.Equal(0, plan.ExitCode);
        Assert.Contains("a.txt (5 bytes)", plan.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Equal(0, (await PclRun.Of("sync", "--exclude", "*.gz", UrlOf("/pub/"), _folder)).ExitCode);
        Assert.Equal(["a.txt"], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));

        await FileAsync("up");
        PclRun up = await PclRun.Of("sync", "--json", "--delete", _folder, UrlOf("/pub"));
        Assert.Equal(0, up.ExitCode);
        Assert.Equal(["pub/a b.txt", "pub/a.txt"], _server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.All(up.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("sync", "--delete", "--max-delete", "1", _folder, UrlOf("/pub"))).ExitCode);
        Assert.Equal(2, _server.Files.Count);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("sync", _folder, _folder)).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("sync", UrlOf("/a"), UrlOf("/b"))).ExitCode);
        Assert.Equal(ExitCode.Refused, (await PclRun.Of("sync", UrlOf("/none/"), _folder)).ExitCode);
    }

    [Fact]
    public async Task The_tour_of_ftp_has_no_difference()
    {
        PclRun run = await PclRun.Of("tour", "ftp");
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("DeleteTreeAsync", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_goes_over_clear_text_only_when_the_caller_says_so()
    {
        PclRun refused = await FailsAsync(ExitCode.Refused, UrlOf("/pub/a.txt", "ann:s3cret@"));
        Assert.DoesNotContain("s3cret", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-clear-text", refused.Error, StringComparison.Ordinal);
        _server.Calls.AssertCount(0, "USER");
        Assert.Equal(0, (await PclRun.Of("get", "--allow-clear-text", "-o", Target, UrlOf("/pub/a.txt", "ann:s3cret@"))).ExitCode);
        Assert.Equal("ann", _server.Calls.Single("USER").Argument);
        Assert.Equal(0, (await PclRun.Of("head", "--allow-clear-text", "-u", "bob:s3cret", UrlOf("/pub/a.txt"))).ExitCode);
        Assert.Equal("bob", _server.Calls.Of("USER")[1].Argument);
    }

    [Fact]
    public async Task The_server_may_open_the_data_connection()
    {
        Assert.Equal("hello", (await PclRun.Of("get", "--active", "-o", "-", UrlOf("/pub/a.txt"))).Output);
        Assert.Equal(MockFtpDataMode.ExtendedActive, _server.Calls.Single("RETR").DataMode);
    }

    [Fact]
    public async Task The_wire_is_shown_without_secrets()
    {
        PclRun run = await PclRun.Of("head", "-v", "--allow-clear-text", UrlOf("/pub/a.txt", "ann:s3cret@"));
        Assert.Contains("USER ann", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_6_and_leaves_nothing() =>
        Assert.Contains("550", (await FailsAsync(ExitCode.Refused, UrlOf("/none"))).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("/a%0D%0ADELE%20x")]
    [InlineData("/x;type=q")]
    [InlineData("/..%2Fx")]
    public async Task A_path_that_is_none_is_2(string path)
    {
        await FailsAsync(ExitCode.Usage, UrlOf(path));
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public async Task A_refused_port_is_3()
    {
        string url = UrlOf("/x");
        await _server.DisposeAsync();
        await FailsAsync(ExitCode.CannotConnect, url);
    }

    [Fact]
    public async Task A_bad_certificate_is_4()
    {
        await using MockFtpServer bad = await MockFtpServer.StartAsync(new MockFtpServerOptions { Tls = true, Certificate = CertificateKind.Expired });
        await FailsAsync(ExitCode.Tls, bad.UrlOf("/x").AbsoluteUri);
        Assert.Empty(bad.Calls);
    }

    [Fact]
    public async Task A_transfer_that_is_cut_leaves_nothing()
    {
        _server.Files["big"] = new byte[1 << 20];
        _server.DataFaults.TruncateAfterBytes(500_000).On("RETR");
        PclRun run = await PclRun.Of("get", "--retry", "0", "-o", Target, UrlOf("/big"));
        Assert.InRange(run.ExitCode, ExitCode.CannotConnect, ExitCode.Integrity);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
