using System.Security.Cryptography;
using System.Text.Json;
using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>The commands where all goes well, and what they print.</summary>
public sealed class GetTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-get-").FullName;
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockHttpServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_is_named_after_the_URL()
    {
        _server.Files["pub/a b.txt"] = "hello"u8;
        PclRun run = await PclRun.Of("get", "-d", Path.Combine(_folder, "new"), _server.UrlOf("/pub/a%20b.txt").AbsoluteUri);
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(_folder, "new", "a b.txt")));
    }

    [Fact]
    public async Task Dash_is_standard_output_and_carries_nothing_but_the_content()
    {
        _server.Files["a"] = "hello\n"u8;
        PclRun run = await PclRun.Of("get", "-o", "-", _server.UrlOf("/a").AbsoluteUri, _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal((0, "hello\nhello\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("--limit-rate")]
    [InlineData("--limit-rate-total")]
    [InlineData("--limit-rate-host")]
    public async Task A_limit_of_the_rate_holds_for_standard_output(string option)
    {
        _server.Files["a"] = new byte[10_000];
        var time = new VirtualTime();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<PclRun> running = PclRun.WithTime(time, "get", "-o", "-", option, "1000", _server.UrlOf("/a").AbsoluteUri);
        while (!running.IsCompleted) await Task.WhenAny(running, time.AdvanceToNextTimerAsync(end.Token));
        await end.CancelAsync();
        PclRun run = await running;
        Assert.Equal((0, 10_000, ""), (run.ExitCode, run.Output.Length, run.Error));
        Assert.InRange(time.Elapsed.TotalSeconds, 9, 11);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Beyond_the_quota_nothing_begins_and_that_is_told(bool json)
    {
        for (int i = 1; i <= 4; i++) _server.Files[$"{i}"] = new byte[1000];
        string[] arguments = ["get", "-d", _folder, "--quota", "1.5k", _server.UrlOf("/").AbsoluteUri + "[1-4]"];
        PclRun run = await PclRun.Of(json ? [.. arguments, "--json"] : arguments);
        Assert.Equal(ExitCode.QuotaReached, run.ExitCode);
        Assert.Equal(["1", "2"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, _server.Calls.Count);
        if (!json)
        {
            Assert.EndsWith("pcl: the quota of 1536 bytes is reached: 2 of 4 files were not begun.\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            return;
        }

        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["downloaded", "downloaded", "not-begun", "not-begun"], lines.Select(static line => line.GetProperty("outcome").GetString()));
        Assert.Equal(ExitCode.QuotaReached, lines[3].GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task The_quota_holds_for_standard_output_and_does_not_hide_what_failed()
    {
        _server.Files["a"] = new byte[1000];
        PclRun run = await PclRun.Of("get", "-o", "-", "--quota", "1000", _server.UrlOf("/a").AbsoluteUri, _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal((ExitCode.QuotaReached, 1000), (run.ExitCode, run.Output.Length));
        run = await PclRun.Of("get", "-d", _folder, "--quota", "1000", _server.UrlOf("/none").AbsoluteUri, _server.UrlOf("/a").AbsoluteUri, _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
    }

    [Fact]
    public async Task What_a_broken_download_to_standard_output_brought_counts_for_the_quota()
    {
        _server.Files["a"] = new byte[100_000];
        _server.Faults.TruncateAfterBytes(60_000);
        string url = _server.UrlOf("/a").AbsoluteUri;
        PclRun run = await PclRun.Of("get", "-o", "-", "--retry", "0", "--quota", "50000", url, url);
        Assert.Equal(ExitCode.SomeFailed, run.ExitCode);
        Assert.Single(_server.Calls);
    }

    [Theory]
    [InlineData("-s", "4")]
    [InlineData("--segments", "1")]
    public async Task Segments_and_standard_output_exclude_each_other(string option, string count)
    {
        PclRun run = await PclRun.Of("get", "-o", "-", option, count, _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("--segments exclude each other", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public async Task Json_is_one_line_a_URL_and_the_exit_code_says_that_some_failed()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        _server.Files["a.bin"] = content;
        PclRun run = await PclRun.Of("get", "--json", "-d", _folder, _server.UrlOf("/a.bin").AbsoluteUri, _server.UrlOf("/missing").AbsoluteUri);
        Assert.Equal((ExitCode.SomeFailed, ""), (run.ExitCode, run.Error));
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using JsonDocument good = JsonDocument.Parse(lines[0]);
        Assert.Equal(0, good.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal(100_000, good.RootElement.GetProperty("bytes").GetInt64());
        Assert.Equal(content, await File.ReadAllBytesAsync(good.RootElement.GetProperty("path").GetString()!));
        using JsonDocument bad = JsonDocument.Parse(lines[1]);
        Assert.Equal(ExitCode.Refused, bad.RootElement.GetProperty("exitCode").GetInt32());
        Assert.Contains("404", bad.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_right_checksum_passes_and_overwrite_replaces()
    {
        string path = Path.Combine(_folder, "a");
        await File.WriteAllTextAsync(path, "old");
        _server.Files["a"] = "abc"u8;
        PclRun run = await PclRun.Of("get", "-q", "--overwrite", "-o", path, "--checksum", "md5:900150983cd24fb0d6963f7d28e17f72", _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal((0, "", "abc"), (run.ExitCode, run.Error, await File.ReadAllTextAsync(path)));
    }

    [Fact]
    public async Task A_header_reaches_the_server()
    {
        _server.Files["a"] = "x"u8;
        await PclRun.Of("get", "-o", "-", "-H", "X-Mine: yes", _server.UrlOf("/a").AbsoluteUri);
        Assert.Equal("yes", Assert.Single(_server.Calls)["X-Mine"]);
    }

    [Theory]
    [InlineData("data:,hello%20there", "hello there")]
    [InlineData("data:text/plain;base64,aGVsbG8=", "hello")]
    public async Task A_data_URL_needs_no_network(string url, string content) =>
        Assert.Equal((0, content), ((await PclRun.Of("get", "-o", "-", url)) is var run ? (run.ExitCode, run.Output) : default));

    [Fact]
    public async Task A_file_URL_that_a_person_typed_is_read()
    {
        string path = Path.Combine(_folder, "a");
        await File.WriteAllTextAsync(path, "local");
        PclRun run = await PclRun.Of("get", "-o", "-", new Uri(path).AbsoluteUri);
        Assert.Equal((0, "local"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Head_prints_the_headers_and_asks_for_no_body()
    {
        _server.Files["a.txt"] = "hello"u8;
        PclRun run = await PclRun.Of("head", _server.UrlOf("/a.txt").AbsoluteUri);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Content-Length: 5", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("HEAD", Assert.Single(_server.Calls).Method);
        PclRun json = await PclRun.Of("head", "--json", _server.UrlOf("/a.txt").AbsoluteUri);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal(5, document.RootElement.GetProperty("length").GetInt64());
    }

    [Fact]
    public async Task Control_characters_of_a_server_never_reach_the_terminal()
    {
        await using var evil = new RawServer("HTTP/1.1 404 \u001b[31mRed\nContent-Length: 0\nX-A: \u009b31m\n\n");
        PclRun run = await PclRun.Of("get", "-o", Path.Combine(_folder, "x"), evil.Url + "/x");
        Assert.DoesNotContain(run.Error, c => char.IsControl(c) && c is not '\n' and not '\r');
    }

    [Fact]
    public async Task Row_52_a_password_is_in_no_output_in_any_form()
    {
        const string Password = "sw0rd/fish +%";
        _server.Routes.Get("/private").Handle(context =>
        {
            bool known = context.Request.Headers.Authorization.Count > 0;
            if (!known) context.Response.Headers.WWWAuthenticate = "Basic realm=\"r\"";
            context.Response.StatusCode = known ? 200 : 401;
            return Task.CompletedTask;
        });
        PclRun run = await PclRun.Of("get", "-v", "-o", "-", "-u", "ann:" + Password, _server.UrlOf("/private").AbsoluteUri);
        var url = new UriBuilder(_server.UrlOf("/private")) { UserName = "ann", Password = Uri.EscapeDataString(Password) };
        PclRun inUrl = await PclRun.Of("get", "-v", "-o", "-", url.Uri.AbsoluteUri);
        PclRun failing = await PclRun.Of("get", "-v", "-o", "-", url.Uri.AbsoluteUri + "/nothing");
        Assert.Equal((0, 0, ExitCode.Refused), (run.ExitCode, inUrl.ExitCode, failing.ExitCode));
        Assert.Contains(_server.Calls, call => call["Authorization"].Length > 0);
        string all = run.Error + run.Output + inUrl.Error + inUrl.Output + failing.Error + failing.Output;
        Assert.Contains("/private", all, StringComparison.Ordinal);
        foreach (string form in (string[])[Password, Uri.EscapeDataString(Password), Convert.ToBase64String("ann:sw0rd/fish +%"u8), "sw0rd"])
            Assert.DoesNotContain(form, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tour_finds_no_difference()
    {
        PclRun run = await PclRun.Of("tour");
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.DoesNotContain("DIFFERS", run.Output, StringComparison.Ordinal);
        Assert.Contains("all as served", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tour_reports_a_difference()
    {
        var output = new StringWriter();
        var log = new TourLog(output);
        log.Check("something", 1, 2);
        log.Close();
        Assert.Equal(1, log.Differences);
        Assert.Contains("DIFFERS", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_serves_a_folder_until_it_is_interrupted()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "served");
        using var stop = new CancellationTokenSource();
        var output = new StringWriter();
        var error = new StringWriter();
        var ready = new TaskCompletionSource<string>();
        var terminal = new Terminal(new FirstLine(output, ready), error, () => Stream.Null, isInteractive: false);
        Task<int> serving = Pcl.RunAsync(["serve", "http", _folder], terminal, cancellationToken: stop.Token);
        string url = await ready.Task.WaitAsync(TimeSpan.FromMinutes(2));
        PclRun run = await PclRun.Of("get", "-o", "-", url + "a.txt");
        Assert.Equal((0, "served"), (run.ExitCode, run.Output));
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await serving.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    /// <summary>Tells the first line that is written.</summary>
    private sealed class FirstLine(StringWriter inner, TaskCompletionSource<string> line) : StringWriter
    {
        public override Task WriteLineAsync(string? value)
        {
            inner.WriteLine(value);
            line.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }
}
