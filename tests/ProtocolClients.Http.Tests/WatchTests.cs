using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Event streams across reconnects, on virtual time.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly VirtualTime _time = new();
    private MockHttpServer _server = null!;
    private HttpSession _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = _time });
        _http = new HttpSession(_server.ClientOptions);
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_that_ends_goes_on_behind_its_last_event_after_its_retry_time_until_204()
    {
        _server.Routes.Get("/e").RespondEvents(async (events, stop) =>
        {
            await events.SendAsync("one", id: "a", retry: TimeSpan.FromMilliseconds(7500), cancellationToken: stop);
            await events.SendAsync("two\nlines", type: "kind", id: "b ü", cancellationToken: stop);
            await events.WriteAsync("id: c\ndata: cut"u8.ToArray(), stop);
        }).Then.RespondEvents((events, stop) => events.SendAsync("three after " + events.LastEventId, cancellationToken: stop)).Then.Respond(204);

        List<ServerSentEvent> seen = [];
        Task watching = CollectAsync(_http.WatchAsync(_server.Url + "e"), seen);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken).WaitAsync(Safety);
        Assert.Equal([new("message", "one", "a"), new("kind", "two\nlines", "b ü")], seen);
        _server.Calls.AssertCount(1, "GET", "/e");
        // Exactly the time that the server asked for.
        Assert.Equal(TimeSpan.FromMilliseconds(7500), _time.NextTimer);
        _time.Advance(TimeSpan.FromMilliseconds(7499));
        _server.Calls.AssertCount(1, "GET", "/e");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _server.Calls.WaitForAsync(static call => call["Last-Event-ID"].Length > 0, TestContext.Current.CancellationToken).WaitAsync(Safety);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken).WaitAsync(Safety);
        Assert.Equal(3, seen.Count);
        Assert.Equal("b ü", seen[2].LastEventId);
        Assert.StartsWith("three after b", seen[2].Data, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMilliseconds(7500));
        await watching.WaitAsync(Safety);

        MockHttpCall[] calls = [.. _server.Calls];
        Assert.Equal(3, calls.Length);
        Assert.Equal("", calls[0]["Last-Event-ID"]);
        Assert.All(calls, call => Assert.Equal(("text/event-stream", "no-store"), (call["Accept"], call["Cache-Control"])));
    }

    [Fact]
    public async Task A_stream_that_breaks_or_falls_silent_is_opened_again()
    {
        _server.Routes.Get("/e")
            .RespondRaw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n11\r\nid: 1\ndata: one\n\n\r\n"u8)
            .Then.RespondRaw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\n\r\nid: 2\ndata: two\n\n"u8, RawEnd.Stall)
            .Then.RespondEvents((events, stop) => events.SendAsync("three", id: "3", cancellationToken: stop))
            .Then.Respond(204);
        List<ServerSentEvent> seen = [];
        Task watching = CollectAsync(_http.WatchAsync(_server.Url + "e", new() { ReconnectDelay = TimeSpan.FromSeconds(1) }), seen);
        for (int number = 1; number <= 3; number++)
        {
            await UntilAsync(() => seen.Count == number);
            // The second stands still, with its connection open, until the deadline of a body's silence.
            if (number == 2)
            {
                await _time.WaitForTimerAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken).WaitAsync(Safety);
                _time.Advance(TimeSpan.FromSeconds(60));
            }

            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken).WaitAsync(Safety);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await watching.WaitAsync(Safety);
        Assert.Equal(["one", "two", "three"], seen.Select(static one => one.Data));
        Assert.Equal("1", _server.Calls.ElementAt(1)["Last-Event-ID"]);
        Assert.Equal("2", _server.Calls.ElementAt(2)["Last-Event-ID"]);
        Assert.Equal("3", _server.Calls.ElementAt(3)["Last-Event-ID"]);
    }

    [Fact]
    public async Task Reconnects_that_fail_in_a_row_are_counted_and_the_last_failure_is_thrown()
    {
        _server.Routes.Get("/e").RespondEvents((events, stop) => events.SendAsync("one", cancellationToken: stop))
            .Then.Respond(503).Header("Retry-After", "20").Then.Respond(502);
        List<ServerSentEvent> seen = [];
        var options = new HttpWatchOptions { ReconnectDelay = TimeSpan.FromSeconds(1), MaxReconnectDelay = TimeSpan.FromSeconds(4), Reconnects = 3 };
        Task watching = CollectAsync(_http.WatchAsync(_server.Url + "e", options), seen);
        List<TimeSpan> waits = [];
        for (int i = 0; i < 4; i++)
        {
            // The one wait below the deadline of a head.
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(21), TestContext.Current.CancellationToken).WaitAsync(Safety);
            waits.Add(_time.NextTimer!.Value);
            _time.Advance(waits[^1]);
        }

        HttpStatusException failure = await Assert.ThrowsAsync<HttpStatusException>(() => watching.WaitAsync(Safety));
        Assert.Equal(HttpStatusCode.BadGateway, failure.Status);
        Assert.Single(seen);
        // One that ended, 503 twenty seconds, 502 twice with growing waits, and the last.
        Assert.Equal(5, _server.Calls.Count);
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)), (waits[0], waits[1]));
        Assert.All(waits[2..], wait => Assert.InRange(wait, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)));
    }

    [Theory]
    [InlineData(3000, 0, 500)]
    [InlineData(3000, 499, 500)]
    [InlineData(3000, 501, 501)]
    [InlineData(100, 0, 100)]
    [InlineData(100, 200, 200)]
    public async Task No_server_makes_the_client_reconnect_without_a_pause(int delay, int retry, int wait)
    {
        _server.Routes.Get("/e").RespondEvents((events, stop) => events.WriteAsync(Encoding.ASCII.GetBytes($"retry: {retry}\n\n"), stop));
        using var cancel = new CancellationTokenSource();
        var watch = new HttpWatchOptions { ReconnectDelay = TimeSpan.FromMilliseconds(delay) };
        Task watching = CollectAsync(_http.WatchAsync(_server.Url + "e", watch, cancellationToken: cancel.Token), []);
        for (int i = 1; i <= 3; i++)
        {
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken).WaitAsync(Safety);
            Assert.Equal((TimeSpan.FromMilliseconds(wait), i), (_time.NextTimer, _server.Calls.Count));
            _time.Advance(TimeSpan.FromMilliseconds(wait));
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Safety));
    }

    [Theory]
    [InlineData(200, "text/plain", typeof(WireFormatException))]
    [InlineData(200, null, typeof(WireFormatException))]
    [InlineData(206, "text/event-stream", typeof(WireFormatException))]
    [InlineData(404, "text/event-stream", typeof(HttpStatusException))]
    [InlineData(401, "text/event-stream", typeof(AuthenticationFailedException))]
    public async Task What_is_no_event_stream_is_a_typed_error_and_not_asked_for_again(int status, string? type, Type expected)
    {
        string field = type is null ? "" : $"Content-Type: {type}\r\n";
        await using var server = new RawServer($"HTTP/1.1 {status} X\r\n{field}Content-Length: 9\r\n\r\ndata: x\n\n");
        await using var http = new HttpSession(new() { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });
        await Assert.ThrowsAsync(expected, () => CollectAsync(http.WatchAsync(server.Url), []).WaitAsync(Safety));
        Assert.Single(server.Heads);
    }

    [Fact]
    public async Task Leaving_the_loop_or_cancelling_ends_the_connection_without_another()
    {
        _server.Routes.Get("/e").RespondEvents(async (events, stop) =>
        {
            await events.CommentAsync("here", stop);
            await events.SendAsync("one", cancellationToken: stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await foreach (ServerSentEvent one in _http.WatchAsync(_server.Url + "e"))
        {
            Assert.Equal("one", one.Data);
            break;
        }

        using var cancel = new CancellationTokenSource();
        List<ServerSentEvent> seen = [];
        Task watching = CollectAsync(_http.WatchAsync(_server.Url + "e", cancellationToken: cancel.Token), seen);
        await UntilAsync(() => seen.Count == 1);
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching.WaitAsync(Safety));
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        await UntilAsync(() => _server.OpenConnections == 0);
        _server.Calls.AssertCount(2, "GET", "/e");
    }

    [Fact]
    public async Task The_known_id_is_sent_first_and_the_callers_headers_go_along()
    {
        _server.Routes.Get("/e").Respond(204);
        var call = new HttpCallOptions { Headers = [("X-Mine", "1"), ("accept", "text/html"), ("last-event-id", "no")] };
        await CollectAsync(_http.WatchAsync(_server.Url + "e", new() { LastEventId = "41" }, call), []).WaitAsync(Safety);
        MockHttpCall seen = _server.Calls.Single("GET", "/e");
        Assert.Equal(("41", "text/event-stream", "1"), (seen["Last-Event-ID"], seen["Accept"], seen["X-Mine"]));
        Assert.Throws<ArgumentException>(() => new HttpWatchOptions { LastEventId = "a\r\nX: y" });
        Assert.Throws<ArgumentException>(() => { _http.WatchAsync("ftp://x/"); });
    }

    [Fact]
    public async Task A_line_without_end_is_cut_off()
    {
        _server.Routes.Get("/e").RespondEvents(async (events, stop) =>
        {
            while (!stop.IsCancellationRequested) await events.WriteAsync(new byte[4096], stop);
        });
        await Assert.ThrowsAsync<WireLimitException>(() => CollectAsync(_http.WatchAsync(_server.Url + "e", new() { Line = 100_000 }), []).WaitAsync(Safety));
        _server.Calls.AssertCount(1, "GET", "/e");
    }

    private static async Task CollectAsync(IAsyncEnumerable<ServerSentEvent> events, List<ServerSentEvent> seen)
    {
        await foreach (ServerSentEvent one in events) seen.Add(one);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (!condition())
        {
            safety.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
