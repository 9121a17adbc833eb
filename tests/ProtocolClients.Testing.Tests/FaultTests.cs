
namespace ProtocolClients.Testing.Tests;

/// <summary>Each fault as a raw client sees it, over sockets and in memory.</summary>
public sealed class FaultTests
{
    private const string Ask = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Truncation_lets_exactly_so_many_bytes_pass_and_closes_in_order(bool memory)
    {
        await using MockHttpServer server = await StartAsync(memory);
        server.Faults.TruncateAfterBytes(20);
        (string text, bool wasReset) = await AskAsync(server);
        Assert.Equal("HTTP/1.1 200 OK\r\nCon", text);
        Assert.False(wasReset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reset_is_an_error_for_the_client_not_an_end(bool memory)
    {
        await using MockHttpServer server = await StartAsync(memory);
        FaultRule rule = server.Faults.ResetAfterBytes(3).Once();
        (string text, bool wasReset) = await AskAsync(server);
        Assert.True(wasReset);
        Assert.StartsWith(text, "HTT", StringComparison.Ordinal);
        Assert.Equal(1, rule.Strikes);
        Assert.Contains("--- (reset after 3 bytes)", server.Transcript.Text, StringComparison.Ordinal);

        Assert.EndsWith("hello", await Raw.GetAsync(server, "/a"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_half_close_ends_what_is_sent_while_the_server_goes_on_reading(bool memory)
    {
        await using MockHttpServer server = await StartAsync(memory);
        server.Routes.Post("/a").Respond(204);
        server.Faults.HalfCloseAfterBytes(8).Once();
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask);
        Assert.Equal(("HTTP/1.1", false), await Raw.ReadToEndAsync(stream));
        await Raw.SendAsync(stream, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nmore");
        await server.Calls.WaitForAsync(each => each.Method is "POST").WaitAsync(Raw.Safety);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stall_is_silence_on_an_open_connection_and_passes_on_virtual_time(bool memory)
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await StartAsync(memory, time);
        FaultRule rule = server.Faults.StallAfterBytes(12, TimeSpan.FromMinutes(5)).Once();
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask);
        await rule.WaitForStrikeAsync().WaitAsync(Raw.Safety);
        Assert.Equal("HTTP/1.1 200", await Raw.ReadUntilAsync(stream, "200"));
        ValueTask<int> next = stream.ReadAsync(new byte[1]);
        await time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, await next.AsTask().WaitAsync(Raw.Safety));
        Assert.EndsWith("hello", await Raw.ReadUntilAsync(stream, "hello"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stall_without_end_ends_with_the_server()
    {
        MockHttpServer server = await StartAsync(memory: false);
        FaultRule rule = server.Faults.StallAfterBytes(0);
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask);
        await rule.WaitForStrikeAsync().WaitAsync(Raw.Safety);
        await server.DisposeAsync().AsTask().WaitAsync(Raw.Safety);
        Assert.Equal("", (await Raw.ReadToEndAsync(stream)).Text);
    }

    [Fact]
    public async Task Garbage_is_put_between_the_bytes()
    {
        await using MockHttpServer server = await StartAsync(memory: false);
        server.Faults.GarbageAfterBytes(15, 7).Once();
        string text = await Raw.GetAsync(server, "/a");
        Assert.Equal("HTTP/1.1 200 OK", text[..15]);
        Assert.Equal("\r\n", text[22..24]);
        Assert.NotEqual("\r\nContent", text[15..24]);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        async Task<string> NoiseAsync(int seed)
        {
            await using MockHttpServer server = await StartAsync(memory: true);
            server.Faults.Seed = seed;
            server.Faults.GarbageAfterBytes(0, 64);
            return (await Raw.GetAsync(server, "/a"))[..64] + (await Raw.GetAsync(server, "/a"))[..64];
        }

        string first = await NoiseAsync(7);
        Assert.Equal(first, await NoiseAsync(7));
        Assert.NotEqual(first, await NoiseAsync(8));
        Assert.NotEqual(first[..64], first[64..]);
    }

    [Fact]
    public async Task Jitter_comes_from_the_seed()
    {
        async Task<TimeSpan> DelayAsync(int seed)
        {
            var time = new VirtualTime();
            await using MockHttpServer server = await StartAsync(memory: true, time);
            server.Faults.Seed = seed;
            server.Faults.Latency(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
            Task<string> reply = Raw.GetAsync(server, "/a");
            TimeSpan delay = await time.AdvanceToNextTimerAsync().WaitAsync(Raw.Safety);
            server.Faults.Clear();
            Assert.EndsWith("hello", await reply, StringComparison.Ordinal);
            return delay;
        }

        TimeSpan first = await DelayAsync(3);
        Assert.InRange(first, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(11));
        Assert.Equal(first, await DelayAsync(3));
        Assert.NotEqual(first, await DelayAsync(4));
    }

    [Fact]
    public async Task One_byte_writes_arrive_one_at_a_time()
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await StartAsync(memory: true, time);
        server.Faults.OneByteWrites(TimeSpan.FromSeconds(1));
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask);
        byte[] buffer = new byte[100];
        foreach (char expected in "HTTP/1.1")
        {
            await time.AdvanceToNextTimerAsync().WaitAsync(Raw.Safety);
            Assert.Equal(1, await stream.ReadAsync(buffer).AsTask().WaitAsync(Raw.Safety));
            Assert.Equal(expected, (char)buffer[0]);
        }
    }

    [Fact]
    public async Task Bandwidth_takes_the_time_that_the_bytes_take()
    {
        var time = new VirtualTime();
        await using MockHttpServer server = await StartAsync(memory: true, time);
        server.Routes.Get("/big").Respond(new byte[10_000]);
        server.Faults.Bandwidth(1000).On("GET /big");
        Task<string> reply = Raw.GetAsync(server, "/big");
        while (!reply.IsCompleted)
        {
            Task<TimeSpan> step = time.AdvanceToNextTimerAsync();
            await Task.WhenAny(step, reply).WaitAsync(Raw.Safety);
        }

        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10.5));
    }

    [Fact]
    public async Task Every_nth_connection_is_struck()
    {
        await using MockHttpServer server = await StartAsync(memory: true);
        FaultRule rule = server.Faults.ResetAfterBytes(0).EveryNth(3);
        var resets = new List<bool>();
        for (int i = 0; i < 7; i++) resets.Add((await AskAsync(server)).WasReset);
        Assert.Equal([false, false, true, false, false, true, false], resets);
        Assert.Equal(2, rule.Strikes);
    }

    [Fact]
    public async Task A_fault_on_a_command_strikes_the_answer_to_it_only()
    {
        await using MockHttpServer server = await StartAsync(memory: true);
        server.Routes.Get("/b").Respond("bbb");
        server.Faults.TruncateAfterBytes(4).On("get /b");
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask);
        await Raw.ReadUntilAsync(stream, "hello");
        await Raw.SendAsync(stream, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(("HTTP", false), await Raw.ReadToEndAsync(stream));
    }

    [Fact]
    public async Task Bytes_can_be_counted_from_the_body()
    {
        await using MockHttpServer server = await StartAsync(memory: true);
        server.Faults.TruncateAfterBytes(3).Following("\r\n\r\n"u8);
        Assert.EndsWith("\r\n\r\nhel", await Raw.GetAsync(server, "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_can_strike_what_the_server_receives()
    {
        await using MockHttpServer server = await StartAsync(memory: false);
        server.Routes.Put("/up").Respond(201);
        FaultRule rule = server.Faults.ResetAfterBytes(100).Following("\r\n\r\n"u8).Receiving().On("PUT");
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, "PUT /up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
        await Raw.SendAsync(stream, new string('x', 500));
        await rule.WaitForStrikeAsync().WaitAsync(Raw.Safety);
        Assert.True((await Raw.ReadToEndAsync(stream)).WasReset);
        Assert.InRange(server.Calls.Single("PUT", "/up").BodyLength, 0, 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_tls_a_fault_counts_the_protocol_s_bytes_or_with_OnWire_the_records(bool onWire)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, Versions = MockHttpVersions.Http1 });
        server.Routes.Get("/a").Respond("hello");
        FaultRule rule = server.Faults.TruncateAfterBytes(10);
        if (!onWire)
        {
            await using Stream tls = await Raw.ConnectTlsAsync(server);
            await Raw.SendAsync(tls, Ask);
            Assert.StartsWith("HTTP/1.1 2", (await Raw.ReadToEndAsync(tls)).Text, StringComparison.Ordinal);
            return;
        }

        rule.OnWire();
        await Assert.ThrowsAnyAsync<IOException>(() => Raw.ConnectTlsAsync(server));
    }

    [Fact]
    public async Task The_list_of_faults_has_every_kind_and_each_strikes()
    {
        Assert.Equal(Enum.GetValues<FaultKind>(), Fault.All().Select(fault => fault.Kind).Order());
        foreach (Fault fault in Fault.All(3))
        {
            await using MockHttpServer server = await StartAsync(memory: false);
            FaultRule rule = server.Faults.Add(fault);
            await using Stream stream = await Raw.ConnectAsync(server);
            await Raw.SendAsync(stream, Ask.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal));
            await rule.WaitForStrikeAsync().WaitAsync(Raw.Safety);
            if (fault.Kind == FaultKind.Stall) continue;
            (string text, _) = await Raw.ReadToEndAsync(stream);
            Assert.Equal(fault.IsFatal, !text.EndsWith("hello", StringComparison.Ordinal) || fault.Kind == FaultKind.Garbage);
        }
    }

    [Fact]
    public void What_cannot_be_is_refused_when_it_is_said()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Reset(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Bandwidth(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Garbage(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fault.Stall(0, TimeSpan.Zero));
    }

    private static async Task<MockHttpServer> StartAsync(bool memory, TimeProvider? time = null)
    {
        MockHttpServer server = await MockHttpServer.StartAsync(new() { InMemory = memory, TimeProvider = time ?? TimeProvider.System });
        server.Routes.Get("/a").Respond("hello");
        return server;
    }

    private static async Task<(string Text, bool WasReset)> AskAsync(MockHttpServer server)
    {
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, Ask.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal));
        return await Raw.ReadToEndAsync(stream);
    }
}
