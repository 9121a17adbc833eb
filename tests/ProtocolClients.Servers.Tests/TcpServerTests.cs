using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Servers.Tests;

public sealed class TcpServerTests
{
    [Fact]
    public async Task Port_zero_gives_the_real_port_and_a_client_is_served()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync);
        Assert.NotEqual(0, server.EndPoint.Port);
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("one\r\ntwo\r\n");
        Assert.Equal("echo one", await client.LineAsync());
        Assert.Equal("echo two", await client.LineAsync());
        Assert.Equal(1, server.ActiveConnections);
    }

    [Fact]
    public async Task A_handler_that_returns_closes_the_connection_and_the_client_reads_everything_to_the_end()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) => await connection.WriteLineAsync("bye", ct));
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("bye\r\n", await client.ToEndAsync());
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "no connection is left");
    }

    [Fact]
    public async Task A_handler_that_fails_closes_only_its_own_connection()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            if (await connection.ReadLineAsync(ct) == "fail") throw new InvalidOperationException("meant to");
            await connection.WriteLineAsync("fine", ct);
        });
        await using Stream other = await TestKit.DialAsync(server.EndPoint);
        await using Stream failing = await TestKit.DialAsync(server.EndPoint);
        await failing.SendAsync("fail\r\n");
        Assert.Equal("", await failing.ToEndAsync());
        await other.SendAsync("go on\r\n");
        Assert.Equal("fine", await other.LineAsync());
    }

    [Fact]
    public async Task An_aborted_connection_is_a_reset_for_the_client()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            await connection.ReadLineAsync(ct);
            connection.Abort();
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("x\r\n");
        var lost = await Assert.ThrowsAsync<IOException>(() => client.ToEndAsync());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(lost.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task An_abort_while_the_handler_waits_in_a_read_is_a_reset_too_and_wakes_it()
    {
        var connected = new TaskCompletionSource<ServerConnection>();
        var woken = new TaskCompletionSource<Exception>();
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, _) =>
        {
            connected.SetResult(connection);
            try
            {
                await connection.ReadLineAsync(CancellationToken.None);
            }
            catch (Exception failure)
            {
                woken.SetResult(failure);
                throw;
            }
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        ServerConnection live = await connected.Task.WaitAsync(TestKit.Safety);
        live.Abort();
        Assert.IsAssignableFrom<OperationCanceledException>(await woken.Task.WaitAsync(TestKit.Safety));
        Assert.True(live.Aborted.IsCancellationRequested);
        await Assert.ThrowsAsync<IOException>(() => client.ToEndAsync());
    }

    [Fact]
    public async Task A_close_while_the_handler_waits_is_an_end_for_the_client_and_wakes_the_handler()
    {
        var connected = new TaskCompletionSource<ServerConnection>();
        var woken = new TaskCompletionSource<Exception>();
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            await connection.WriteLineAsync("that is all", ct);
            connected.SetResult(connection);
            woken.SetResult(await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.ReadLineAsync(CancellationToken.None).AsTask()));
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        ServerConnection live = await connected.Task.WaitAsync(TestKit.Safety);
        live.Close();
        Assert.Equal("that is all\r\n", await client.ToEndAsync());
        await woken.Task.WaitAsync(TestKit.Safety);
        Assert.True(live.Aborted.IsCancellationRequested);
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "it is closed");
    }

    [Fact]
    public async Task A_layer_learns_its_connection_and_can_end_what_is_sent_in_the_middle_of_a_write()
    {
        long id = 0;
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            async (connection, ct) => await connection.WriteLineAsync("0123456789", ct),
            new ServerOptions
            {
                Wrap = (connection, raw) =>
                {
                    id = connection.Id;
                    return new CuttingStream((NetworkStream)raw, connection.Control);
                },
            });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("01234", await client.ToEndAsync());
        Assert.Equal(1, id);
    }

    [Fact]
    public async Task A_half_close_ends_one_direction_and_leaves_the_other_open()
    {
        var got = new TaskCompletionSource<string?>();
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            await connection.WriteLineAsync("that is all", ct);
            await connection.CompleteWritesAsync();
            got.SetResult(await connection.ReadLineAsync(ct));
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        Assert.Equal("that is all\r\n", await client.ToEndAsync());
        await client.SendAsync("still here\r\n");
        Assert.Equal("still here", await got.Task.WaitAsync(TestKit.Safety));
    }

    [Fact]
    public async Task The_last_answer_arrives_and_a_client_that_is_still_sending_is_not_reset()
    {
        // Time stands still, so the moment that such a client gets does not end during the test.
        await using var server = TcpServer.Start(
            TestKit.AnyPort,
            static async (connection, ct) =>
            {
                await connection.ReadLineAsync(ct);
                await connection.WriteLineAsync("421 enough", ct);
            },
            new ServerOptions { TimeProvider = new FakeTime() });
        for (int round = 0; round < 5; round++)
        {
            await using (NetworkStream client = await TestKit.DialAsync(server.EndPoint))
            {
                await client.SendAsync("x\r\n" + new string('y', 100_000));
                Assert.Equal("421 enough\r\n", await client.ToEndAsync());
                for (int more = 0; more < 10; more++) await client.SendAsync(new string('z', 1000));
            }

            await TestKit.UntilAsync(() => server.ActiveConnections == 0, "the connection has ended");
        }
    }

    [Fact]
    public async Task A_client_that_never_ends_after_the_last_answer_is_closed_in_time()
    {
        var time = new FakeTime();
        await using var server = TcpServer.Start(
            TestKit.AnyPort, static async (connection, ct) => await connection.ReadLineAsync(ct), new ServerOptions { TimeProvider = time });
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("x\r\n" + new string('y', 100_000));
        Assert.Equal("", await client.ToEndAsync());
        await TestKit.UntilAsync(() => time.ArmedTimers == 1, "the server waits for the client");
        Assert.Equal(1, server.ActiveConnections);
        time.Advance(TimeSpan.FromSeconds(2));
        await TestKit.UntilAsync(() => server.ActiveConnections == 0, "the connection has ended");
    }

    [Fact]
    public async Task Large_writes_of_several_tasks_go_out_whole()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, static (connection, ct) => Task.WhenAll(
            "abcdefgh".Select(letter => Task.Run(() => connection.WriteLineAsync(new string(letter, 300_000), ct).AsTask(), ct))));
        await using NetworkStream client = await TestKit.DialAsync(server.EndPoint);
        string[] lines = (await client.ToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            "abcdefgh".Select(static letter => new string(letter, 300_000)), lines.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_told_at_the_start()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync);
        var failure = Assert.Throws<SocketException>(() => TcpServer.Start(server.EndPoint, TestKit.EchoAsync));
        Assert.Equal(SocketError.AddressAlreadyInUse, failure.SocketErrorCode);
    }

    [Fact]
    public async Task The_same_port_can_be_served_again_at_once()
    {
        IPEndPoint endPoint;
        await using (var first = TcpServer.Start(TestKit.AnyPortOfItsOwn, TestKit.EchoAsync))
        {
            endPoint = first.EndPoint;
            await using Stream client = await TestKit.DialAsync(endPoint);
            await client.SendAsync("x\r\n");
            await client.LineAsync();
            await first.StopAsync(TimeSpan.Zero);
        }

        await using var second = TcpServer.Start(endPoint, TestKit.EchoAsync);
        Assert.Equal(endPoint, second.EndPoint);
    }

    private sealed class CuttingStream(NetworkStream inner, IConnectionControl control) : NetworkStream(inner.Socket, ownsSocket: true)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer[..5], cancellationToken);
            control.CompleteWrites();
        }
    }
}
