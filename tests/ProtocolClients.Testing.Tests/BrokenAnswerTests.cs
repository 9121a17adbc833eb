namespace ProtocolClients.Testing.Tests;

public sealed class BrokenAnswerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Raw_bytes_are_all_that_the_client_gets(bool tls)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = tls, Versions = MockHttpVersions.Http1 });
        server.Routes.Get("/raw").RespondRaw("NOT HTTP\n"u8);
        await using Stream stream = tls ? await Raw.ConnectTlsAsync(server) : await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, "GET /raw HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(("NOT HTTP\n", false), await Raw.ReadToEndAsync(stream));
        Assert.True(server.Calls.Single("GET", "/raw").IsMatched);
    }

    [Fact]
    public async Task A_raw_answer_can_end_with_a_reset_or_not_at_all()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/reset").RespondRaw([], RawEnd.Reset);
        server.Routes.Get("/stall").RespondRaw("HTTP/1.1 "u8, RawEnd.Stall);
        await using (Stream stream = await Raw.ConnectAsync(server))
        {
            await Raw.SendAsync(stream, "GET /reset HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal(("", true), await Raw.ReadToEndAsync(stream));
        }

        Stream stalled = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stalled, "GET /stall HTTP/1.1\r\nHost: x\r\n\r\n");
        await Raw.ReadUntilAsync(stalled, "HTTP/1.1 ");
        ValueTask<int> next = stalled.ReadAsync(new byte[1]);
        await server.WaitForReadAsync().WaitAsync(Raw.Safety);
        Assert.False(next.IsCompleted);
        await server.DisposeAsync().AsTask().WaitAsync(Raw.Safety);
        try
        {
            Assert.Equal(0, await next.AsTask().WaitAsync(Raw.Safety));
        }
        catch (IOException)
        {
            // Closed or reset: it ends.
        }
    }

    [Fact]
    public async Task A_truncated_body_is_shorter_than_it_says()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/short").RespondTruncated("abc"u8, 10).Header("X-Still", "here");
        string reply = await Raw.GetAsync(server, "/short");
        Assert.Contains("Content-Length: 10\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("X-Still: here\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nabc", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_chunks_garbage_and_nothing_are_as_they_are_named()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/chunk").RespondBadChunk();
        server.Routes.Get("/garbage").RespondGarbage();
        server.Routes.Get("/nothing").RespondNothing();
        Assert.Contains("\r\nxyz\r\n", await Raw.GetAsync(server, "/chunk"), StringComparison.Ordinal);
        Assert.StartsWith("\u0001\u0002", await Raw.GetAsync(server, "/garbage"), StringComparison.Ordinal);
        Assert.Equal("", await Raw.GetAsync(server, "/nothing"));
    }

    [Theory]
    [InlineData("headers", "HTTP/1.1 200 OK\r\nX-Endless: ")]
    [InlineData("line", "HTTP/1.1 200 OK\r\nX-Endless: aaaa")]
    [InlineData("interim", "HTTP/1.1 103 Go on\r\n\r\nHTTP/1.1 103")]
    [InlineData("body", "HTTP/1.1 200 OK\r\n")]
    public async Task Endless_answers_go_on_until_the_client_closes(string kind, string beginning)
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/headers").RespondEndlessHeaders();
        server.Routes.Get("/line").RespondEndlessLine();
        server.Routes.Get("/interim").RespondEndlessInterim(103);
        server.Routes.Get("/body").RespondEndlessBody();
        await using (Stream stream = await Raw.ConnectAsync(server))
        {
            await Raw.SendAsync(stream, $"GET /{kind} HTTP/1.1\r\nHost: x\r\n\r\n");
            byte[] buffer = new byte[4 * 1024 * 1024];
            await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Raw.Safety);
            Assert.StartsWith(beginning, System.Text.Encoding.Latin1.GetString(buffer, 0, 100), StringComparison.Ordinal);
        }

        await server.DisposeAsync().AsTask().WaitAsync(Raw.Safety);
        Assert.Equal(0, server.OpenConnections);
    }

    [Fact]
    public async Task A_server_can_refuse_before_it_reads_the_body()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Post("/up").Respond(413).BeforeBody();
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, "POST /up HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413", await Raw.ReadUntilAsync(stream, "\r\n\r\n"), StringComparison.Ordinal);
    }
}
