using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers.Tests;

public sealed class LimitTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task One_connection_too_many_is_closed_and_the_others_go_on()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync, With(new() { MaxConnections = 2 }));
        await using NetworkStream one = await EchoedAsync(server, "1");
        NetworkStream two = await EchoedAsync(server, "2");
        await using (NetworkStream refused = await TestKit.DialAsync(server.EndPoint)) Assert.Equal("", await refused.ToEndAsync());
        Assert.Equal(1, server.RefusedConnections);
        Assert.Contains(_log.Entries, static e => e.Id == 1111 && e.Level == LogLevel.Warning && e.Message.Contains("MaxConnections"));

        await one.SendAsync("still\r\n");
        Assert.Equal("echo still", await one.LineAsync());
        await two.DisposeAsync();
        await TestKit.UntilAsync(() => server.ActiveConnections == 1, "the second has left");
        await using NetworkStream three = await EchoedAsync(server, "3");
        Assert.Equal(3, server.AcceptedConnections);
    }

    [Fact]
    public async Task One_address_cannot_take_the_places_of_the_others()
    {
        await using var server = TcpServer.Start(
            new IPEndPoint(IPAddress.Any, 0), TestKit.EchoAsync, With(new() { MaxConnectionsPerAddress = 1 }));
        int port = server.EndPoint.Port;
        await using NetworkStream first = await TestKit.DialAsync(new IPEndPoint(IPAddress.Loopback, port));
        await first.SendAsync("1\r\n");
        Assert.Equal("echo 1", await first.LineAsync());
        await using (NetworkStream refused = await TestKit.DialAsync(new IPEndPoint(IPAddress.Loopback, port)))
            Assert.Equal("", await refused.ToEndAsync());

        var elsewhere = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        elsewhere.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await elsewhere.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.1"), port));
        await using (var other = new NetworkStream(elsewhere, ownsSocket: true))
        {
            await other.SendAsync("2\r\n");
            Assert.Equal("echo 2", await other.LineAsync());
        }

        await first.DisposeAsync();
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "both have left");
        await using NetworkStream again = await TestKit.DialAsync(new IPEndPoint(IPAddress.Loopback, port));
        await again.SendAsync("3\r\n");
        Assert.Equal("echo 3", await again.LineAsync());
    }

    [Fact]
    public async Task A_silent_peer_is_ended_after_the_idle_time_and_not_before()
    {
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            static async (connection, ct) =>
            {
                // Tells when it waits: time must not move before.
                for (Task<string?> read = connection.ReadLineAsync(ct).AsTask(); ; read = connection.ReadLineAsync(ct).AsTask())
                {
                    await connection.WriteLineAsync("waiting", ct);
                    if (await read is null) return;
                }
            },
            With(new() { IdleTimeout = TimeSpan.FromSeconds(60) }));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("waiting", await client.LineAsync());
        _time.Advance(TimeSpan.FromSeconds(59));
        await client.SendAsync("2\r\n");
        Assert.Equal("waiting", await client.LineAsync());
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, server.ActiveConnections);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("", await client.ToEndAsync());
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "it is gone");
        Assert.Contains(_log.Entries, static e => e.Id == 1123 && e.Message.Contains("Idle"));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_handler_that_works_is_not_idle()
    {
        var working = new TaskCompletionSource();
        var worked = new TaskCompletionSource();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                await connection.ReadLineAsync(ct);
                working.SetResult();
                await worked.Task.WaitAsync(ct);
                await connection.WriteLineAsync("done", ct);
            },
            With(new() { IdleTimeout = TimeSpan.FromSeconds(60) }));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("work\r\n");
        await working.Task.WaitAsync(TestKit.Safety);
        _time.Advance(TimeSpan.FromHours(1));
        worked.SetResult();
        Assert.Equal("done", await client.LineAsync());
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_idle_too()
    {
        var ended = new TaskCompletionSource<Exception>();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                ended.SetResult(await Assert.ThrowsAnyAsync<Exception>(async () =>
                {
                    while (true) await connection.WriteAsync(new byte[1 << 20], ct);
                }));
            },
            With(new() { IdleTimeout = TimeSpan.FromSeconds(60) }));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        while (!ended.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            await Task.WhenAny(ended.Task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System)).WaitAsync(TestKit.Safety);
        }

        Assert.Equal(ServerLimit.Idle, Assert.IsType<ServerLimitException>(await ended.Task).Limit);
    }

    [Fact]
    public async Task A_request_that_drips_is_ended_by_its_deadline_though_it_is_never_idle()
    {
        var ended = new TaskCompletionSource<Exception>();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                byte[] one = new byte[1];
                connection.BeginRequest();
                ended.SetResult(await Assert.ThrowsAnyAsync<Exception>(async () =>
                {
                    while (true)
                    {
                        await connection.ReadExactlyAsync(one, ct);
                        await connection.WriteAsync(one, ct);
                    }
                }));
                throw await ended.Task;
            },
            With(new() { IdleTimeout = TimeSpan.FromSeconds(10), RequestDeadline = TimeSpan.FromSeconds(30) }));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        byte[] drop = new byte[1];
        for (int second = 0; second < 30; second += 5)
        {
            Assert.False(ended.Task.IsCompleted);
            await client.WriteAsync(drop);
            await client.ReadExactlyAsync(drop).AsTask().WaitAsync(TestKit.Safety);
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(ServerLimit.Request, Assert.IsType<ServerLimitException>(await ended.Task.WaitAsync(TestKit.Safety)).Limit);
        await TestKit.UntilAsync(() => _log.Entries.Any(static e => e.Id == 1123 && e.Message.Contains("Request")), "it is logged");
    }

    [Fact]
    public async Task The_deadline_ends_with_the_request_and_starts_anew_with_the_next()
    {
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                while (await connection.ReadLineAsync(ct) is { } line)
                {
                    if (line == "begin") connection.BeginRequest();
                    else connection.EndRequest();
                    await connection.WriteLineAsync(line, ct);
                }
            },
            With(new() { RequestDeadline = TimeSpan.FromSeconds(30) }));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        foreach (string line in new[] { "begin", "begin", "begin", "end" })
        {
            await client.SendAsync(line + "\r\n");
            Assert.Equal(line, await client.LineAsync());
            _time.Advance(TimeSpan.FromSeconds(29));
        }

        _time.Advance(TimeSpan.FromHours(1));
        await client.SendAsync("end\r\n");
        Assert.Equal("end", await client.LineAsync());
    }

    [Fact]
    public async Task A_line_too_long_is_named_in_the_log_and_ends_only_its_connection()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync, With(new() { MaxLineLength = 10 }));
        await using NetworkStream other = await EchoedAsync(server, "1");
        await using NetworkStream bad = await TestKit.DialAsync(server.EndPoint);
        await bad.SendAsync(new string('x', 11) + "\r\n");
        Assert.Equal("", await bad.ToEndAsync());
        await TestKit.UntilAsync(() => _log.Entries.Any(static e => e.Id == 1123 && e.Message.Contains("LineLength")), "it is logged");
        await other.SendAsync("2\r\n");
        Assert.Equal("echo 2", await other.LineAsync());
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    public void A_limit_of_nothing_is_refused(int connections, int perAddress, int line, int seconds) =>
        Assert.Throws<ArgumentException>(() => InMemoryServer.Start(TestKit.EchoAsync, new ServerOptions
        {
            MaxConnections = connections,
            MaxConnectionsPerAddress = perAddress,
            MaxLineLength = line,
            IdleTimeout = TimeSpan.FromSeconds(seconds),
        }));

    private static async Task<NetworkStream> EchoedAsync(TcpServer server, string text)
    {
        NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync(text + "\r\n");
        Assert.Equal("echo " + text, await client.LineAsync());
        return client;
    }

    private ServerOptions With(ServerOptions options) => options with { TimeProvider = _time, LoggerFactory = _log };
}
