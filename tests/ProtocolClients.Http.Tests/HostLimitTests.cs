using System.Collections.Concurrent;
using System.Net.Http;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Limits per origin, on virtual time.</summary>
public sealed class HostLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly VirtualTime _time = new();
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = _time });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task No_more_are_under_way_than_allowed_and_they_go_in_the_order_of_coming()
    {
        _server.Routes.On("*", "/*").Respond("hello");
        await using HttpSession http = Session(new() { Concurrent = 2 });
        var asking = Enumerable.Range(1, 5).Select(number => http.GetAsync($"{_server.Url}{number}")).ToArray();
        HttpReply first = await asking[0].WaitAsync(Safety);
        using HttpReply second = await asking[1].WaitAsync(Safety);
        // The heads are here and the bodies are not read: they are under way.
        await Task.Yield();
        Assert.Equal(["/1", "/2"], Paths().Order(StringComparer.Ordinal));
        // The end of a body gives the slot back; so does disposing, and it counts once.
        Assert.Equal("hello", await first.ReadTextAsync());
        using HttpReply third = await asking[2].WaitAsync(Safety);
        Assert.False(asking[3].IsCompleted);
        first.Dispose();
        first.Dispose();
        Assert.Equal(3, _server.Calls.Count);
        Assert.False(asking[3].IsCompleted);
        second.Dispose();
        using HttpReply fourth = await asking[3].WaitAsync(Safety);
        third.Dispose();
        using HttpReply fifth = await asking[4].WaitAsync(Safety);
        Assert.Equal(["/3", "/4", "/5"], Paths()[2..]);
    }

    [Fact]
    public async Task Another_origin_has_a_gate_of_its_own()
    {
        _server.Routes.On("*", "/").Respond("hello");
        await using HttpSession http = Session(new() { Concurrent = 1 });
        using HttpReply one = await http.GetAsync("http://one.example/").WaitAsync(Safety);
        using HttpReply other = await http.GetAsync("http://two.example/").WaitAsync(Safety);
        using HttpReply port = await http.GetAsync("http://one.example:81/").WaitAsync(Safety);
        Assert.False(http.GetAsync("http://one.example/").IsCompleted);
    }

    [Theory]
    [InlineData(1, new[] { 0, 250, 500, 750, 1000 })]
    [InlineData(3, new[] { 0, 0, 0, 250, 500 })]
    public async Task A_rate_spreads_requests_evenly_after_the_burst(int burst, int[] milliseconds)
    {
        var begun = new ConcurrentQueue<int>();
        _server.Routes.On("*", "/").Handle(_ =>
        {
            begun.Enqueue((int)_time.Elapsed.TotalMilliseconds);
            return Task.CompletedTask;
        });
        await using HttpSession http = Session(new() { Requests = 4, Burst = burst });
        var asking = Enumerable.Range(0, 5).Select(_ => http.GetAsync(_server.Url.AbsoluteUri)).ToArray();
        for (int done = 0; done < 5; done++)
        {
            TimeSpan until = TimeSpan.FromMilliseconds(milliseconds[done]) - _time.Elapsed;
            if (until > TimeSpan.Zero)
            {
                await UntilAsync(() => _time.NextTimer == until);
                _time.Advance(until - TimeSpan.FromTicks(1));
                Assert.Equal(done, begun.Count);
                _time.Advance(TimeSpan.FromTicks(1));
            }

            await UntilAsync(() => begun.Count > done);
        }

        foreach (HttpReply reply in await Task.WhenAll(asking).WaitAsync(Safety)) reply.Dispose();
        Assert.Equal(milliseconds, begun);
    }

    [Fact]
    public async Task Who_is_cancelled_while_waiting_takes_no_turn()
    {
        _server.Routes.On("*", "/*").Respond("hello");
        await using HttpSession http = Session(new() { Concurrent = 1 });
        HttpReply first = await http.GetAsync(_server.Url + "1").WaitAsync(Safety);
        using var cancel = new CancellationTokenSource();
        Task<HttpReply> second = http.GetAsync(_server.Url + "2", null, cancel.Token);
        Task<HttpReply> third = http.GetAsync(_server.Url + "3");
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Safety));
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        first.Dispose();
        using HttpReply last = await third.WaitAsync(Safety);
        Assert.Equal(["/1", "/3"], Paths());
    }

    [Theory]
    [InlineData(429, "10", 10)]
    [InlineData(503, "10", 10)]
    [InlineData(503, "500", 60)]
    public async Task A_server_that_asks_for_a_rest_gets_it_from_all(int status, string wait, int seconds)
    {
        _server.Routes.On("*", "/busy").Respond(status).Header("Retry-After", wait);
        _server.Routes.On("*", "/other").Respond("hello");
        await using HttpSession http = Session(new());
        using (await http.GetAsync("http://one.example/busy").WaitAsync(Safety))
        {
        }

        Task<HttpReply> held = http.GetAsync("http://one.example/other");
        using (await http.GetAsync("http://two.example/other").WaitAsync(Safety))
        {
        }

        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken).WaitAsync(Safety);
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Equal(2, _server.Calls.Count);
        // The timer's own grain.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        using HttpReply reply = await held.WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        await using HttpSession deaf = Session(new() { HonourRetryAfter = false });
        using HttpReply refused = await deaf.GetAsync("http://one.example/busy").WaitAsync(Safety);
        using HttpReply atOnce = await deaf.GetAsync("http://one.example/other").WaitAsync(Safety);
    }

    [Theory]
    [InlineData("\"default\";r=0;t=10", 10)]
    [InlineData("\"a\";r=5;t=1, \"b\";r=0;t=10;pk=:YQ==:, \"c\";r=0", 10)]
    [InlineData("\"default\";r=0;t=500", 60)]
    public async Task A_quota_that_is_used_up_holds_all_before_one_is_refused(string field, int seconds)
    {
        _server.Routes.On("*", "/last").Respond("in").Header("RateLimit", field).Header("RateLimit-Policy", "\"default\";q=100;w=60");
        _server.Routes.On("*", "/other").Respond("hello");
        await using HttpSession http = Session(new());
        using (HttpReply last = await http.GetAsync("http://one.example/last").WaitAsync(Safety))
        {
            Assert.Contains(last.RateLimits, static limit => limit.Remaining == 0);
            Assert.Equal(new HttpRatePolicy("default", 100, TimeSpan.FromSeconds(60)), Assert.Single(last.RatePolicies));
            Assert.Null(last.RetryAfter);
        }

        Task<HttpReply> held = http.GetAsync("http://one.example/other");
        using (await http.GetAsync("http://two.example/other").WaitAsync(Safety))
        {
        }

        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken).WaitAsync(Safety);
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Equal(2, _server.Calls.Count);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        using HttpReply reply = await held.WaitAsync(Safety);
        await using HttpSession deaf = Session(new() { HonourRateLimit = false });
        using HttpReply again = await deaf.GetAsync("http://one.example/last").WaitAsync(Safety);
        using HttpReply atOnce = await deaf.GetAsync("http://one.example/other").WaitAsync(Safety);
    }

    [Fact]
    public async Task A_retry_of_a_429_without_Retry_After_waits_for_the_quota()
    {
        _server.Routes.Get("/").Respond(429).Header("RateLimit", "\"default\";r=0;t=7").Then.Respond("in");
        await using var http = new HttpSession(_server.ClientOptions with { Resilience = ResilienceOptions.None with { Attempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        Task<HttpReply> asking = http.GetAsync(_server.Url.AbsoluteUri);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken).WaitAsync(Safety);
        Assert.Single(_server.Calls);
        _time.Advance(TimeSpan.FromSeconds(7));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
    }

    [Fact]
    public async Task Redirects_retries_challenges_and_failures_never_wait_for_themselves()
    {
        _server.Routes.Get("/a").Redirect("/b");
        _server.Routes.Get("/b").Respond(502, "busy").Then.Respond("there");
        _server.Routes.Get("/closed").Protect(MockAuthentication.Basic("u", "p")).Respond("open");
        _server.Routes.Get("/broken").RespondGarbage();
        _server.Routes.On("HEAD", "/h").Respond("x");
        _server.Routes.Get("/empty").Respond(204);
        HttpSessionOptions options = _server.ClientOptions with
        {
            HostLimits = new() { Concurrent = 1 },
            Resilience = ResilienceOptions.None with { Attempts = 2, BaseDelay = TimeSpan.Zero },
            Credentials = new("u", "p"),
        };
        await using var http = new HttpSession(options);
        for (int round = 0; round < 2; round++)
        {
            using (HttpReply reply = await http.GetAsync(_server.Url + "a").WaitAsync(Safety)) Assert.Equal("there", await reply.ReadTextAsync());
            using (HttpReply reply = await http.GetAsync(_server.Url + "closed").WaitAsync(Safety)) Assert.True(reply.IsSuccess);
            await Assert.ThrowsAsync<WireFormatException>(() => http.GetAsync(_server.Url + "broken").WaitAsync(Safety));
            // Not disposed, and done all the same.
            Assert.True((await http.HeadAsync(_server.Url + "h").WaitAsync(Safety)).IsSuccess);
            Assert.True((await http.GetAsync(_server.Url + "empty").WaitAsync(Safety)).IsSuccess);
        }
    }

    [Fact]
    public async Task Closing_the_session_ends_the_waiting()
    {
        _server.Routes.On("*", "/").Respond("hello");
        HttpSession http = Session(new() { Concurrent = 1 });
        using HttpReply first = await http.GetAsync(_server.Url.AbsoluteUri).WaitAsync(Safety);
        Task<HttpReply> second = http.GetAsync(_server.Url.AbsoluteUri);
        await http.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.WaitAsync(Safety));
    }

    [Fact]
    public async Task Gates_that_nobody_needs_do_not_add_up()
    {
        using var gates = new HostGates(new() { Requests = 1 }, _time);
        HostSlot kept = await gates.EnterAsync("kept", default);
        for (int i = 0; i < 5000; i++)
        {
            (await gates.EnterAsync("http://h" + i, default)).Dispose();
            if (i % 500 == 499) _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.InRange(gates.Count, 1, (2 * HostGates.MaxIdle) + 1);
        _time.Advance(TimeSpan.FromSeconds(2));
        kept.Dispose();
    }

    [Fact]
    public async Task Many_at_once_are_never_more_than_allowed_and_all_come_through()
    {
        using var gates = new HostGates(new() { Concurrent = 3 }, TimeProvider.System);
        int running = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(task => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                using var cancel = new CancellationTokenSource();
                ValueTask<HostSlot> entering = gates.EnterAsync("h", cancel.Token);
                if ((i + task) % 5 == 0) await cancel.CancelAsync();
                try
                {
                    using HostSlot slot = await entering;
                    int now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref running);
                }
                catch (OperationCanceledException)
                {
                    // Its turn had not come.
                }
            }
        }))).WaitAsync(Safety);
        Assert.InRange(most, 1, 3);
        using HostSlot free = await gates.EnterAsync("h", default).AsTask().WaitAsync(Safety);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
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

    private HttpSession Session(HostLimits limits) => new(_server.ClientOptions with { HostLimits = limits });

    private string[] Paths() => [.. _server.Calls.Select(static call => call.Path)];
}
