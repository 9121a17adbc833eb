using System.Diagnostics;
using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.Tool;

/// <summary>Standard streams that are closed or full, and two processes that want one name.</summary>
public sealed class StreamTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-streams-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<int> ShellAsync(string script, params string[] arguments)
    {
        string pcl = Path.Combine(AppContext.BaseDirectory, "pcl.dll");
        var start = new ProcessStartInfo("sh", ["-c", $"exec dotnet \"$0\" \"$@\" {script}", pcl, .. arguments]);
        foreach (string name in (string[])["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"]) start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return process.ExitCode;
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    [InlineData("2>&- <&-")]
    [InlineData("-v 2>&-")]
    public async Task Standard_error_that_takes_nothing_ends_no_download_and_gets_into_none(string script)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        byte[] body = new byte[1_000_000];
        new Random(1).NextBytes(body);
        server.Files["a"] = body;
        Assert.Equal(0, await ShellAsync(script, "get", "-d", _folder, server.UrlOf("/a").AbsoluteUri));
        Assert.Equal(body, await File.ReadAllBytesAsync(Path.Combine(_folder, "a")));
        Assert.Equal(6, await ShellAsync(script, "get", "-d", _folder, server.UrlOf("/none").AbsoluteUri));
    }

    [Fact]
    public async Task A_file_that_several_commands_write_holds_what_each_wrote_in_its_order()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["a"] = "hello\n"u8;
        server.Files["b"] = "there\n"u8;
        string file = Path.Combine(_folder, "out"), a = server.UrlOf("/a").AbsoluteUri, b = server.UrlOf("/b").AbsoluteUri;
        // The shell's own redirection, of which each command inherits the position.
        const string Script = "{ echo HEAD; dotnet \"$0\" get -o - \"$1\" \"$2\"; dotnet \"$0\" get -o - \"$2\"; echo TAIL; } > \"$3\"";
        var start = new ProcessStartInfo("sh", ["-c", Script, Path.Combine(AppContext.BaseDirectory, "pcl.dll"), a, b, file]);
        foreach (string name in (string[])["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"]) start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("HEAD\nhello\nthere\nthere\nTAIL\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Standard_output_that_is_full_is_9()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["a"] = new byte[1_000_000];
        Assert.Equal(9, await ShellAsync(">/dev/full 2>&-", "get", "-o", "-", server.UrlOf("/a").AbsoluteUri));
    }

    [Theory]
    [InlineData("--rename")]
    [InlineData("--no-clobber")]
    public async Task Two_processes_that_want_one_name_lose_no_file(string policy)
    {
        int asked = 0;
        var both = new TaskCompletionSource();
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/a.txt").Handle(async context =>
        {
            context.Response.ContentLength = 4;
            await context.Response.Body.WriteAsync("he"u8.ToArray());
            await context.Response.Body.FlushAsync();
            if (Interlocked.Increment(ref asked) == 2) both.SetResult();
            await both.Task.WaitAsync(TimeSpan.FromMinutes(2));
            await context.Response.Body.WriteAsync("re"u8.ToArray());
        });
        using var one = new PclProcess("get", "-d", _folder, policy, server.UrlOf("/a.txt").AbsoluteUri);
        using var two = new PclProcess("get", "-d", _folder, policy, server.UrlOf("/a.txt").AbsoluteUri);
        (int Code, string Output, string Error)[] ends = [await one.EndAsync(), await two.EndAsync()];
        Assert.All(ends, end => Assert.True(end.Code == 0, end.Error));
        string[] files = [.. Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(policy == "--rename" ? ["a (1).txt", "a.txt"] : ["a.txt"], files);
        Assert.All(files, file => Assert.Equal("here", File.ReadAllText(Path.Combine(_folder, file))));
    }
}
