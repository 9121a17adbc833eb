using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.HttpTests;

/// <summary>
/// Every fault × every kind of request, with the exact number of requests that the server saw, on virtual time. The expected numbers
/// follow from what a request is (Replay) and what is known of it (Delivery), and from nothing that the code does.
/// </summary>
public sealed class RetryMatrixTests
{
    private const int Attempts = 3;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1000);
    private static readonly string[] Kinds = ["GET", "HEAD", "PUT", "PUT once", "POST", "POST once"];

    // GET, HEAD and PUT with a body that can be produced again are Replay.Always. POST is IfNotApplied, and what a fault of the answer
    // leaves is MaybeSent: never again. A body that is gone is Replay.Never. Noise is not transient: nobody asks it twice.
    private static readonly Dictionary<FaultKind, (int[] Requests, string Outcome)> BeforeTheEndOfTheHead = new()
    {
        [FaultKind.Latency] = ([1, 1, 1, 1, 1, 1], "answer"),
        [FaultKind.Bandwidth] = ([1, 1, 1, 1, 1, 1], "answer"),
        [FaultKind.OneByteWrites] = ([1, 1, 1, 1, 1, 1], "answer"),
        [FaultKind.Stall] = ([3, 3, 3, 1, 1, 1], "TransportException Timeout Command"),
        [FaultKind.Reset] = ([3, 3, 3, 1, 1, 1], "TransportException ConnectionLost"),
        [FaultKind.HalfClose] = ([3, 3, 3, 1, 1, 1], "TransportException ConnectionLost"),
        [FaultKind.Truncate] = ([3, 3, 3, 1, 1, 1], "TransportException ConnectionLost"),
        [FaultKind.Garbage] = ([1, 1, 1, 1, 1, 1], "WireFormatException"),
    };

    // The head is the answer; whoever reads its body sees how it ends. Noise within a length cannot be told from content.
    private static readonly Dictionary<FaultKind, string> InTheBody = new()
    {
        [FaultKind.Latency] = "hello",
        [FaultKind.Bandwidth] = "hello",
        [FaultKind.OneByteWrites] = "hello",
        [FaultKind.Stall] = "TransportException Timeout Idle",
        [FaultKind.Reset] = "TransportException ConnectionLost",
        [FaultKind.HalfClose] = "IntegrityException",
        [FaultKind.Truncate] = "IntegrityException",
        [FaultKind.Garbage] = "he and noise",
    };

    // RFC 9110 §15, RFC 6585, RFC 8470: 408, 425 and 429 say that nothing was done (Refused); 502, 503 and 504 that it may be done later,
    // not that it was not; 500 and 501 say nothing of later.
    private static readonly Dictionary<int, int[]> Statuses = new()
    {
        [408] = [3, 3, 3, 1, 3, 1],
        [425] = [3, 3, 3, 1, 3, 1],
        [429] = [3, 3, 3, 1, 3, 1],
        [500] = [1, 1, 1, 1, 1, 1],
        [501] = [1, 1, 1, 1, 1, 1],
        [502] = [3, 3, 3, 1, 1, 1],
        [503] = [3, 3, 3, 1, 1, 1],
        [504] = [3, 3, 3, 1, 1, 1],
    };

    public static TheoryData<FaultKind, int, string> Heads
    {
        get
        {
            var data = new TheoryData<FaultKind, int, string>();
            foreach (int at in (int[])[0, 5, 25])
            {
                foreach (Fault fault in Fault.All(at))
                {
                    foreach (string kind in Kinds) data.Add(fault.Kind, at, kind);
                }
            }

            return data;
        }
    }

    public static TheoryData<FaultKind, string> Bodies
    {
        get
        {
            var data = new TheoryData<FaultKind, string>();
            foreach (Fault fault in Fault.All(2))
            {
                foreach (string kind in Kinds.Where(static kind => kind is not "HEAD")) data.Add(fault.Kind, kind);
            }

            return data;
        }
    }

    public static TheoryData<int, string> Answers
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (int status in Statuses.Keys)
            {
                foreach (string kind in Kinds) data.Add(status, kind);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task A_fault_before_the_end_of_the_head(FaultKind kind, int afterBytes, string request)
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Routes.On("*", "/").Respond("hello");
        FaultRule rule = bench.Server.Faults.Add(Fault.All(afterBytes).Single(fault => fault.Kind == kind)).On(static line => line.EndsWith("HTTP/1.1", StringComparison.Ordinal));
        string outcome = await bench.DriveAsync(bench.OutcomeAsync(request, reads: false), rule);
        (int[] requests, string expected) = BeforeTheEndOfTheHead[kind];
        Assert.Equal((expected, requests[Array.IndexOf(Kinds, request)]), (outcome, bench.Server.Calls.Count));
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_fault_in_the_body_is_told_to_its_reader_and_asks_nothing_again(FaultKind kind, string request)
    {
        await using var bench = await Bench.StartAsync();
        // Nothing of the body is sent before the client has the head: a reset would overtake it.
        bench.Server.Routes.On("*", "/").Handle(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentLength = 5;
            await context.Response.Body.FlushAsync();
            await bench.HasHead.Task;
            await context.Response.Body.WriteAsync("hello"u8.ToArray());
        });
        FaultRule rule = bench.Server.Faults.Add(Fault.All(2).Single(fault => fault.Kind == kind)).Following("\r\n\r\n"u8);
        string outcome = await bench.DriveAsync(bench.OutcomeAsync(request, reads: true), rule);
        if (outcome.StartsWith("he", StringComparison.Ordinal) && outcome is not "hello") outcome = "he and noise";
        Assert.Equal((InTheBody[kind], 1), (outcome, bench.Server.Calls.Count));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_status_is_tried_again_when_it_says_that_later_may_be_better(int status, string request)
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Routes.On("*", "/").Respond(status, "no");
        string outcome = await bench.DriveAsync(bench.OutcomeAsync(request, reads: false), null);
        Assert.Equal((status == 200 ? "answer" : $"answer {status}", Statuses[status][Array.IndexOf(Kinds, request)]), (outcome, bench.Server.Calls.Count));
    }

    // Noise that is no line yet when the connection ends.
    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task What_is_not_HTTP_is_not_asked_for_again(string request)
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Routes.On("*", "/").RespondRaw("lskdu018973t09sylgasjkfg1][]'./.sdlv"u8);
        Assert.Equal(("WireFormatException", 1), (await bench.DriveAsync(bench.OutcomeAsync(request, reads: false), null), bench.Server.Calls.Count));
    }

    // NotSent: even POST, but not a body that is gone.
    [Theory]
    [InlineData("GET", 3)]
    [InlineData("HEAD", 3)]
    [InlineData("PUT", 3)]
    [InlineData("PUT once", 1)]
    [InlineData("POST", 3)]
    [InlineData("POST once", 1)]
    public async Task Without_a_connection_nothing_was_sent(string request, int dials)
    {
        await using var bench = await Bench.StartAsync(refuses: true);
        string outcome = await bench.DriveAsync(bench.OutcomeAsync(request, reads: false), null);
        Assert.Equal(("TransportException Connect", dials), (outcome, bench.Dials));
    }

    [Theory]
    [InlineData(503, "7", 7)]
    [InlineData(429, "7", 7)]
    [InlineData(503, "date", 7)]
    [InlineData(503, "0", 0)]
    [InlineData(503, "past", 0)]
    [InlineData(503, "soon", 0)]
    public async Task Retry_After_is_waited_to_the_tick(int status, string value, int seconds)
    {
        await using var bench = await Bench.StartAsync(TimeSpan.Zero);
        string field = value switch
        {
            "date" => (bench.Time.GetUtcNow() + TimeSpan.FromSeconds(seconds)).ToString("R", CultureInfo.InvariantCulture),
            "past" => (bench.Time.GetUtcNow() - TimeSpan.FromSeconds(5)).ToString("R", CultureInfo.InvariantCulture),
            _ => value,
        };
        bench.Server.Routes.On("*", "/").Respond(status).Header("Retry-After", field).Then.Respond("hello");
        Task<string> asking = bench.OutcomeAsync("GET", reads: false);
        if (seconds > 0)
        {
            await bench.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken).WaitAsync(Safety);
            bench.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Single(bench.Server.Calls);
            Assert.Equal(TimeSpan.FromTicks(1), bench.Time.NextTimer);
            bench.Time.Advance(TimeSpan.FromTicks(1));
        }

        Assert.Equal("answer", await bench.DriveAsync(asking, null));
        Assert.Equal((2, TimeSpan.FromSeconds(seconds)), (bench.Server.Calls.Count, bench.Time.Elapsed));
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_longest_wait_ends_the_retries_with_the_answer()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Routes.On("*", "/").Respond(503).Header("Retry-After", "31");
        Assert.Equal("answer 503", await bench.DriveAsync(bench.OutcomeAsync("GET", reads: false), null));
        Assert.Single(bench.Server.Calls);
    }

    /// <summary>A connection that was used before and ends under a request: the request goes to a new one, once, unless it could have been applied.</summary>
    [Theory]
    [InlineData("GET", 2, "answer")]
    [InlineData("HEAD", 2, "answer")]
    [InlineData("POST", 1, "TransportException ConnectionLost")]
    public async Task A_reused_connection_that_died_costs_no_attempt(string request, int requests, string expected)
    {
        await using var bench = await Bench.StartAsync(attempts: 1);
        bench.Server.Routes.On("*", "/").Respond("hello");
        Assert.Equal("hello", await bench.DriveAsync(bench.OutcomeAsync("GET", reads: true), null));
        bench.Server.Calls.Clear();
        FaultRule rule = bench.Server.Faults.TruncateAfterBytes(0).On(static line => line.EndsWith("HTTP/1.1", StringComparison.Ordinal)).Once();
        string outcome = await bench.DriveAsync(bench.OutcomeAsync(request, reads: false), rule);
        Assert.Equal((expected, requests), (outcome, bench.Server.Calls.Count));
    }

    private sealed class Bench : IAsyncDisposable
    {
        private HttpSession _http = null!;

        public VirtualTime Time { get; } = new();

        public MockHttpServer Server { get; private set; } = null!;

        public TaskCompletionSource HasHead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Dials { get; private set; }

        public static async Task<Bench> StartAsync(TimeSpan? delay = null, int attempts = Attempts, bool refuses = false)
        {
            var bench = new Bench();
            bench.Server = await MockHttpServer.StartInMemoryAsync(new() { TimeProvider = bench.Time });
            HttpSessionOptions options = bench.Server.ClientOptions with
            {
                Deadlines = Deadlines.Default with { Command = Silence, Idle = Silence, Connect = Silence },
                Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = delay ?? TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(30), Budget = TimeSpan.FromDays(1) },
            };
            if (refuses) options = options with { Transport = options.Transport with { Dialer = new Refusing(bench) } };
            bench._http = new HttpSession(options);
            return bench;
        }

        public async ValueTask DisposeAsync()
        {
            await _http.DisposeAsync();
            await Server.DisposeAsync();
        }

        public async Task<string> OutcomeAsync(string request, bool reads)
        {
            HttpContent? content = request switch
            {
                "PUT" or "POST" => new ByteArrayContent([1, 2, 3]),
                "PUT once" or "POST once" => new OnceContent(),
                _ => null,
            };
            try
            {
                using HttpReply reply = await _http.SendAsync(new HttpMethod(request.Split(' ')[0]), Server.Url.AbsoluteUri, content);
                HasHead.TrySetResult();
                return reads ? await reply.ReadTextAsync() : reply.IsSuccess ? "answer" : $"answer {(int)reply.Status}";
            }
            catch (TransportException failure)
            {
                return $"TransportException {failure.Error} {failure.Phase}".TrimEnd();
            }
            catch (ProtocolClientException failure)
            {
                return failure.GetType().Name;
            }
        }

        /// <summary>Moves time for every short wait, and past the deadlines when a stall has struck: nothing else takes time here.</summary>
        public async Task<string> DriveAsync(Task<string> work, FaultRule? rule)
        {
            using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
            int stalls = 0;
            while (!work.IsCompleted)
            {
                safety.Token.ThrowIfCancellationRequested();
                if (Time.NextTimer is { } next && next <= TimeSpan.FromSeconds(60)) Time.Advance(next);
                else if (rule is { Fault.Kind: FaultKind.Stall } && rule.Strikes > stalls && Time.NextTimer is not null)
                {
                    stalls++;
                    Time.Advance(Silence);
                }
                else
                {
                    await Task.Yield();
                }
            }

            return await work;
        }

        private sealed class Refusing(Bench bench) : IDialer
        {
            public ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
            {
                bench.Dials++;
                throw new TransportException(TransportError.Connect, "Refused.", new SocketException((int)SocketError.ConnectionRefused)) { Delivery = Delivery.NotSent };
            }
        }
    }

    /// <summary>A body that cannot be had a second time.</summary>
    private sealed class OnceContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(new byte[] { 1, 2, 3 }).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 3;
            return true;
        }
    }
}
