using ProtocolClients.Testing.Tests.Ftp;

namespace ProtocolClients.Testing.Tests;

/// <summary>A long line between a server and its clients, on virtual time.</summary>
public sealed class LatencyTests
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(10);

    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_costs_a_round_trip_and_each_question_one_more(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        // SYN, SYN ACK, ACK, greeting.
        await using FtpRaw raw = await InTimeAsync(FtpRaw.ConnectAsync(server), OneWay * 4);
        Assert.StartsWith("331 ", await InTimeAsync(raw.AskAsync("USER ann"), OneWay * 2), StringComparison.Ordinal);
        Assert.StartsWith("230 ", await InTimeAsync(raw.AskAsync("PASS secret"), OneWay * 2), StringComparison.Ordinal);

        // What is sent at once costs one round trip.
        await raw.SendAsync("NOOP\r\nNOOP\r\nNOOP\r\n");
        await InTimeAsync(ThreeAsync(raw), OneWay * 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Data_arrives_two_round_trips_after_its_dial_and_with_it_the_reply(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        byte[] content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        server.Files["big"] = content;
        await using FtpRaw raw = await InTimeAsync(FtpRaw.LoginAsync(server), OneWay * 10);
        Stream data = await InTimeAsync(raw.PassiveAsync(), OneWay * 2);
        // The line is as old as the server's knowledge of it.
        using (var safety = new CancellationTokenSource(Raw.Safety, TimeProvider.System))
        {
            while (server.OpenDataConnections == 0)
            {
                safety.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        await raw.SendAsync("RETR big\r\n");
        Task<(string Text, bool WasReset)> all = Raw.ReadToEndAsync(data);
        (string text, _) = await InTimeAsync(all, OneWay * 4);
        Assert.Equal(content, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.StartsWith("150 ", await InTimeAsync(raw.ReplyAsync(), TimeSpan.Zero), StringComparison.Ordinal);
        Assert.StartsWith("226 ", await InTimeAsync(raw.ReplyAsync(), TimeSpan.Zero), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_word_arrives_before_the_end()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        await using FtpRaw raw = await InTimeAsync(FtpRaw.ConnectAsync(server), OneWay * 4);
        await raw.SendAsync("QUIT\r\n");
        Task<(string Text, bool WasReset)> all = Raw.ReadToEndAsync(raw.Control);
        await PassAsync(all);
        (string text, bool wasReset) = await all;
        Assert.StartsWith("221 ", text, StringComparison.Ordinal);
        Assert.False(wasReset);
    }

    [Fact]
    public async Task Web_servers_are_far_away_too()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync(new() { Latency = OneWay, TimeProvider = _time });
        server.Routes.Get("/a").Respond("hi");
        await using Stream stream = await Raw.ConnectAsync(server);
        await Raw.SendAsync(stream, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        await InTimeAsync(Raw.ReadUntilAsync(stream, "\r\n\r\nhi"), OneWay * 4);
    }

    private Task<MockFtpServer> StartAsync(bool memory) =>
        MockFtpServer.StartAsync(new() { InMemory = memory, Latency = OneWay, TimeProvider = _time, DataConnectTimeout = TimeSpan.FromDays(1) });

    private static async Task ThreeAsync(FtpRaw raw)
    {
        for (int i = 0; i < 3; i++) Assert.StartsWith("200 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    private async Task InTimeAsync(Task work, TimeSpan expected)
    {
        TimeSpan before = _time.Elapsed;
        await PassAsync(work);
        await work;
        Assert.Equal(expected, _time.Elapsed - before);
    }

    private async Task<T> InTimeAsync<T>(Task<T> work, TimeSpan expected)
    {
        await InTimeAsync((Task)work, expected);
        return await work;
    }

    // Moves time from timer to timer until the work is done.
    private async Task PassAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            using var either = new CancellationTokenSource();
            Task timer = _time.WaitForTimerAsync(TimeSpan.FromMinutes(1), either.Token);
            await Task.WhenAny(work, timer).WaitAsync(Raw.Safety);
            if (!work.IsCompleted && _time.NextTimer is { } next && next < TimeSpan.FromMinutes(1)) _time.Advance(next);
            await either.CancelAsync();
        }
    }
}
