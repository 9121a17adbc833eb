using System.Net;
using System.Text;
using Polly;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Slow requests that are sent once more beside themselves, on virtual time; what counts is what the server saw.</summary>
public sealed class HedgingTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();
    private readonly TaskCompletionSource<(int Status, string Text)>[] _answers =
        [.. Enumerable.Range(0, 12).Select(static _ => new TaskCompletionSource<(int, string)>(TaskCreationOptions.RunContinuationsAsynchronously))];

    private MockHttpServer _server = null!;
    private int _asked;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = _time });
        // Each call is answered when the test says so.
        _server.Routes.Any("/r").Handle(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            (int status, string text) = await _answers[Interlocked.Increment(ref _asked) - 1].Task;
            context.Response.StatusCode = status;
            if (text.Length > 0) await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text));
        });
    }

    public async ValueTask DisposeAsync()
    {
        AnswerAll();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_slow_request_is_sent_once_more_after_the_delay_and_the_first_answer_counts()
    {
        await using HttpSession http = Session();
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r");
        await SeenAsync(1, waits: true);
        _time.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.Single(_server.Calls);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await SeenAsync(2);
        _answers[1].SetResult((200, "now"));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.Equal("now", await reply.ReadTextAsync());
        _server.Calls.AssertAll("GET /r", "GET /r");
        // The loser's connection is closed, and the winner's serves again.
        _answers[0].SetResult((200, "late"));
        await UntilAsync(() => _server.OpenConnections == 1);
        _answers[2].SetResult((204, ""));
        using HttpReply again = await http.GetAsync(_server.Url + "r");
        Assert.Equal(_server.Calls.ElementAt(1).ConnectionId, _server.Calls.ElementAt(2).ConnectionId);
    }

    [Fact]
    public async Task The_first_request_may_still_be_the_faster_one()
    {
        await using HttpSession http = Session();
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r");
        await SeenAsync(1, waits: true);
        _time.Advance(Second);
        await SeenAsync(2);
        _answers[0].SetResult((200, "first"));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.Equal("first", await reply.ReadTextAsync());
        _answers[1].SetResult((200, "second"));
        await UntilAsync(() => _server.OpenConnections == 1);
        Assert.Equal(2, _server.Calls.Count);
    }

    [Fact]
    public async Task As_many_as_are_allowed_are_under_way_and_no_more()
    {
        await using HttpSession http = Session(new() { Delay = Second, Attempts = 3 });
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r");
        for (int count = 1; count <= 3; count++)
        {
            await SeenAsync(count, waits: count < 3);
            _time.Advance(Second);
        }

        for (int i = 0; i < 10; i++) _time.Advance(Second);
        Assert.Equal(3, _server.Calls.Count);
        _answers[2].SetResult((204, ""));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        AnswerAll();
        await UntilAsync(() => _server.OpenConnections == 1);
        Assert.Equal(3, _server.Calls.Count);
    }

    [Fact]
    public async Task A_request_that_is_answered_in_time_is_sent_once()
    {
        _answers[0].SetResult((200, "now"));
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(_server.Url + "r").WaitAsync(Safety);
        Assert.Equal("now", await reply.ReadTextAsync());
        for (int i = 0; i < 10; i++) _time.Advance(Second);
        Assert.Single(_server.Calls);
    }

    [Theory]
    [InlineData("GET", null, true)]
    [InlineData("HEAD", null, true)]
    [InlineData("OPTIONS", null, true)]
    [InlineData("PUT", null, false)]
    [InlineData("DELETE", null, false)]
    [InlineData("POST", null, false)]
    [InlineData("GET", Replay.IfNotApplied, false)]
    [InlineData("GET", Replay.Never, false)]
    [InlineData("PUT", Replay.Always, true)]
    [InlineData("POST", Replay.Always, true)]
    public async Task Only_what_is_safe_or_called_repeatable_is_hedged(string method, Replay? replay, bool hedged)
    {
        await using HttpSession http = Session();
        HttpContent? content = method is "PUT" or "POST" ? new ByteArrayContent("body"u8.ToArray()) : null;
        Assert.Equal(hedged ? 2 : 1, await CountAsync(http, new HttpMethod(method), content, replay, hedged));
        if (content is not null) Assert.All(_server.Calls, static call => Assert.Equal("body", call.BodyText));
    }

    [Theory]
    [InlineData("bytes", true)]
    [InlineData("opened", true)]
    [InlineData("form", true)]
    [InlineData("compressed", true)]
    [InlineData("once", false)]
    [InlineData("compressed once", false)]
    // It can be sent again, and not twice at once: it is one stream, with one position.
    [InlineData("one stream", false)]
    [InlineData("form of one stream", false)]
    public async Task A_body_that_cannot_be_had_twice_at_once_is_never_hedged(string kind, bool hedged)
    {
        await using HttpSession http = Session();
        var stream = new MemoryStream("body"u8.ToArray());
        HttpContent content = kind switch
        {
            "bytes" => new ReadOnlyMemoryContent("body"u8.ToArray()),
            "opened" => new ReplayableContent(_ => new(new MemoryStream("body"u8.ToArray()))),
            "form" => Multipart.Of(("a", "b"), FormPart.Bytes("f", "body"u8.ToArray(), "f")),
            "compressed" => Compressed.Gzip(new ByteArrayContent("body"u8.ToArray())),
            "once" => new StreamContent(stream),
            "compressed once" => Compressed.Gzip(new StreamContent(stream)),
            "one stream" => new ReplayableContent(stream),
            _ => Multipart.Of(FormPart.Content("f", new ReplayableContent(stream))),
        };
        Assert.Equal(hedged, RequestBody.IsShareable(content));
        Assert.Equal(hedged ? 2 : 1, await CountAsync(http, HttpMethod.Post, content, Replay.Always, hedged));
        Assert.Single(_server.Calls.Select(static call => call.BodyLength).Distinct());
    }

    [Fact]
    public async Task A_failure_is_answered_by_a_retry_and_its_wait_and_by_no_hedge()
    {
        _server.Routes.Get("/busy").Respond(503).Header("Retry-After", "5").Then.Respond("ok");
        await using HttpSession http = Session(resilience: ResilienceOptions.Default);
        Task<HttpReply> asking = http.GetAsync(_server.Url + "busy");
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken).WaitAsync(Safety);
        await UntilAsync(() => _time.NextTimer == TimeSpan.FromSeconds(5));
        for (int i = 0; i < 4; i++) _time.Advance(Second);
        Assert.Single(_server.Calls);
        _time.Advance(Second);
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.Equal("ok", await reply.ReadTextAsync());
        Assert.Equal(2, _server.Calls.Count);
    }

    [Fact]
    public async Task When_all_fail_the_answer_of_one_is_an_answer_as_any_other()
    {
        await using HttpSession http = Session();
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r");
        await SeenAsync(1, waits: true);
        _time.Advance(Second);
        await SeenAsync(2);
        _answers[1].SetResult((503, "busy"));
        _answers[0].SetResult((503, "busy"));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "busy"), (reply.Status, await reply.ReadTextAsync()));
    }

    [Fact]
    public async Task A_caller_who_cancels_cancels_all_and_sees_his_own_token()
    {
        await using HttpSession http = Session();
        using var cancel = new CancellationTokenSource();
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r", cancellationToken: cancel.Token);
        await SeenAsync(1, waits: true);
        _time.Advance(Second);
        await SeenAsync(2);
        await cancel.CancelAsync();
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Safety));
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
        AnswerAll();
        await UntilAsync(() => _server.OpenConnections == 0);
        Assert.Equal(2, _server.Calls.Count);
    }

    [Fact]
    public async Task A_missed_deadline_of_the_whole_is_one_and_not_a_cancellation()
    {
        await using HttpSession http = Session();
        Task<HttpReply> asking = http.GetAsync(_server.Url + "r", new() { Deadlines = Deadlines.Default with { Transfer = 3 * Second } });
        await SeenAsync(1, waits: true);
        _time.Advance(Second);
        await SeenAsync(2);
        _time.Advance(2 * Second);
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => asking.WaitAsync(Safety));
        Assert.Equal(DeadlinePhase.Transfer, missed.Phase);
    }

    [Fact]
    public async Task An_answer_behind_a_refusal_is_read_within_the_time_of_the_whole()
    {
        HttpCallOptions whole = new() { Deadlines = Deadlines.Default with { Transfer = 60 * Second } };
        _server.Routes.Get("/busy").Respond(503).Header("Retry-After", "5").Then.Respond("ok");
        await using HttpSession plain = new(_server.ClientOptions with { Resilience = ResilienceOptions.Default });
        Task<HttpReply> retried = plain.GetAsync(_server.Url + "busy", whole);
        await _time.WaitForTimerAsync(5 * Second, TestContext.Current.CancellationToken).WaitAsync(Safety);
        _time.Advance(5 * Second);
        using HttpReply second = await retried.WaitAsync(Safety);
        Assert.Equal("ok", await second.ReadTextAsync().WaitAsync(Safety));

        await using HttpSession hedged = Session();
        Task<HttpReply> asking = hedged.GetAsync(_server.Url + "r", whole);
        await UntilAsync(() => Volatile.Read(ref _asked) == 1);
        await _time.WaitForTimerAsync(Second, TestContext.Current.CancellationToken).WaitAsync(Safety);
        _time.Advance(Second);
        await UntilAsync(() => Volatile.Read(ref _asked) == 2);
        _answers[0].SetResult((503, "busy"));
        await UntilAsync(() => _server.Calls.ElementAt(2).Status == 503);
        _answers[1].SetResult((200, "here"));
        using HttpReply reply = await asking.WaitAsync(Safety);
        Assert.Equal("here", await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task It_is_off_by_default()
    {
        Assert.Null(ResilienceOptions.Default.Hedging);
        Assert.Null(ResilienceOptions.None.Hedging);
        await using var plain = new HttpSession(_server.ClientOptions with { Resilience = ResilienceOptions.None });
        Assert.Equal(1, await CountAsync(plain, HttpMethod.Get, null, null, hedged: false));
    }

    [Fact]
    public async Task It_is_not_part_of_a_pipeline_of_ones_own()
    {
        await using HttpSession own = Session(resilience: ResilienceOptions.None with { Pipeline = ResiliencePipeline.Empty });
        Assert.Equal(1, await CountAsync(own, HttpMethod.Get, null, null, hedged: false));
    }

    [Fact]
    public void A_hedge_has_a_delay_and_bounds()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HedgingOptions { Delay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HedgingOptions { Attempts = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HedgingOptions { Attempts = 11 });
    }

    private HttpSession Session(HedgingOptions? hedging = null, ResilienceOptions? resilience = null) => new(_server.ClientOptions with
    {
        Resilience = (resilience ?? ResilienceOptions.None) with { Hedging = hedging ?? new() { Delay = Second } },
    });

    private void AnswerAll(int status = 200)
    {
        foreach (TaskCompletionSource<(int, string)> answer in _answers) answer.TrySetResult((status, ""));
    }

    // How many the server sees of a request that it does not answer.
    private async Task<int> CountAsync(HttpSession http, HttpMethod method, HttpContent? content, Replay? replay, bool hedged)
    {
        Task<HttpReply> asking = http.SendAsync(method, _server.Url + "r", content, new() { Replay = replay });
        await SeenAsync(1, hedged);
        _time.Advance(Second);
        if (hedged) await SeenAsync(2);
        for (int i = 0; i < 10; i++)
        {
            // Time for what should not be sent to be sent: nothing tells of what does not happen.
            _time.Advance(Second);
            for (int turn = 0; turn < 200; turn++) await Task.Yield();
        }

        int count = _server.Calls.Count;
        AnswerAll(204);
        using HttpReply reply = await asking.WaitAsync(Safety);
        return count;
    }

    // So many requests were seen, and the client waits whether it sends another.
    private async Task SeenAsync(int count, bool waits = false)
    {
        await UntilAsync(() => _server.Calls.Count == count && Volatile.Read(ref _asked) == count);
        if (waits) await _time.WaitForTimerAsync(Second, TestContext.Current.CancellationToken).WaitAsync(Safety);
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
