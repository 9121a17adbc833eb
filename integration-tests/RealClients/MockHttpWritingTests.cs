using ProtocolClients.Testing;

namespace ProtocolClients.Integration.Tests.RealClients;

/// <summary>What the mock server stores and streams, as curl and Python's http.client see it.</summary>
public sealed class MockHttpWritingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mock-put-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curl_puts_a_file_gets_it_back_and_deletes_it(bool onDisk)
    {
        byte[] content = new byte[3_000_000];
        new Random(2).NextBytes(content);
        string local = Path.Combine(_directory.FullName, "up.bin");
        await File.WriteAllBytesAsync(local, content);
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { WritableFiles = true });
        if (onDisk) server.Files.Root = _directory.CreateSubdirectory("root").FullName;
        string url = server.UrlOf("/new/up.bin").AbsoluteUri;

        Assert.Equal("201", (await CurlAsync("-T", local, "-w", "%{http_code}", url)).Output);
        Assert.Equal(content, (await CurlAsync(url)).OutputBytes);
        Assert.Equal("204", (await CurlAsync("-T", local, "-w", "%{http_code}", url)).Output);
        // Chunked, as what comes from a pipe.
        Assert.Equal("204", (await CurlAsync("-H", "Transfer-Encoding: chunked", "-T", local, "-w", "%{http_code}", url)).Output);
        Assert.Equal(content, (await CurlAsync(url)).OutputBytes);
        Assert.Equal("412", (await CurlAsync("-H", "If-None-Match: *", "-T", local, "-w", "%{http_code}", url)).Output);
        Assert.Equal("204", (await CurlAsync("-X", "DELETE", "-w", "%{http_code}", url)).Output);
        Assert.Equal(22, (await CurlAsync("-f", url)).ExitCode);
        server.Calls.AssertCount(1, "DELETE", "/new/up.bin");
    }

    [Fact]
    public async Task Python_puts_and_deletes()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { WritableFiles = true });
        const string script = """
            import sys, http.client
            c = http.client.HTTPConnection(sys.argv[1], timeout=30)
            for method, body in (("PUT", b"one"), ("PUT", b"two"), ("GET", None), ("DELETE", None), ("GET", None)):
                c.request(method, "/a%20b.txt", body)
                r = c.getresponse()
                print(method, r.status, r.read().decode())
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, server.EndPoint!.ToString());
        Assert.Equal("PUT 201 \nPUT 204 \nGET 200 two\nDELETE 204 \nGET 404 \n", run.Output);
    }

    [Fact]
    public async Task Curl_follows_a_stream_of_events()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/events").RespondEvents(async (events, stop) =>
        {
            await events.CommentAsync(" after " + events.LastEventId, stop);
            await events.SendAsync("one\ntwo", type: "kind", id: "8", retry: TimeSpan.FromSeconds(2), cancellationToken: stop);
        });
        ClientRun run = await CurlAsync("-N", "-i", "-H", "Accept: text/event-stream", "-H", "Last-Event-ID: 7", server.UrlOf("/events").AbsoluteUri);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Content-Type: text/event-stream\r\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n: after 7\n\nevent: kind\nid: 8\nretry: 2000\ndata: one\ndata: two\n\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_its_client_leaves()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Routes.Get("/events").RespondEvents(async (events, stop) =>
        {
            // Before anything is sent: the client may leave while the sending ends.
            await using CancellationTokenRegistration registration = stop.Register(() => left.TrySetResult());
            await events.SendAsync("one", cancellationToken: stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        const string script = """
            import sys, urllib.request
            with urllib.request.urlopen(sys.argv[1], timeout=30) as reply:
                print(reply.readline().decode(), end="")
            """;
        ClientRun run = await ClientRun.StartAsync("python3", "-c", script, server.UrlOf("/events").AbsoluteUri);
        Assert.Equal("data: one\n", run.Output);
        await left.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }

    // -q: no configuration of this machine.
    private static Task<ClientRun> CurlAsync(params string[] arguments) =>
        ClientRun.StartAsync("curl", ["-q", "-sS", "--max-time", "30", .. arguments]);
}
