using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;

namespace ProtocolClients.Integration.Tests.WireMock;

/// <summary>Retries on WireMock, with the requests that it counted: states that change, faults, answers that drip.</summary>
public sealed class WireMockScenarioTests(WireMockServer server)
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("GET", 3, 200)]
    [InlineData("PUT", 3, 200)]
    [InlineData("POST", 1, 503)]
    public async Task A_server_that_warms_up_is_asked_until_it_answers(string method, int requests, int status)
    {
        await using HttpSession admin = await SessionAsync(attempts: 1);
        string path = "/warm-" + Guid.NewGuid().ToString("N");
        await StubAsync(admin, path, """ "status":503,"headers":{"Retry-After":"0"} """, path, "Started", "warm");
        await StubAsync(admin, path, """ "status":429,"headers":{"Retry-After":"0"} """, path, "warm", "ready");
        await StubAsync(admin, path, """ "status":200,"body":"ready" """, path, "ready", "ready");

        await using HttpSession session = await SessionAsync(attempts: 3);
        using HttpReply reply = await session.SendAsync(new HttpMethod(method), path, method == "GET" ? null : new ByteArrayContent([1])).WaitAsync(Safety);

        Assert.Equal((status, requests), ((int)reply.Status, await CountAsync(admin, path)));
    }

    // What a fault leaves is MaybeSent: GET is asked for again, POST never. Noise is no HTTP, and nobody asks it twice.
    [Theory]
    [InlineData("EMPTY_RESPONSE", "GET", 3, typeof(TransportException))]
    [InlineData("EMPTY_RESPONSE", "POST", 1, typeof(TransportException))]
    [InlineData("CONNECTION_RESET_BY_PEER", "GET", 3, typeof(TransportException))]
    [InlineData("CONNECTION_RESET_BY_PEER", "POST", 1, typeof(TransportException))]
    [InlineData("RANDOM_DATA_THEN_CLOSE", "GET", 1, typeof(WireFormatException))]
    [InlineData("RANDOM_DATA_THEN_CLOSE", "POST", 1, typeof(WireFormatException))]
    public async Task A_fault_costs_exactly_the_requests_that_may_be_repeated(string fault, string method, int requests, Type expected)
    {
        await using HttpSession admin = await SessionAsync(attempts: 1);
        string path = "/fault-" + Guid.NewGuid().ToString("N");
        await StubAsync(admin, path, $"\"status\":200,\"fault\":\"{fault}\"");
        await using HttpSession session = await SessionAsync(attempts: 3);

        await Assert.ThrowsAsync(expected, () => session.SendAsync(new HttpMethod(method), path).WaitAsync(Safety));

        Assert.Equal(requests, await CountAsync(admin, path));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_malformed_chunk_is_told_to_the_reader_of_the_body_and_asks_nothing_again(string method)
    {
        await using HttpSession admin = await SessionAsync(attempts: 1);
        string path = "/chunk-" + Guid.NewGuid().ToString("N");
        await StubAsync(admin, path, "\"status\":200,\"fault\":\"MALFORMED_RESPONSE_CHUNK\"");
        await using HttpSession session = await SessionAsync(attempts: 3);

        using HttpReply reply = await session.SendAsync(new HttpMethod(method), path).WaitAsync(Safety);
        ProtocolClientException failure = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => reply.ReadBytesAsync().WaitAsync(Safety));

        Assert.True(failure is WireFormatException or IntegrityException, failure.ToString());
        Assert.Equal(1, await CountAsync(admin, path));
    }

    [Fact]
    public async Task A_body_that_drips_arrives_whole_or_misses_the_deadline_of_the_transfer()
    {
        await using HttpSession admin = await SessionAsync(attempts: 1);
        string text = new('x', 5000);
        await StubAsync(admin, "/drip", $$"""  "status":200,"body":"{{text}}","chunkedDribbleDelay":{"numberOfChunks":10,"totalDuration":300} """);
        await StubAsync(admin, "/drip-slowly", $$"""  "status":200,"body":"{{text}}","chunkedDribbleDelay":{"numberOfChunks":10,"totalDuration":600000} """);
        using (HttpReply reply = await admin.GetAsync("/drip").WaitAsync(Safety)) Assert.Equal(text, await reply.ReadTextAsync().WaitAsync(Safety));

        await using HttpSession hurried = await SessionAsync(attempts: 1, Deadlines.Default with { Transfer = TimeSpan.FromMilliseconds(500) });
        TransportException missed = await Assert.ThrowsAsync<TransportException>(async () =>
        {
            using HttpReply reply = await hurried.GetAsync("/drip-slowly").WaitAsync(Safety);
            await reply.ReadTextAsync().WaitAsync(Safety);
        });
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Transfer), (missed.Error, missed.Phase));
    }

    [Fact]
    public async Task Pages_and_events_of_a_server_that_is_not_ours()
    {
        await using HttpSession session = await SessionAsync(attempts: 1);
        await StubAsync(session, "/page1", """ "status":200,"body":"1","headers":{"Link":"</page2>; rel=\"next\""} """);
        await StubAsync(session, "/page2", """ "status":200,"body":"2" """);
        List<string> pages = [];
        await foreach (HttpReply page in session.ListPagesAsync("/page1")) pages.Add(await page.ReadTextAsync().WaitAsync(Safety));
        Assert.Equal(["1", "2"], pages);

        await StubAsync(session, "/events", """ "status":200,"body":"retry: 1\nid: 7\ndata: one\n\n","headers":{"Content-Type":"text/event-stream"} """, "events", "Started", "over");
        await StubAsync(session, "/events", """ "status":204 """, "events", "over", "over");
        List<ServerSentEvent> events = [];
        await foreach (ServerSentEvent one in session.WatchAsync("/events")) events.Add(one);
        Assert.Equal([new("message", "one", "7")], events);
    }

    private static async Task StubAsync(HttpSession session, string path, string response, string? scenario = null, string? from = null, string? to = null)
    {
        string state = scenario is null ? "" : $"\"scenarioName\":\"{scenario}\",\"requiredScenarioState\":\"{from}\",\"newScenarioState\":\"{to}\",";
        string mapping = $"{{{state}\"request\":{{\"method\":\"ANY\",\"urlPath\":\"{path}\"}},\"response\":{{{response}}}}}";
        using var content = new StringContent(mapping, Encoding.UTF8, "application/json");
        using HttpReply reply = await session.PostAsync("/__admin/mappings", content).WaitAsync(Safety);
        reply.EnsureSuccess();
    }

    private static async Task<int> CountAsync(HttpSession session, string path)
    {
        using var content = new StringContent($"{{\"method\":\"ANY\",\"urlPath\":\"{path}\"}}", Encoding.UTF8, "application/json");
        using HttpReply reply = await session.PostAsync("/__admin/requests/count", content).WaitAsync(Safety);
        using var count = JsonDocument.Parse(await reply.EnsureSuccess().ReadBytesAsync().WaitAsync(Safety));
        return count.RootElement.GetProperty("count").GetInt32();
    }

    private async Task<HttpSession> SessionAsync(int attempts, Deadlines? deadlines = null) => new(new HttpSessionOptions
    {
        BaseAddress = await server.StartAsync(),
        Transport = new TransportOptions { Proxy = ProxyOptions.None },
        Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.Zero },
        Deadlines = deadlines ?? Deadlines.Default,
    });
}
