using System.Net.Sockets;

namespace ProtocolClients.Servers.Tests;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task One_at_a_time_serves_in_order_of_arrival_and_never_two_at_once()
    {
        int running = 0;
        int most = 0;
        var order = new List<long>();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                order.Add(connection.Id);
                await TestKit.EchoAsync(connection, ct);
                Interlocked.Decrement(ref running);
            },
            new ServerOptions { Concurrency = ServerConcurrency.OneAtATime });

        var clients = new List<NetworkStream>();
        for (int n = 1; n <= 20; n++)
        {
            clients.Add(await TestKit.DialAsync(server.EndPoint));
            await TestKit.UntilAsync(() => server.AcceptedConnections == n, "the connection is in the line");
        }

        foreach (NetworkStream client in clients)
        {
            await client.SendAsync("me\r\n");
            Assert.Equal("echo me", await client.LineAsync());
            await client.DisposeAsync();
        }

        Assert.Equal(1, most);
        Assert.Equal(Enumerable.Range(1, 20).Select(static n => (long)n), order);
    }

    [Fact]
    public async Task A_client_that_holds_the_only_turn_keeps_the_next_one_waiting()
    {
        await using var server = TcpServer.Start(
            TestKit.AnyPort, TestKit.EchoAsync, new ServerOptions { Concurrency = ServerConcurrency.Bounded(1) });
        await using NetworkStream first = await TestKit.DialAsync(server.EndPoint);
        await first.SendAsync("1\r\n");
        Assert.Equal("echo 1", await first.LineAsync());
        await using NetworkStream second = await TestKit.DialAsync(server.EndPoint);
        await second.SendAsync("2\r\n");
        await TestKit.UntilAsync(() => server.ActiveConnections == 2, "both are connected");
        await first.SendAsync("1 again\r\n");
        Assert.Equal("echo 1 again", await first.LineAsync());
        Assert.Equal(0, second.Socket.Available);
        await first.DisposeAsync();
        Assert.Equal("echo 2", await second.LineAsync());
    }

    [Fact]
    public async Task Unbounded_runs_all_handlers_at_once()
    {
        const int Count = 100;
        int arrived = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            // Nobody passes before everybody is here.
            if (Interlocked.Increment(ref arrived) == Count) all.SetResult();
            await all.Task.WaitAsync(ct);
            await connection.WriteLineAsync("all here", ct);
        });
        string[] answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
            return await client.ToEndAsync();
        })).WaitAsync(TestKit.Safety);
        Assert.All(answers, static answer => Assert.Equal("all here\r\n", answer));
    }

    [Fact]
    public async Task A_thousand_clients_at_once_are_all_served_by_eight_handlers()
    {
        const int Count = 1000;
        int running = 0;
        int most = 0;
        var gate = new Lock();
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) =>
            {
                lock (gate) most = Math.Max(most, ++running);
                await connection.WriteLineAsync("echo " + await connection.ReadLineAsync(ct), ct);
                lock (gate) running--;
            },
            new ServerOptions { Concurrency = ServerConcurrency.Bounded(8) });
        await Task.WhenAll(Enumerable.Range(0, Count).Select(async n =>
        {
            await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
            await client.SendAsync($"{n}\r\n");
            Assert.Equal($"echo {n}\r\n", await client.ToEndAsync());
        })).WaitAsync(TestKit.Safety);
        Assert.InRange(most, 1, 8);
        Assert.Equal(Count, server.AcceptedConnections);
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "no connection is left");
    }

    [Fact]
    public void A_bound_below_one_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => ServerConcurrency.Bounded(0));
}
