using System.Net;
using System.Net.Http;

namespace ProtocolClients.Testing.Tests;

public sealed class MockHttpServerTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_route_answers_on_sockets_and_in_memory_with_and_without_tls(bool memory, bool tls)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { InMemory = memory, Tls = tls });
        server.Routes.Get("/hello").Respond("hi").Header("X-Answer", "42");
        using HttpMessageInvoker http = Raw.Http(server);

        using HttpResponseMessage reply = await SendAsync(http, HttpMethod.Get, server.UrlOf("/hello"));

        Assert.Equal("hi", await reply.Content.ReadAsStringAsync());
        Assert.Equal("42", reply.Headers.GetValues("X-Answer").Single());
        Assert.Equal("text/plain; charset=utf-8", reply.Content.Headers.ContentType!.ToString());
        Assert.Equal(tls ? "https" : "http", server.Url.Scheme);
        Assert.Equal(server.Url.Scheme, server.Calls.Single("GET", "/hello").Scheme);
        Assert.Equal(memory, server.EndPoint is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http_2_is_spoken_by_alpn_and_by_prior_knowledge(bool tls)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new()
        {
            Tls = tls,
            Versions = tls ? MockHttpVersions.Default : MockHttpVersions.Http2,
        });
        server.Routes.Post("/two").Respond("second");
        using HttpMessageInvoker http = Raw.Http(server);
        using var request = new HttpRequestMessage(HttpMethod.Post, server.UrlOf("/two"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("body"),
        };
        using HttpResponseMessage reply = await http.SendAsync(request, default).WaitAsync(Raw.Safety);
        Assert.Equal("second", await reply.Content.ReadAsStringAsync());
        Assert.Equal("HTTP/2", server.Calls.Single("POST", "/two").Protocol);
        Assert.Equal("body", server.Calls.Single("POST", "/two").BodyText);
        if (!tls) Assert.Contains("(binary from here on)", server.Transcript.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_tells_method_target_headers_body_and_connection()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { KeptBody = 4 });
        server.Routes.Put("/up/*").Respond(201);
        using HttpMessageInvoker http = Raw.Http(server);
        using (HttpResponseMessage first = await SendAsync(http, HttpMethod.Put, server.UrlOf("/up/a%20b?x=1"), "123456789"))
        using (HttpResponseMessage second = await SendAsync(http, HttpMethod.Get, server.UrlOf("/none")))
        {
            Assert.Equal(HttpStatusCode.Created, first.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        }

        MockHttpCall call = server.Calls.Single("PUT", "/up/*");
        Assert.Equal("/up/a%20b?x=1", call.Target);
        Assert.Equal("/up/a b", call.Path);
        Assert.Equal("?x=1", call.Query);
        Assert.Equal("1234", call.BodyText);
        Assert.Equal(9, call.BodyLength);
        Assert.Equal("text/plain; charset=utf-8", call["content-type"]);
        Assert.Equal(201, call.Status);
        Assert.Equal(call.ConnectionId, server.Calls.Single("GET", "/none").ConnectionId);
        Assert.Equal("/none", Assert.Single(server.Calls.Unmatched).Target);
        server.Calls.AssertAll("PUT /up/a%20b?x=1", "GET /none");
        Assert.Throws<MockAssertionException>(() => server.Calls.AssertAll("GET /none"));
        Assert.Throws<MockAssertionException>(() => server.Calls.AssertCount(2, "GET", "/none"));
        var unmatched = Assert.Throws<MockAssertionException>(server.Calls.AssertAllMatched);
        Assert.Contains("GET /none", unmatched.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_come_in_sequence_and_the_last_is_repeated()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        MockRoute route = server.Routes.Get("/a").Respond(503).Header("Retry-After", "1").Then.Respond("ok");
        Assert.StartsWith("HTTP/1.1 503", await Raw.GetAsync(server, "/a"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await Raw.GetAsync(server, "/a"), StringComparison.Ordinal);
        string last = await Raw.GetAsync(server, "/a");
        Assert.EndsWith("ok", last, StringComparison.Ordinal);
        Assert.DoesNotContain("Retry-After", last, StringComparison.Ordinal);
        Assert.Equal(3, route.Calls);
    }

    [Fact]
    public async Task A_scenario_moves_from_state_to_state()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/cart").When("").Respond("empty");
        server.Routes.Post("/cart").Respond(204).Goto("full");
        server.Routes.Get("/cart").When("full").Respond("one thing");
        Assert.EndsWith("empty", await Raw.GetAsync(server, "/cart"), StringComparison.Ordinal);
        await Raw.AskAsync(server, "POST /cart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("one thing", await Raw.GetAsync(server, "/cart"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_route_that_was_added_last_and_matches_answers()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Any("/**").Respond("any");
        server.Routes.Get("/users/*/name").Respond("segment");
        server.Routes.Get("/users/7/name?full=1").Respond("query");
        server.Routes.Get("/users/8/name").Where(call => call["X-Test"] == "1").Respond("where");
        Assert.EndsWith("segment", await Raw.GetAsync(server, "/users/7/name"), StringComparison.Ordinal);
        Assert.EndsWith("query", await Raw.GetAsync(server, "/users/7/name?full=1"), StringComparison.Ordinal);
        Assert.EndsWith("segment", await Raw.GetAsync(server, "/users/8/name"), StringComparison.Ordinal);
        Assert.EndsWith("where", await Raw.GetAsync(server, "/users/8/name", "X-Test: 1\r\n"), StringComparison.Ordinal);
        Assert.EndsWith("any", await Raw.GetAsync(server, "/users/7/name/more"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_of_a_get_route_has_the_headers_and_no_body()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/a").Respond("12345");
        string reply = await Raw.AskAsync(server, "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.Contains("Content-Length: 5\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_are_what_was_said_whatever_it_was()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/loop").Redirect("/loop");
        server.Routes.Get("/out").Redirect("file:///etc/passwd", 307);
        Assert.Contains("HTTP/1.1 302 Found\r\n", await Raw.GetAsync(server, "/loop"), StringComparison.Ordinal);
        string reply = await Raw.GetAsync(server, "/out");
        Assert.StartsWith("HTTP/1.1 307", reply, StringComparison.Ordinal);
        Assert.Contains("Location: file:///etc/passwd\r\n", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_answer_waits_on_the_server_s_time()
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = time });
        server.Routes.Get("/slow").RespondSlowly("abcdef"u8, 3, TimeSpan.FromHours(1));
        Task<string> reply = Raw.GetAsync(server, "/slow");
        Assert.Equal(TimeSpan.FromHours(1), await time.AdvanceToNextTimerAsync().WaitAsync(Raw.Safety));
        Assert.False(reply.IsCompleted);
        await time.AdvanceToNextTimerAsync().WaitAsync(Raw.Safety);
        Assert.EndsWith("abcdef", await reply, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(2), time.Elapsed);
    }

    [Fact]
    public async Task One_answer_is_delayed_on_the_server_s_time_and_the_next_is_not()
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = time });
        server.Routes.Get("/late").Respond(201, "late").Delayed(TimeSpan.FromHours(1)).Then.Respond("now");
        Task<string> reply = Raw.GetAsync(server, "/late");
        Assert.Equal(TimeSpan.FromHours(1), await time.AdvanceToNextTimerAsync().WaitAsync(Raw.Safety));
        Assert.StartsWith("HTTP/1.1 201", await reply, StringComparison.Ordinal);
        Assert.EndsWith("now", await Raw.GetAsync(server, "/late"), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => server.Routes.Get("/").Delayed(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public async Task A_delayed_answer_meets_the_deadline_of_a_client_on_the_same_time()
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { TimeProvider = time });
        server.Routes.Get("/report").Respond("late").Delayed(TimeSpan.FromMinutes(2)).Then.Respond("now");
        await using var http = new HttpSession(server.ClientOptions with { Deadlines = Deadlines.Default with { Command = TimeSpan.FromMinutes(1) } });
        Task<HttpReply> report = http.GetAsync(server.Url + "report", cancellationToken: TestContext.Current.CancellationToken);
        await server.Calls.WaitForAsync(static call => call.Path == "/report", TestContext.Current.CancellationToken).WaitAsync(Raw.Safety);
        time.Advance(TimeSpan.FromMinutes(1));
        TransportException late = await Assert.ThrowsAsync<TransportException>(() => report.WaitAsync(Raw.Safety));
        Assert.Equal(TransportError.Timeout, late.Error);
    }

    [Fact]
    public async Task A_client_certificate_can_be_required()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, RequireClientCertificate = true });
        server.Routes.Get("/").Respond("welcome");
        using HttpMessageInvoker ann = Raw.Http(server, TestCertificates.Shared.Client("ann"));
        using HttpResponseMessage reply = await SendAsync(ann, HttpMethod.Get, server.Url);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal("CN=ann", server.Calls.Single("GET", "/").ClientCertificate);

        using HttpMessageInvoker nobody = Raw.Http(server);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync(nobody, HttpMethod.Get, server.Url));
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task Fifty_servers_run_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            await using MockHttpServer server = i % 2 == 0 ? await MockHttpServer.StartAsync() : await MockHttpServer.StartInMemoryAsync();
            server.Routes.Get("/").Respond("server " + i);
            Assert.EndsWith("server " + i, await Raw.GetAsync(server, "/"), StringComparison.Ordinal);
            server.Calls.AssertCount(1, "GET", "/");
        })).WaitAsync(Raw.Safety);
    }

    [Fact]
    public async Task Disposing_ends_what_still_waits()
    {
        MockHttpServer server = await MockHttpServer.StartAsync();
        var waits = new TaskCompletionSource();
        server.Routes.Get("/forever").Handle(async context =>
        {
            waits.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, "GET /forever HTTP/1.1\r\nHost: x\r\n\r\n");
        await waits.Task.WaitAsync(Raw.Safety);
        await server.DisposeAsync().AsTask().WaitAsync(Raw.Safety);
        await Raw.ReadToEndAsync(stream);
        Assert.Equal(0, server.OpenConnections);
    }

    [Fact]
    public async Task Each_call_is_taken_once_in_order_whether_it_was_made_before_or_comes_later()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        await Raw.GetAsync(server, "/1");
        await Raw.GetAsync(server, "/2");
        Assert.Equal("/1", (await server.Calls.TakeAsync()).Path);
        Assert.Equal("/2", (await server.Calls.TakeAsync()).Path);
        Assert.Empty(server.Calls);
        Task<MockHttpCall>[] waiting = [server.Calls.TakeAsync(), server.Calls.TakeAsync()];
        await Raw.GetAsync(server, "/3");
        await Raw.GetAsync(server, "/4");
        MockHttpCall[] taken = await Task.WhenAll(waiting).WaitAsync(Raw.Safety);
        Assert.Equal(["/3", "/4"], taken.Select(call => call.Path).Order(StringComparer.Ordinal));
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Only_the_newest_calls_are_kept_where_the_options_say_so()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { KeptCalls = 2 });
        foreach (string path in (string[])["/1", "/2", "/3"]) await Raw.GetAsync(server, path);
        server.Calls.AssertAll("GET /2", "GET /3");
    }

    [Fact]
    public async Task A_test_can_wait_until_the_client_really_waits()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/").Respond("x");
        await using Stream stream = await Raw.ConnectAsync(server);
        Task waits = server.WaitForReadAsync();
        await Raw.SendAsync(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.False(waits.IsCompleted);
        await Raw.ReadUntilAsync(stream, "\r\n\r\nx");
        ValueTask<int> read = stream.ReadAsync(new byte[1]);
        await waits.WaitAsync(Raw.Safety);
        Assert.False(read.IsCompleted);
        server.ResetConnections();
        await Assert.ThrowsAsync<IOException>(() => read.AsTask().WaitAsync(Raw.Safety));
    }

    [Fact]
    public async Task The_transcript_has_both_sides_and_no_secret()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, Versions = MockHttpVersions.Http1 });
        server.Transcript.AddSecret("tok en");
        server.Routes.Get("/a").Respond("the tok en is secret").Header("Set-Cookie", "session=abc");
        await using (Stream tls = await Raw.ConnectTlsAsync(server))
        {
            await Raw.SendAsync(tls, "GET /a?k=tok%20en HTTP/1.1\r\nHost: x\r\nauthorization: Basic cGFzcw==\r\nConnection: close\r\n\r\n");
            await Raw.ReadToEndAsync(tls);
        }

        string text = server.Transcript.Text;
        Assert.Contains("C: GET /a?k=*** HTTP/1.1\n", text, StringComparison.Ordinal);
        Assert.Contains("C: authorization: ***\n", text, StringComparison.Ordinal);
        Assert.Contains("S: HTTP/1.1 200 OK\n", text, StringComparison.Ordinal);
        Assert.Contains("S: Set-Cookie: ***\n", text, StringComparison.Ordinal);
        Assert.Contains("S: the *** is secret\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("cGFzcw", text, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker http, HttpMethod method, Uri url, string? body = null)
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null) request.Content = new StringContent(body);
        return await http.SendAsync(request, default).WaitAsync(Raw.Safety);
    }
}
