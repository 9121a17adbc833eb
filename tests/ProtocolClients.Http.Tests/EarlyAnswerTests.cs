using System.Net;
using System.Text;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.HttpTests;

/// <summary>A server that answers before it has read the body (RFC 9112 §9.5): the answer is heard, and the source of the body stopped.</summary>
public sealed class EarlyAnswerTests
{
    private const long Large = 50L * 1024 * 1024;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        // So long that no test passes by waiting it out.
        Deadlines = Deadlines.Default with { Command = Timeout.InfiniteTimeSpan, Idle = Timeout.InfiniteTimeSpan },
    };

    public static TheoryData<int, bool, bool, RawEnd> Refusals
    {
        get
        {
            var rows = new TheoryData<int, bool, bool, RawEnd>();
            foreach (int status in (int[])[413, 401, 417, 503, 302])
            {
                foreach (RawEnd end in Enum.GetValues<RawEnd>()) rows.Add(status, status != 401, status != 503, end);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_in_the_middle_of_a_body_is_the_answer_and_ends_its_source(int status, bool known, bool closes, RawEnd end)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").BeforeBody().RespondRaw(Refusal(status, closes), end);
        await using var http = new HttpSession(Options);
        var source = new EndlessSource(known ? Large : null);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source).WaitAsync(Safety);
        Assert.Equal((HttpStatusCode)status, reply.Status);
        Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        await source.Ended.WaitAsync(Safety);
        Assert.True(source.Given < Large, $"{source.Given} bytes were taken from the source");
    }

    [Theory]
    [InlineData(RawEnd.Close)]
    [InlineData(RawEnd.Reset)]
    [InlineData(RawEnd.Stall)]
    public async Task A_refusal_behind_100_continue_is_heard_as_well(RawEnd end)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        byte[] refusal = Refusal(413, closes: true);
        server.Routes.Put("/").BeforeBody().RespondRaw(
            async (stream, stop) =>
            {
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop);
                byte[] some = new byte[1000];
                await stream.ReadExactlyAsync(some, stop);
                await stream.WriteAsync(refusal, stop);
            },
            end);
        await using var http = new HttpSession(Options with { Expect = new() { Wait = Timeout.InfiniteTimeSpan } });
        var source = new EndlessSource(Large);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source, new() { ExpectContinue = true }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
        Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        await source.Ended.WaitAsync(Safety);
        Assert.InRange(source.Given, 1000, Large - 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_Expect_a_refused_body_is_not_even_begun(bool waited)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").BeforeBody().RespondRaw(Refusal(413, closes: true), RawEnd.Reset);
        await using var http = new HttpSession(Options with { Expect = new() { Wait = waited ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(5) } });
        var source = new EndlessSource(Large);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source, new() { ExpectContinue = true }).WaitAsync(Safety);
        Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        Assert.Equal(0, source.Given);
    }

    [Fact]
    public async Task A_body_of_one_piece_and_a_source_that_gives_nothing_more_are_ended_too()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").BeforeBody().RespondRaw(Refusal(413, closes: false), RawEnd.Stall);
        await using var http = new HttpSession(Options);
        using (HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, new ByteArrayContent(new byte[Large])).WaitAsync(Safety))
        {
            Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        }

        var silent = new EndlessSource(Large) { SilentAfter = 256 * 1024 };
        using HttpReply second = await http.PutAsync(server.Url.AbsoluteUri, silent).WaitAsync(Safety);
        Assert.Equal("no, thank you", await second.ReadTextAsync().WaitAsync(Safety));
        await silent.Ended.WaitAsync(Safety);
    }

    [Fact]
    public async Task Over_TLS_as_in_the_clear()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new MockHttpServerOptions { Tls = true, Versions = MockHttpVersions.Http1 });
        server.Routes.Put("/").BeforeBody().RespondRaw(Refusal(413, closes: true), RawEnd.Stall);
        await using var http = new HttpSession(Options with { Transport = server.ClientOptions.Transport });
        var source = new EndlessSource(Large);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source).WaitAsync(Safety);
        Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        await source.Ended.WaitAsync(Safety);
    }

    [Theory]
    [InlineData(RawEnd.Close)]
    [InlineData(RawEnd.Stall)]
    public async Task Nothing_of_the_rest_reaches_the_next_request_and_the_connection_is_left(RawEnd end)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond("ok");
        server.Routes.Put("/").BeforeBody().RespondRaw(Refusal(413, closes: false), end);
        await using var http = new HttpSession(Options);
        for (int i = 0; i < 5; i++)
        {
            // The connection was used before: the handler reads ahead on it.
            using (HttpReply first = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)) Assert.Equal("ok", await first.ReadTextAsync().WaitAsync(Safety));
            using HttpReply refused = await http.PutAsync(server.Url.AbsoluteUri, new EndlessSource(Large)).WaitAsync(Safety);
            Assert.Equal("no, thank you", await refused.ReadTextAsync().WaitAsync(Safety));
        }

        Assert.Equal(10, server.Calls.Count);
    }

    [Fact]
    public async Task An_answer_of_2xx_in_step_with_the_body_lets_it_go_on()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        long received = 0;
        server.Routes.Put("/").BeforeBody().Handle(async context =>
        {
            await context.Response.Body.WriteAsync("begun "u8.ToArray());
            await context.Response.Body.FlushAsync();
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer)) > 0) received += read;
            await context.Response.Body.WriteAsync("done"u8.ToArray());
        });
        await using var http = new HttpSession(Options);
        var source = new EndlessSource(4 * 1024 * 1024);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source).WaitAsync(Safety);
        Assert.Equal("begun done", await reply.ReadTextAsync().WaitAsync(Safety));
        Assert.Equal(4 * 1024 * 1024, received);
    }

    [Fact]
    public async Task An_answer_of_2xx_whose_server_then_takes_nothing_more_is_the_answer()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").BeforeBody().RespondRaw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nenough"u8, RawEnd.Reset);
        await using var http = new HttpSession(Options);
        var source = new EndlessSource(Large);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source).WaitAsync(Safety);
        Assert.Equal("enough", await reply.ReadTextAsync().WaitAsync(Safety));
        await source.Ended.WaitAsync(Safety);
        Assert.True(source.Given < Large, $"{source.Given} bytes were taken from the source");
    }

    [Fact]
    public async Task A_refusal_that_is_here_whole_before_the_first_byte_of_the_body_is_heard()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] refusal = Refusal(413, closes: false);
        server.Routes.Put("/").BeforeBody().RespondRaw(
            async (stream, stop) =>
            {
                await begun.Task.WaitAsync(stop);
                await stream.WriteAsync(refusal, stop);
                refused.SetResult();
            },
            RawEnd.Stall);
        // The wait is over at once, and the source slow to begin: the answer is read before it does.
        await using var http = new HttpSession(Options with { Expect = new() { Wait = TimeSpan.FromMilliseconds(1) } });
        var source = new EndlessSource(Large)
        {
            Before = async () =>
            {
                begun.SetResult();
                await refused.Task;
                for (int i = 0; i < 10_000; i++) await Task.Yield();
            },
        };
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, source, new() { ExpectContinue = true }).WaitAsync(Safety);
        Assert.Equal("no, thank you", await reply.ReadTextAsync().WaitAsync(Safety));
        await source.Ended.WaitAsync(Safety);
        Assert.True(source.Given < Large, $"{source.Given} bytes were taken from the source");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_being_proved_is_kept_and_its_body_sent_to_the_end(bool expect)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        long received = 0;
        server.Routes.Put("/").BeforeBody().Handle(async context =>
        {
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer)) > 0) received += read;
        });
        await using var http = new HttpSession(Options with { Credentials = new Credentials("ann", "secret") });
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, new ByteArrayContent(new byte[Large]), new() { ExpectContinue = expect }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(Large, received);
    }

    [Fact]
    public async Task A_server_that_ends_without_an_answer_is_a_lost_connection_still()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").BeforeBody().RespondRaw([], RawEnd.Reset);
        await using var http = new HttpSession(Options);
        TransportException lost = await Assert.ThrowsAsync<TransportException>(() => http.PutAsync(server.Url.AbsoluteUri, new EndlessSource(Large)).WaitAsync(Safety));
        Assert.Equal((TransportError.ConnectionLost, Delivery.MaybeSent), (lost.Error, lost.Delivery));
    }

    [Fact]
    public async Task The_failure_of_a_source_is_told_and_not_taken_for_an_answer()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Put("/").Respond("ok");
        await using var http = new HttpSession(Options);
        var broken = new EndlessSource(Large) { FailsAfter = 256 * 1024 };
        await Assert.ThrowsAsync<InvalidDataException>(() => http.PutAsync(server.Url.AbsoluteUri, broken).WaitAsync(Safety));
    }

    private static byte[] Refusal(int status, bool closes)
    {
        string field = status switch
        {
            401 => "WWW-Authenticate: Basic realm=\"x\"\r\n",
            302 => string.Empty,
            _ => string.Empty,
        };
        return Encoding.ASCII.GetBytes($"HTTP/1.1 {status} No\r\n{field}{(closes ? "Connection: close\r\n" : "")}Content-Length: 13\r\n\r\nno, thank you");
    }

    /// <summary>A body that is made while it is sent, and tells how much of it was made and that it ended.</summary>
    private sealed class EndlessSource : HttpContent
    {
        private readonly long? _length;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _given;

        public EndlessSource(long? length)
        {
            _length = length;
            if (length is { } known) Headers.ContentLength = known;
        }

        public long SilentAfter { get; init; } = long.MaxValue;

        public long FailsAfter { get; init; } = long.MaxValue;

        public Func<Task>? Before { get; init; }

        public long Given => Volatile.Read(ref _given);

        public Task Ended => _ended.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            try
            {
                if (Before is not null) await Before();
                byte[] piece = new byte[64 * 1024];
                while (_given < (_length ?? long.MaxValue))
                {
                    if (_given >= SilentAfter) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                    if (_given >= FailsAfter) throw new InvalidDataException("The source is broken.");
                    await stream.WriteAsync(piece, cancellationToken);
                    Interlocked.Add(ref _given, piece.Length);
                }
            }
            finally
            {
                _ended.SetResult();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length ?? 0;
            return _length is not null;
        }
    }
}
