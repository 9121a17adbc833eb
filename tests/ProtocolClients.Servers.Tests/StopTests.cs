using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Servers.Tests;

public sealed class StopTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_stop_lets_handlers_that_heed_the_signal_finish_what_they_do()
    {
        await using var server = TcpServer.Start(TestKit.AnyPortOfItsOwn, async (connection, ct) =>
        {
            await connection.WriteLineAsync("hello", ct);
            await WhenCancelledAsync(connection.Stopping);
            Assert.False(ct.IsCancellationRequested);
            await connection.WriteLineAsync("421 stopping", ct);
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("hello", await client.LineAsync());
        await server.StopAsync(TimeSpan.FromMinutes(1)).WaitAsync(TestKit.Safety);
        Assert.Equal("421 stopping\r\n", await client.ToEndAsync());
        Assert.Equal(0, server.ActiveConnections);
        await Assert.ThrowsAsync<SocketException>(() => TestKit.DialAsync(server.EndPoint));
    }

    [Fact]
    public async Task What_is_left_after_the_grace_is_aborted_and_awaited()
    {
        bool ended = false;
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                await connection.WriteLineAsync("hello", ct);
                try
                {
                    await connection.ReadLineAsync(ct);
                }
                finally
                {
                    ended = true;
                }
            },
            new ServerOptions { TimeProvider = _time, LoggerFactory = _log });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("hello", await client.LineAsync());
        Task stop = server.StopAsync(TimeSpan.FromSeconds(10));
        await TestKit.UntilAsync(() => _time.ArmedTimers == 1, "the grace runs");
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(ended);
        Assert.False(stop.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stop.WaitAsync(TestKit.Safety);
        Assert.True(ended);
        await Assert.ThrowsAsync<IOException>(() => client.ToEndAsync());
        Assert.Contains(_log.Entries, static e => e.Id == 1103);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_second_stop_with_less_grace_hastens_the_first_and_both_end()
    {
        await using var server = TcpServer.Start(
            TestKit.AnyPort, TestKit.EchoAsync, new ServerOptions { TimeProvider = _time, LoggerFactory = _log });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("x\r\n");
        await client.LineAsync();
        Task patient = server.StopAsync(Timeout.InfiniteTimeSpan);
        await server.StopAsync(TimeSpan.Zero).WaitAsync(TestKit.Safety);
        await patient.WaitAsync(TestKit.Safety);
        await server.StopAsync(TimeSpan.FromMinutes(1)).WaitAsync(TestKit.Safety);
        await server.DisposeAsync().AsTask().WaitAsync(TestKit.Safety);
        Assert.Equal(1, _log.Entries.Count(static e => e.Id == 1101));
        Assert.Equal(1, _log.Entries.Count(static e => e.Id == 1102));
    }

    [Fact]
    public async Task Connections_that_wait_for_their_turn_are_closed_by_a_stop_and_never_served()
    {
        int served = 0;
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                Interlocked.Increment(ref served);
                await connection.WriteLineAsync("hello", ct);
                await WhenCancelledAsync(connection.Stopping);
            },
            new ServerOptions { Concurrency = ServerConcurrency.OneAtATime });
        await using Stream first = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("hello", await first.LineAsync());
        await using Stream second = await TestKit.DialAsync(server.EndPoint);
        await TestKit.UntilAsync(() => server.ActiveConnections == 2, "both are connected");
        await server.StopAsync(TimeSpan.FromMinutes(1)).WaitAsync(TestKit.Safety);
        Assert.Equal("", await second.ToEndAsync());
        Assert.Equal(1, served);
    }

    [Fact]
    public async Task A_hundred_connections_under_way_leave_no_handler_behind()
    {
        int running = 0;
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            Interlocked.Increment(ref running);
            try
            {
                await TestKit.EchoAsync(connection, ct);
            }
            finally
            {
                await Task.Yield();
                Interlocked.Decrement(ref running);
            }
        });
        NetworkStream[] clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => TestKit.DialAsync(server.EndPoint)));
        await TestKit.UntilAsync(() => Volatile.Read(ref running) == 100, "all are served");
        await server.StopAsync(TimeSpan.Zero).WaitAsync(TestKit.Safety);
        Assert.Equal(0, running);
        Assert.Equal(0, server.ActiveConnections);
        foreach (NetworkStream client in clients)
        {
            await Assert.ThrowsAsync<IOException>(() => client.ToEndAsync());
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Clients_that_dial_while_the_server_stops_are_served_or_turned_away_but_never_left_open()
    {
        for (int round = 0; round < 20; round++)
        {
            await using var server = TcpServer.Start(TestKit.AnyPortOfItsOwn, TestKit.EchoAsync);
            Task[] clients = [.. Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
            {
                try
                {
                    await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);

                    // Linux forgets without a word a client whose handshake ends as the listening socket closes: only its
                    // first bytes bring the reset.
                    await client.SendAsync("x\r\n");
                    await client.ToEndAsync();
                }
                catch (Exception failure) when (failure is SocketException or IOException)
                {
                    // Turned away, or reset: either is an end.
                }
            }))];
            await server.StopAsync(TimeSpan.Zero).WaitAsync(TestKit.Safety);
            await Task.WhenAll(clients).WaitAsync(TestKit.Safety);
            Assert.Equal(0, server.ActiveConnections);
        }
    }

    [Fact]
    public async Task A_stream_handed_to_a_stopped_server_is_disposed_and_refused()
    {
        var server = InMemoryServer.Start(TestKit.EchoAsync);
        await server.DisposeAsync();
        var peer = new PieceStream(["x\r\n"]);
        Assert.Throws<ObjectDisposedException>(() => { _ = server.Accept(peer); });
        Assert.True(peer.IsDisposed);
    }

    [Fact]
    public async Task A_stream_in_memory_is_served_reset_and_half_closed_like_a_socket()
    {
        var remote = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1234);
        var peer = new ControlledStream(["half\r\n", "reset\r\n"]);
        await using var server = InMemoryServer.Start(async (connection, ct) =>
        {
            Assert.Equal(remote, connection.RemoteEndPoint);
            while (await connection.ReadLineAsync(ct) is { } line)
            {
                if (line == "half") await connection.CompleteWritesAsync();
                else connection.Abort();
            }
        });
        await server.Accept(peer, remote).WaitAsync(TestKit.Safety);
        Assert.Equal(["half", "reset"], peer.Calls);
    }

    [Fact]
    public async Task A_stream_that_says_nothing_of_itself_can_come_with_its_control()
    {
        var control = new ControlledStream([]);
        await using var server = InMemoryServer.Start(static async (connection, _) => await connection.CompleteWritesAsync());
        await server.Accept(new PieceStream([]), control: control).WaitAsync(TestKit.Safety);
        Assert.Equal(["half"], control.Calls);
    }

    private static Task WhenCancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    private sealed class ControlledStream(IEnumerable<string> pieces) : PieceStream(pieces, silentAtEnd: true), IConnectionControl
    {
        public List<string> Calls { get; } = [];

        public void Abort()
        {
            Calls.Add("reset");
            Dispose();
        }

        public void CompleteWrites() => Calls.Add("half");
    }
}
