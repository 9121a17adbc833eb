using ProtocolClients.Testing;

namespace ProtocolClients.Tool.Tests;

/// <summary>Downloads through two proxies.</summary>
public sealed class PreProxyTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pcl-proxies-").FullName;
    private MockHttpServer _server = null!;
    private MockProxyServer _first = null!;
    private MockProxyServer _second = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync(new() { Tls = true });
        _server.Files["a.txt"] = "hello"u8;
        _first = await MockProxyServer.StartAsync();
        _first.Authentication = MockAuthentication.Basic("one", "first-secret");
        _second = await MockProxyServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_proxy_is_reached_through_the_one_before_it()
    {
        PclRun run = await GetAsync("--preproxy", $"http://one:first-secret@{_first.Url.Authority}", "--proxy", _second.Url.Authority);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(_folder, "a.txt")));
        Assert.All(_first.Calls, call => Assert.Equal(_second.Url.Authority, call.Authority));
        Assert.All(_second.Calls, call => Assert.Equal((_server.Url.Authority, ""), (call.Authority, call.ProxyAuthorization)));
        Assert.NotEmpty(_second.Calls);
    }

    [Fact]
    public async Task Alone_it_is_the_proxy()
    {
        PclRun run = await GetAsync("--proxy", "none", "--preproxy", $"http://one:first-secret@{_first.Url.Authority}");
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.All(_first.Calls, call => Assert.Equal(_server.Url.Authority, call.Authority));
        Assert.Equal(200, _first.Calls.Last().Status);
    }

    [Fact]
    public async Task One_that_refuses_is_3_and_its_password_is_not_told()
    {
        PclRun run = await GetAsync("--retry", "0", "--preproxy", $"http://one:wrong-secret@{_first.Url.Authority}", "--proxy", _second.Url.Authority);
        Assert.Equal(ExitCode.CannotConnect, run.ExitCode);
        Assert.Contains(_first.Url.Authority, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Empty(_second.Calls);
    }

    private Task<PclRun> GetAsync(params string[] arguments) => PclRun.Of(["get", "-d", _folder, "--insecure", .. arguments, _server.UrlOf("/a.txt").AbsoluteUri]);
}
