using System.Text.Json;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>What the command says where a person would not know how to go on.</summary>
public sealed class WordsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-words-").FullName;
    private MockHttpServer _server = null!;

    private string File1 => Path.Combine(_folder, "a.txt");

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync();
        _server.Files["a.txt"] = "hello"u8;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Url => _server.UrlOf("/a.txt").AbsoluteUri;

    private Task<PclRun> GetAsync(params string[] arguments) => PclRun.Of(["get", "-d", _folder, .. arguments, _server.UrlOf("/a.txt").AbsoluteUri]);

    [Theory]
    [InlineData()]
    [InlineData("--checksum", "md5:5d41402abc4b2a76b9719d911017c592")]
    [InlineData("--content-disposition")]
    public async Task To_go_on_with_what_is_finished_is_done(params string[] arguments)
    {
        await File.WriteAllTextAsync(File1, "hello");
        PclRun run = await GetAsync(["-c", .. arguments]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("is finished already, 5 bytes", run.Error, StringComparison.Ordinal);
        run = await GetAsync(["-c", "--dry-run", .. arguments]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("is finished already", run.Output, StringComparison.Ordinal);
        run = await GetAsync(["-c", "-q", .. arguments]);
        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
        run = await GetAsync(["-c", "--json", .. arguments]);
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.Equal(("skipped", 5), (line.RootElement.GetProperty("outcome").GetString(), line.RootElement.GetProperty("bytes").GetInt64()));
        Assert.Equal(["a.txt"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
        if (!arguments.Contains("--content-disposition")) Assert.DoesNotContain(_server.Calls, call => call.Method == "GET");
    }

    [Fact]
    public async Task Another_file_of_the_name_is_not_finished()
    {
        await File.WriteAllTextAsync(File1, "hell");
        PclRun run = await GetAsync("-c");
        Assert.Equal(ExitCode.LocalFile, run.ExitCode);
        Assert.Contains("exists already; --overwrite replaces it, --no-clobber keeps it, --rename takes another name.", run.Error, StringComparison.Ordinal);
        Assert.Equal("hell", await File.ReadAllTextAsync(File1));
        await File.WriteAllTextAsync(File1, "hallo");
        Assert.Equal(ExitCode.Integrity, (await GetAsync("-c", "--checksum", "md5:5d41402abc4b2a76b9719d911017c592")).ExitCode);
        Assert.Equal("hallo", await File.ReadAllTextAsync(File1));
        Assert.Equal(0, (await GetAsync("-c", "--no-clobber")).ExitCode);
        Assert.Equal("hallo", await File.ReadAllTextAsync(File1));
        Assert.Equal(0, (await GetAsync("-c", "--overwrite")).ExitCode);
        Assert.Equal("hello", await File.ReadAllTextAsync(File1));
        run = await GetAsync();
        Assert.Equal(ExitCode.LocalFile, run.ExitCode);
        Assert.Contains("exists already; --overwrite", run.Error, StringComparison.Ordinal);
        await _server.DisposeAsync();
        Assert.Equal(ExitCode.LocalFile, (await GetAsync("-c", "--retry", "0")).ExitCode);
    }

    [Fact]
    public async Task The_wire_shows_the_version_that_clear_text_has()
    {
        PclRun run = await PclRun.Of("get", "-v", "-o", "-", _server.UrlOf("/a.txt").AbsoluteUri);
        Assert.Equal((0, "hello"), (run.ExitCode, run.Output));
        Assert.Contains("GET /a.txt HTTP/1.1", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/2.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_star_of_a_web_server_is_explained()
    {
        PclRun run = await PclRun.Of("get", "-d", _folder, _server.UrlOf("/").AbsoluteUri + "*.txt");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("in an ftp URL only", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_URL_stands_once_in_a_failure()
    {
        string url = _server.UrlOf("/none").AbsoluteUri;
        PclRun run = await PclRun.Of("get", "-d", _folder, url);
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Equal(2, run.Error.Split(url).Length);
        Assert.StartsWith("pcl: 404", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///tmp/x")]
    [InlineData("gopher://127.0.0.1/x")]
    [InlineData("x")]
    public async Task Put_says_what_URLs_it_takes(string url)
    {
        await File.WriteAllTextAsync(File1, "x");
        PclRun run = await PclRun.Of("put", File1, url);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("http, https, ftp or ftps", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("ftp")]
    public async Task A_port_that_is_taken_is_named(string protocol)
    {
        string port = _server.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        PclRun run = await PclRun.Of("serve", protocol, _folder, "--port", port);
        Assert.Equal(ExitCode.CannotConnect, run.ExitCode);
        Assert.Contains($"Port {port}: ", run.Error, StringComparison.Ordinal);
    }

    // Letters that stand together ask for help too: what would be deleted stays.
    [Theory]
    [InlineData("-vh")]
    [InlineData("-v?")]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("/?")]
    public async Task Whoever_asks_for_help_gets_it_and_nothing_else_is_done(string asks)
    {
        foreach (string[] line in (string[][])[["rm", asks, Url], ["rm", Url, asks], ["get", asks, "-d", _folder, Url]])
        {
            PclRun run = await PclRun.Of(line);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.StartsWith("Description:", run.Output, StringComparison.Ordinal);
        }

        Assert.Empty(_server.Calls);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_command_line_that_was_mistyped_deletes_nothing()
    {
        PclRun run = await PclRun.Of("rm", Url, "x");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("'x' is not a URL: it begins with no scheme such as https:. Nothing was deleted.", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("rm", "-vx", Url)).ExitCode);
        Assert.Empty(_server.Calls);
    }

    [Theory]
    [InlineData("-o")]
    [InlineData("-i")]
    [InlineData("-d")]
    [InlineData("--checksum")]
    [InlineData("--server-stats")]
    public async Task An_option_without_its_value_is_named(string option)
    {
        PclRun run = await PclRun.Of("get", Url, option);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(option, run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Calls);
    }
}
