using System.Globalization;
using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>What is known of servers from run to run, and who is asked first for that.</summary>
public sealed class ServerStatisticsTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("servers-").FullName;
    private readonly VirtualTime _time = new();

    private string File => Path.Combine(_folder, "servers.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Downloader Downloader(ServerStatistics servers) => new(new DownloaderOptions
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        ServerStatistics = servers,
    });

    private DownloadRequest Request(params string[] urls) => new(urls) { Path = Path.Combine(_folder, "a"), WhenExists = ExistingFile.Overwrite };

    private static Uri Of(Origin origin) => new(origin.Url);

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public async Task The_server_that_was_fastest_is_asked_first_in_a_later_run(int segments, bool checksum)
    {
        byte[] body = Downloads.Bytes(1_500_000);
        await using var first = new Origin(body);
        await using var second = new Origin(body);
        await using var third = new Origin(body);
        var before = new ServerStatistics();
        before.Measured(Of(first), 100_000);
        before.Measured(Of(third), 900_000);
        await before.SaveAsync(File);
        await using Downloader downloader = Downloader(await ServerStatistics.LoadAsync(File));
        DownloadRequest request = Request(first.Url, second.Url, third.Url) with { Segments = segments, Checksum = checksum ? Downloads.Sha256(body) : null };
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(body, await System.IO.File.ReadAllBytesAsync(result.Path));
        Assert.NotEmpty(third.Requests);
        if (segments == 1) Assert.Empty(first.Requests.Concat(second.Requests));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_run_adds_what_it_saw(int segments)
    {
        byte[] body = Downloads.Bytes(1_500_000);
        await using var broken = new Origin(body) { Instead = static _ => "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" };
        await using var good = new Origin(body);
        var servers = new ServerStatistics();
        await using Downloader downloader = Downloader(servers);
        DownloadRequest request = Request(broken.Url, good.Url) with { Segments = segments, Checksum = Downloads.Sha256(body) };
        await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(
            new HashSet<(string, bool, bool)> { ($"http://127.0.0.1:{Of(broken).Port}", true, false), ($"http://127.0.0.1:{Of(good).Port}", false, true) },
            servers.Servers.Select(static one => (one.Server, one.HasFailed, one.BytesPerSecond > 0)).ToHashSet());
        broken.Requests.Clear();
        await downloader.DownloadAsync(request with { Segments = 1 }).WaitAsync(Safety);
        Assert.Empty(broken.Requests);
    }

    [Fact]
    public async Task What_a_limit_held_down_and_what_is_too_short_is_not_kept()
    {
        await using var origin = new Origin(Downloads.Bytes(100_000));
        var servers = new ServerStatistics();
        await using Downloader downloader = Downloader(servers);
        await downloader.DownloadAsync(Request(origin.Url) with { RateLimit = 100_000_000 }).WaitAsync(Safety);
        origin.Body = Downloads.Bytes(1000);
        await downloader.DownloadAsync(Request(origin.Url)).WaitAsync(Safety);
        Assert.Empty(servers.Servers);
    }

    [Fact]
    public async Task What_is_older_than_its_lifetime_is_forgotten()
    {
        var servers = new ServerStatistics(time: _time);
        servers.Measured(new Uri("https://user:secret@a.example/path?token=1"), 1_000_000);
        _time.Advance(TimeSpan.FromHours(23));
        servers.Failed(new Uri("ftp://b.example/"));
        await servers.SaveAsync(File);
        Assert.Equal(["ftp://b.example:21", "https://a.example:443"], (await ServerStatistics.LoadAsync(File, time: _time)).Servers.Select(static one => one.Server));
        Assert.DoesNotContain("secret", await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("ftp://b.example:21", Assert.Single(servers.Servers).Server);
        Assert.Equal("ftp://b.example:21", Assert.Single((await ServerStatistics.LoadAsync(File, time: _time)).Servers).Server);
    }

    [Fact]
    public async Task Two_runs_that_save_keep_the_newer_of_each()
    {
        var one = new ServerStatistics(time: _time);
        var two = new ServerStatistics(time: _time);
        one.Measured(new Uri("https://a.example/"), 1000);
        two.Measured(new Uri("https://b.example/"), 2000);
        _time.Advance(TimeSpan.FromMinutes(1));
        two.Failed(new Uri("https://a.example/"));
        await two.SaveAsync(File);
        await one.SaveAsync(File);
        ServerStatistics both = await ServerStatistics.LoadAsync(File, time: _time);
        Assert.Equal([("https://a.example:443", true), ("https://b.example:443", false)], both.Servers.Select(static server => (server.Server, server.HasFailed)));
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("my notes")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"protocolclients.servers/1\"}")]
    [InlineData("null")]
    public async Task A_file_of_another_kind_is_neither_read_nor_replaced(string text)
    {
        await System.IO.File.WriteAllTextAsync(File, text);
        await Assert.ThrowsAsync<FormatException>(() => ServerStatistics.LoadAsync(File));
        await Assert.ThrowsAsync<FormatException>(() => new ServerStatistics().SaveAsync(File));
        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task Entries_that_cannot_be_are_passed_over()
    {
        string now = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture);
        await System.IO.File.WriteAllTextAsync(
            File, $$"""{"format":"protocolclients.servers/1","servers":[null,{"server":null,"updated":"{{now}}"},{"server":"a","bytesPerSecond":-1,"updated":"{{now}}"},{"server":"b\u001b","updated":"{{now}}"},{"server":"https://c.example:443","bytesPerSecond":5,"updated":"{{now}}"}]}""");
        Assert.Equal("https://c.example:443", Assert.Single((await ServerStatistics.LoadAsync(File)).Servers).Server);
        Assert.Empty((await ServerStatistics.LoadAsync(Path.Combine(_folder, "none"))).Servers);
    }
}
