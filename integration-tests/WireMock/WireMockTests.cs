using System.Net;
using System.Text;

namespace ProtocolClients.Integration.Tests.WireMock;

/// <summary>Sessions on stubs and faults of WireMock.</summary>
public sealed class WireMockTests(WireMockServer server)
{
    [Fact]
    public async Task A_stub_is_made_and_answers()
    {
        await using HttpSession session = await SessionAsync();
        await StubAsync(session, "/hello", """ "status":201,"body":"stubbed","headers":{"Content-Type":"text/plain","X-Twice":["a","b"]}""");

        using HttpReply reply = await session.GetAsync("/hello");

        Assert.Equal(HttpStatusCode.Created, reply.Status);
        Assert.Equal("stubbed", await reply.ReadTextAsync());
        Assert.Equal(["a", "b"], reply.Headers.All("X-Twice"));
    }

    [Theory]
    [InlineData("EMPTY_RESPONSE")]
    [InlineData("CONNECTION_RESET_BY_PEER")]
    [InlineData("RANDOM_DATA_THEN_CLOSE")]
    [InlineData("MALFORMED_RESPONSE_CHUNK")]
    public async Task A_fault_is_a_typed_exception(string fault)
    {
        await using HttpSession session = await SessionAsync();
        await StubAsync(session, "/" + fault, $"\"status\":200,\"body\":\"x\",\"fault\":\"{fault}\"");

        await Assert.ThrowsAnyAsync<ProtocolClientException>(async () =>
        {
            using HttpReply reply = await session.GetAsync("/" + fault);
            await reply.ReadTextAsync();
        });
    }

    [Fact]
    public async Task An_answer_after_the_deadline_is_a_timeout_of_its_phase()
    {
        await using HttpSession session = await SessionAsync();
        await StubAsync(session, "/late", "\"status\":200,\"fixedDelayMilliseconds\":60000");
        await using HttpSession hurried = await SessionAsync(Deadlines.Default with { Command = TimeSpan.FromMilliseconds(200) });

        var thrown = await Assert.ThrowsAsync<TransportException>(() => hurried.GetAsync("/late").WaitAsync(TimeSpan.FromMinutes(2)));

        Assert.Equal((TransportError.Timeout, DeadlinePhase.Command), (thrown.Error, thrown.Phase));
    }

    private static async Task StubAsync(HttpSession session, string path, string response)
    {
        string mapping = $$$"""{"request":{"method":"GET","urlPath":"{{{path}}}"},"response":{ {{{response}}} }}""";
        using var content = new StringContent(mapping, Encoding.UTF8, "application/json");
        using HttpReply reply = await session.PostAsync("/__admin/mappings", content);
        reply.EnsureSuccess();
    }

    private async Task<HttpSession> SessionAsync(Deadlines? deadlines = null) => new(new HttpSessionOptions
    {
        BaseAddress = await server.StartAsync(),
        Transport = new TransportOptions { Proxy = ProxyOptions.None },
        Resilience = ResilienceOptions.None,
        Deadlines = deadlines ?? Deadlines.Default,
    });
}
