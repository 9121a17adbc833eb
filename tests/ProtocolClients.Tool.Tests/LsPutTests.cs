using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

public sealed class LsPutTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-put-").FullName;
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockHttpServer.StartAsync(new MockHttpServerOptions { WritableFiles = true });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> FileAsync(string content = "hello")
    {
        string path = Path.Combine(_folder, "a b.txt");
        await File.WriteAllTextAsync(path, content);
        return path;
    }

    private string UrlOf(string path) => _server.UrlOf(path).AbsoluteUri;

    [Fact]
    public async Task A_resumable_upload_goes_on_where_an_earlier_run_broke_off()
    {
        MockTus tus = _server.Routes.Tus("/files/");
        string file = Path.Combine(_folder, "big");
        await File.WriteAllBytesAsync(file, Enumerable.Range(0, 200_000).Select(static i => (byte)(i % 251)).ToArray());
        tus.CutAfter(120_000);
        PclRun run = await PclRun.Of("put", "--resumable", "--retry", "0", file, _server.UrlOf("/files/").AbsoluteUri);
        Assert.Equal(ExitCode.CannotConnect, run.ExitCode);
        run = await PclRun.Of("put", "--resumable", "--json", file, _server.UrlOf("/files/").AbsoluteUri);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("\"outcome\":\"uploaded\",\"resumedFrom\":120000,\"bytes\":200000", run.Output, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(file), tus.Uploads["1"].ToArray());
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--resumable", "-", _server.UrlOf("/files/").AbsoluteUri)).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--resumable", file, "ftp://127.0.0.1/a")).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--resumable", "--append", file, _server.UrlOf("/files/").AbsoluteUri)).ExitCode);
    }

    [Fact]
    public async Task A_page_of_links_is_listed()
    {
        _server.Files["pub/a.txt"] = "x"u8;
        _server.Files["pub/b c.txt"] = "x"u8;
        _server.Files["pub/sub/d.txt"] = "x"u8;
        PclRun run = await PclRun.Of("ls", UrlOf("/pub/"));
        Assert.Equal((0, "a.txt\nb c.txt\nsub/\n", ""), (run.ExitCode, run.Output.ReplaceLineEndings("\n"), run.Error));
        PclRun json = await PclRun.Of("ls", "--json", UrlOf("/pub/"));
        using JsonDocument first = JsonDocument.Parse(json.Output.Split('\n')[0]);
        Assert.Equal("a.txt", first.RootElement.GetProperty("name").GetString());
        Assert.Equal(UrlOf("/pub/a.txt"), first.RootElement.GetProperty("url").GetString());
    }

    [Fact]
    public async Task A_local_folder_is_listed_with_sizes()
    {
        await FileAsync();
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        PclRun run = await PclRun.Of("ls", "-l", new Uri(_folder).AbsoluteUri);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^ +5 \d{4}-\d\d-\d\d \d\d:\d\d a b\.txt\r?$", run.Output.Split('\n').Single(line => line.Contains("a b", StringComparison.Ordinal)));
        Assert.Contains("sub/", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a.txt", ExitCode.Refused)]
    [InlineData("/missing/", ExitCode.Refused)]
    public async Task What_is_no_folder_is_6(string path, int code)
    {
        _server.Files["a.txt"] = "x"u8;
        Assert.Equal(code, (await PclRun.Of("ls", UrlOf(path))).ExitCode);
    }

    [Fact]
    public async Task A_file_is_put_with_its_length_and_named_after_itself()
    {
        PclRun run = await PclRun.Of("put", await FileAsync(), UrlOf("/up/"), "--content-type", "text/plain");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        MockHttpCall call = Assert.Single(_server.Calls);
        Assert.Equal(("PUT", "/up/a b.txt", "5", "text/plain"), (call.Method, call.Path, call["Content-Length"], call["Content-Type"]));
        Assert.Equal("hello", Encoding.UTF8.GetString(call.Body.Span));
    }

    [Fact]
    public async Task Standard_input_is_put_in_chunks()
    {
        PclRun run = await PclRun.WithInput("from a pipe", "put", "--json", "-", UrlOf("/up/x"));
        Assert.Equal(0, run.ExitCode);
        MockHttpCall call = Assert.Single(_server.Calls);
        Assert.Equal(("", "from a pipe"), (call["Content-Length"], Encoding.UTF8.GetString(call.Body.Span)));
        using JsonDocument line = JsonDocument.Parse(run.Output);
        Assert.Equal(11, line.RootElement.GetProperty("bytes").GetInt64());
        Assert.Equal(201, line.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Create_only_replaces_nothing()
    {
        string file = await FileAsync();
        Assert.Equal(0, (await PclRun.Of("put", "--create-only", file, UrlOf("/x"))).ExitCode);
        PclRun second = await PclRun.Of("put", "--create-only", file, UrlOf("/x"));
        Assert.Equal(ExitCode.Refused, second.ExitCode);
        Assert.Contains("412", second.Error, StringComparison.Ordinal);
        Assert.All(_server.Calls, call => Assert.Equal("*", call["If-None-Match"]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_file_that_changes_its_length_while_it_is_sent_is_9(int by)
    {
        const long Length = 64 * 1024 * 1024;
        string path = await FileAsync();
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, Length);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            // More than what is on the way is still to be read.
            RandomAccess.SetLength(file, Length + by);
            byte[] buffer = new byte[64 * 1024];
            while (await stream.ReadAsync(buffer, stop) > 0) continue;
        });
        PclRun run = await PclRun.Of("put", "--retry", "0", path, server.Url + "/x");
        Assert.Equal((ExitCode.LocalFile, ""), (run.ExitCode, run.Output));
        Assert.Contains("while it was sent", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_missing_or_a_server_that_is_gone_has_its_code()
    {
        Assert.Equal(ExitCode.LocalFile, (await PclRun.Of("put", Path.Combine(_folder, "none"), UrlOf("/x"))).ExitCode);
        Assert.Equal(ExitCode.LocalFile, (await PclRun.Of("put", _folder, UrlOf("/x"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "-", UrlOf("/up/"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await PclRun.Of("put", "--frob", UrlOf("/up/"))).ExitCode);
        Assert.Empty(_server.Calls);
        string gone = UrlOf("/x");
        await _server.DisposeAsync();
        Assert.Equal(ExitCode.CannotConnect, (await PclRun.Of("put", "--retry", "0", await FileAsync(), gone)).ExitCode);
        _server = await MockHttpServer.StartAsync();
    }
}
