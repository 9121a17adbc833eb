using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Bodies that wait for the server's word, interim answers, and what else is different for one request.</summary>
public sealed class ExpectTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        // So long that no test passes by waiting it out.
        Expect = new ExpectOptions { Wait = Timeout.InfiniteTimeSpan },
    };

    private static HttpContent Once(string text) => new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task A_body_waits_for_100_continue()
    {
        string? body = null;
        await using var server = new ExpectServer(async (head, stream, stop) =>
        {
            Assert.Contains("Expect: 100-continue\r\n", head, StringComparison.Ordinal);
            await RawServer.WriteAsync(stream, "HTTP/1.1 100 Continue\r\n\r\n", stop);
            byte[] bytes = new byte[4];
            await stream.ReadExactlyAsync(bytes, stop);
            body = Encoding.ASCII.GetString(bytes);
            await RawServer.WriteAsync(stream, Ok, stop);
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.PutAsync(server.Url, Once("body"), new() { ExpectContinue = true }).WaitAsync(Safety);
        Assert.Equal("ok", await reply.ReadTextAsync());
        Assert.Equal("body", body);
    }

    [Theory]
    [InlineData(417, "")]
    [InlineData(307, "Location: /b\r\n")]
    [InlineData(401, "WWW-Authenticate: Basic realm=\"x\"\r\n")]
    public async Task A_body_that_was_refused_before_it_was_sent_is_still_there(int status, string field)
    {
        var bodies = new List<string>();
        await using var server = new ExpectServer(async (head, stream, stop) =>
        {
            if (bodies.Count == 0)
            {
                bodies.Add("none");
                await RawServer.WriteAsync(stream, $"HTTP/1.1 {status} No\r\n{field}Content-Length: 0\r\nConnection: close\r\n\r\n", stop);
                throw new RawServer.CloseException();
            }

            Assert.Equal(status != 417, head.Contains("Expect: ", StringComparison.Ordinal));
            if (status != 417) await RawServer.WriteAsync(stream, "HTTP/1.1 100 Continue\r\n\r\n", stop);
            byte[] bytes = new byte[1500];
            await stream.ReadExactlyAsync(bytes, stop);
            bodies.Add(Encoding.ASCII.GetString(bytes));
            await RawServer.WriteAsync(stream, Ok, stop);
        });
        await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "p") });
        using HttpReply reply = await http.PutAsync(server.Url, Once(new string('b', 1500)), new() { ExpectContinue = true }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(["none", new string('b', 1500)], bodies);
    }

    [Fact]
    public async Task Only_bodies_from_the_threshold_on_wait_and_417_is_met_once()
    {
        await using var server = new RawServer("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options with { Expect = new() { Threshold = 4, Wait = TimeSpan.FromMilliseconds(1) } });
        using (await http.PutAsync(server.Url, new ByteArrayContent("abc"u8.ToArray())).WaitAsync(Safety))
        {
        }

        Assert.DoesNotContain("Expect", server.Heads.Single(), StringComparison.Ordinal);
        // The wait is over at once: the body goes without an answer, which this server reads before it answers.
        using HttpReply reply = await http.PutAsync(server.Url, new ByteArrayContent("abcd"u8.ToArray())).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.ExpectationFailed, reply.Status);
        string[] heads = [.. server.Heads];
        Assert.Contains("Expect: 100-continue", heads[1], StringComparison.Ordinal);
        Assert.DoesNotContain("Expect", heads[2], StringComparison.Ordinal);
        Assert.Equal(3, heads.Length);
        using (await http.PutAsync(server.Url, new ByteArrayContent("abcd"u8.ToArray()), new() { ExpectContinue = false }).WaitAsync(Safety))
        {
        }

        Assert.DoesNotContain("Expect", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\nSet-Cookie: early=1\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 99\r\n\r\n")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 199 Odd\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task Interim_answers_are_passed_over_with_all_they_say(string interim)
    {
        await using var server = new RawServer(interim + Ok);
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal("ok", await reply.ReadTextAsync().WaitAsync(Safety));
        Assert.Null(reply.Headers["Link"]);
        Assert.Null(reply.Headers["Set-Cookie"]);
        Assert.Empty(reply.History);
    }

    [Fact]
    public async Task Deadlines_and_version_of_one_request_are_its_own()
    {
        var time = new VirtualTime();
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            if (head.StartsWith("GET /body", StringComparison.Ordinal)) await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await using var http = new HttpSession(Options with { TimeProvider = time });
        var call = new HttpCallOptions { Deadlines = Deadlines.Default with { Command = TimeSpan.FromSeconds(3), Idle = TimeSpan.FromSeconds(2) }, Version = HttpVersion.Version10 };
        Task<HttpReply> silent = http.GetAsync(server.Url, call);
        while (server.Heads.IsEmpty) await Task.Yield();
        Assert.StartsWith("GET / HTTP/1.0\r\n", server.Heads.Single(), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(4));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => silent.WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Command), (missed.Error, missed.Phase));

        using HttpReply reply = await http.GetAsync(server.Url + "body", call).WaitAsync(Safety);
        await using Stream body = await reply.OpenReadAsync();
        byte[] buffer = new byte[16];
        Assert.Equal(3, await body.ReadAtLeastAsync(buffer, 3));
        ValueTask<int> reading = body.ReadAsync(buffer);
        time.Advance(TimeSpan.FromSeconds(3));
        missed = await Assert.ThrowsAsync<TransportException>(() => reading.AsTask().WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Idle), (missed.Error, missed.Phase));
        Assert.Throws<ArgumentException>(() => new HttpCallOptions { Version = HttpVersion.Version30 });
    }

    [Fact]
    public async Task The_deadline_to_connect_of_one_request_is_its_own()
    {
        var time = new VirtualTime();
        var dialing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new Transport.InMemoryDialer(async (_, stop) =>
        {
            dialing.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            return Stream.Null;
        });
        await using var http = new HttpSession(Options with { TimeProvider = time, Transport = Options.Transport with { Dialer = never } });
        Task<HttpReply> asking = http.GetAsync("http://a.test/", new() { Deadlines = Deadlines.Default with { Connect = TimeSpan.FromSeconds(2) } });
        await dialing.Task.WaitAsync(Safety);
        time.Advance(TimeSpan.FromSeconds(3));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => asking.WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Connect), (missed.Error, missed.Phase));
    }

    /// <summary>As the raw server, but leaves the body to the script.</summary>
    private sealed class ExpectServer : IAsyncDisposable
    {
        private readonly System.Net.Sockets.TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;

        public ExpectServer(Func<string, System.Net.Sockets.NetworkStream, CancellationToken, Task> script)
        {
            _listener.Start();
            _serving = ServeAsync(script);
        }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _serving;
            _listener.Stop();
            _stop.Dispose();
        }

        private async Task ServeAsync(Func<string, System.Net.Sockets.NetworkStream, CancellationToken, Task> script)
        {
            try
            {
                while (true)
                {
                    using System.Net.Sockets.TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    System.Net.Sockets.NetworkStream stream = client.GetStream();
                    var head = new StringBuilder();
                    byte[] one = new byte[1];
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) > 0) head.Append((char)one[0]);
                    try
                    {
                        await script(head.ToString(), stream, _stop.Token);
                    }
                    catch (Exception end) when (end is RawServer.CloseException or IOException)
                    {
                    }
                }
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
