using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Tokens that end, on virtual time.</summary>
public class BearerTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly VirtualTime _time = new();

    [Fact]
    public async Task A_token_is_kept_until_shortly_before_its_end()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromMinutes(10));
        await using MockHttpServer server = await ServerAsync(tokens);
        await using var http = new HttpSession(Options(server) with { Credentials = Credentials.FromBearer(_ => new(tokens.Issue())) });
        await GetAsync(http, server);
        await GetAsync(http, server);
        Assert.Single(tokens.Issued);
        _time.Advance(TimeSpan.FromMinutes(9.4));
        await GetAsync(http, server);
        Assert.Single(tokens.Issued);
        _time.Advance(TimeSpan.FromMinutes(0.2));
        await GetAsync(http, server);
        Assert.Equal(2, tokens.Issued.Count);

        // None of them was ever refused.
        Assert.All(server.Calls, static call => Assert.Equal(200, call.Status));
    }

    [Fact]
    public async Task A_short_life_is_used_to_its_half()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromSeconds(20));
        await using MockHttpServer server = await ServerAsync(tokens);
        await using var http = new HttpSession(Options(server) with { Credentials = Credentials.FromBearer(_ => new(tokens.Issue())) });
        await GetAsync(http, server);
        _time.Advance(TimeSpan.FromSeconds(9));
        await GetAsync(http, server);
        Assert.Single(tokens.Issued);
        _time.Advance(TimeSpan.FromSeconds(2));
        await GetAsync(http, server);
        Assert.Equal(2, tokens.Issued.Count);
    }

    [Fact]
    public async Task A_refused_token_is_replaced_once()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromHours(1));
        await using MockHttpServer server = await ServerAsync(tokens);
        await using var http = new HttpSession(Options(server) with { Credentials = Credentials.FromBearer(_ => new(tokens.Issue())) });
        await GetAsync(http, server);
        tokens.RevokeAll();
        await GetAsync(http, server);
        Assert.Equal([200, 401, 200], server.Calls.Select(static call => call.Status));
        Assert.Equal(2, tokens.Issued.Count);
    }

    [Fact]
    public async Task A_server_that_refuses_every_token_is_asked_twice()
    {
        var tokens = new MockTokens(_time, TimeSpan.Zero);
        await using MockHttpServer server = await ServerAsync(tokens);
        await using var http = new HttpSession(Options(server) with { Credentials = Credentials.FromBearer(_ => new(tokens.Issue())) });
        using HttpReply reply = await http.GetAsync(server.UrlOf("/").AbsoluteUri).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal(2, server.Calls.Count);
    }

    [Fact]
    public async Task A_source_that_has_no_other_token_is_not_tried_again()
    {
        await using MockHttpServer server = await ServerAsync(new MockTokens(_time, TimeSpan.FromHours(1)));
        await using var http = new HttpSession(Options(server) with { Credentials = Credentials.FromBearer(_ => new(new BearerToken("stuck"))) });
        using HttpReply reply = await http.GetAsync(server.UrlOf("/").AbsoluteUri).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task Fifty_requests_wait_for_one_fetch_and_who_leaves_ends_it_for_nobody()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromHours(1));
        await using MockHttpServer server = await ServerAsync(tokens);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int fetches = 0;
        await using var http = new HttpSession(Options(server) with
        {
            Credentials = Credentials.FromBearer(async cancellationToken =>
            {
                Interlocked.Increment(ref fetches);
                asked.TrySetResult();
                await gate.Task.WaitAsync(cancellationToken);
                return tokens.Issue();
            }),
        });
        using var leaving = new CancellationTokenSource();
        Task<HttpReply> left = http.GetAsync(server.UrlOf("/").AbsoluteUri, null, leaving.Token);
        await asked.Task.WaitAsync(Safety);
        Task[] all = [.. Enumerable.Range(0, 50).Select(_ => GetAsync(http, server))];
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WaitAsync(Safety));
        gate.SetResult();
        await Task.WhenAll(all).WaitAsync(Safety);
        Assert.Equal(1, fetches);

        // All at once are refused, and one new token serves them.
        tokens.RevokeAll();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(http, server))).WaitAsync(Safety);
        Assert.Equal(2, fetches);
    }

    [Fact]
    public async Task A_failed_fetch_is_the_callers_failure_and_the_next_one_tries_anew()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromHours(1));
        await using MockHttpServer server = await ServerAsync(tokens);
        int fetches = 0;
        await using var http = new HttpSession(Options(server) with
        {
            Credentials = Credentials.FromBearer(_ => ++fetches == 1 ? throw new InvalidOperationException("no token today") : new(tokens.Issue())),
        });
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => GetAsync(http, server));
        Assert.Equal("no token today", failure.Message);
        await GetAsync(http, server);
        Assert.DoesNotContain(server.Calls, static call => call["Authorization"].Length == 0);
    }

    [Fact]
    public async Task A_source_without_an_end_is_asked_for_each_request_and_once_more_after_a_refusal()
    {
        var tokens = new MockTokens(_time, TimeSpan.FromHours(1));
        await using MockHttpServer server = await ServerAsync(tokens);
        int asked = 0;
        await using var http = new HttpSession(Options(server) with
        {
            Credentials = Credentials.FromTokens("", _ => new(++asked == 1 ? new Secret("old") : tokens.Issue().Token)),
        });
        await GetAsync(http, server);
        await GetAsync(http, server);
        Assert.Equal([401, 200, 200], server.Calls.Select(static call => call.Status));
    }

    [Fact]
    public void Tokens_never_format()
    {
        Assert.DoesNotContain("s3cret", new BearerToken("s3cret").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", Credentials.FromBearer(static _ => new(new BearerToken("s3cret"))).ToString(), StringComparison.Ordinal);
    }

    private static async Task GetAsync(HttpSession http, MockHttpServer server)
    {
        using HttpReply reply = await http.GetAsync(server.UrlOf("/").AbsoluteUri).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
    }

    private static async Task<MockHttpServer> ServerAsync(MockTokens tokens)
    {
        MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Bearer(tokens);
        server.Routes.Get("/").Respond("in");
        return server;
    }

    private HttpSessionOptions Options(MockHttpServer server) => server.ClientOptions with { TimeProvider = _time };
}
