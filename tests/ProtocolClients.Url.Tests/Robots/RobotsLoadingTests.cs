using ProtocolClients.HttpTests;
using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests.Robots;

public sealed class RobotsLoadingTests
{
    private const string Forbidding = "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\nUser-agent: *\nDisallow: /x";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static UrlOpener Opener(TimeProvider? time = null) => new(new UrlOpenerOptions
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        TimeProvider = time ?? TimeProvider.System,
    });

    [Theory]
    [InlineData(Forbidding, RobotsSource.File)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unavailable)]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unavailable)]
    [InlineData("HTTP/1.1 407 Proxy\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unreachable)]
    [InlineData("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unavailable)]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unreachable)]
    [InlineData("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unreachable)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unavailable)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", RobotsSource.Unreachable)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nUser-agent: *\n", RobotsSource.Unreachable)]
    [InlineData("nonsense\r\n\r\n", RobotsSource.Unreachable)]
    public async Task What_the_server_says_is_an_answer(string answer, RobotsSource source)
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, answer, stop);
            if (answer.Contains("Content-Length: 100", StringComparison.Ordinal) || answer.StartsWith("nonsense", StringComparison.Ordinal)) stream.Close();
        });
        await using UrlOpener opener = Opener();
        RobotsRules rules = await RobotsRules.LoadAsync(server.Url + "any/page?x#y", opener).WaitAsync(Safety);
        Assert.Equal(source, rules.Source);
        Assert.Equal(source == RobotsSource.Unavailable, rules.Allows("bot", "/x"));
        Assert.StartsWith("GET /robots.txt HTTP/1.1\r\n", server.Heads.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_answer_and_a_url_that_is_none_is_not()
    {
        await using UrlOpener opener = Opener();
        string url;
        await using (var server = new RawServer(Forbidding)) url = server.Url;
        Assert.Equal(RobotsSource.Unreachable, (await RobotsRules.LoadAsync(url, opener).WaitAsync(Safety)).Source);
        await Assert.ThrowsAsync<ArgumentException>(() => RobotsRules.LoadAsync("not a url", opener));
        await Assert.ThrowsAsync<ArgumentException>(() => RobotsRules.LoadAsync("data:,x", opener));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RobotsRules.LoadAsync(url, opener, new CancellationToken(true)));
    }

    [Fact]
    public async Task Five_redirects_are_followed_also_to_another_host()
    {
        await using var other = new RawServer(Forbidding);
        int hops = 0;
        await using var server = new RawServer((_, stream, stop) => RawServer.WriteAsync(
            stream, $"HTTP/1.1 301 Moved\r\nLocation: {(++hops == 5 ? other.Url + "robots.txt" : "/" + hops)}\r\nContent-Length: 0\r\n\r\n", stop));
        await using UrlOpener opener = Opener();
        Assert.False((await RobotsRules.LoadAsync(server.Url, opener).WaitAsync(Safety)).Allows("bot", "/x"));
        Assert.Equal(5, hops);
    }

    [Fact]
    public async Task A_file_without_end_is_read_to_the_limit()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nUser-agent: *\nDisallow: /x\n", stop);
            string line = new string('#', 1023) + "\n";
            while (true) await RawServer.WriteAsync(stream, line, stop);
        });
        await using UrlOpener opener = Opener();
        Assert.False((await RobotsRules.LoadAsync(server.Url, opener).WaitAsync(Safety)).Allows("bot", "/x"));
    }

    [Fact]
    public async Task The_cache_asks_a_site_once_a_day_and_once_for_all_who_ask()
    {
        var time = new VirtualTime();
        await using var server = new RawServer(Forbidding);
        await using UrlOpener opener = Opener(time);
        var cache = new RobotsCache(opener);
        bool[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => cache.AllowsAsync("bot", $"{server.Url}x{i}"))).WaitAsync(Safety);
        Assert.DoesNotContain(true, answers);
        Assert.Single(server.Heads);
        time.Advance(TimeSpan.FromHours(23.9));
        Assert.True(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
        Assert.Single(server.Heads);
        time.Advance(TimeSpan.FromHours(0.2));
        Assert.True(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
        Assert.Equal(2, server.Heads.Count);
        await Assert.ThrowsAsync<ArgumentException>(() => cache.GetAsync("x"));
    }

    [Fact]
    public async Task A_site_that_falls_silent_keeps_its_rules_for_thirty_days()
    {
        var time = new VirtualTime();
        bool down = false;
        await using var server = new RawServer((_, stream, stop) =>
            RawServer.WriteAsync(stream, Volatile.Read(ref down) ? "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n" : Forbidding, stop));
        await using UrlOpener opener = Opener(time);
        var cache = new RobotsCache(opener);
        Assert.True(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
        Volatile.Write(ref down, true);
        time.Advance(TimeSpan.FromDays(2));
        Assert.True(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
        Assert.Equal(2, server.Heads.Count);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(await cache.AllowsAsync("bot", server.Url + "x").WaitAsync(Safety));
        Assert.Equal(2, server.Heads.Count);
        time.Advance(TimeSpan.FromDays(28));
        Assert.False(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
        Assert.Equal(3, server.Heads.Count);
        Volatile.Write(ref down, false);
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.True(await cache.AllowsAsync("bot", server.Url + "y").WaitAsync(Safety));
    }

    [Fact]
    public async Task The_cache_forgets_the_site_that_was_asked_for_longest_ago()
    {
        var time = new VirtualTime();
        await using var a = new RawServer(Forbidding);
        await using var b = new RawServer(Forbidding);
        await using var c = new RawServer(Forbidding);
        await using UrlOpener opener = Opener(time);
        var cache = new RobotsCache(opener, capacity: 2);
        foreach (RawServer server in (RawServer[])[a, b, a, c, a, b])
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await cache.GetAsync(server.Url).WaitAsync(Safety);
        }

        Assert.Equal((1, 2, 1), (a.Heads.Count, b.Heads.Count, c.Heads.Count));
    }
}
