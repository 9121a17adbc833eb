using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Pooling;

/// <summary>Many tasks at once: nothing is lost, nothing is shared, nothing stays open.</summary>
public sealed class ConnectionPoolStressTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    [InlineData(3, 7)]
    public async Task Many_tasks_that_lease_break_and_cancel_lose_nothing(int seed, int max)
    {
        var server = new FakeServer { BeforeOpen = _ => Task.Run(Task.CompletedTask.GetAwaiter) };
        var pool = new ConnectionPool<FakeConnection>(server.OpenAsync, new PoolOptions { MaxConnections = max });
        await Task.WhenAll(Enumerable.Range(0, 64).Select(n => Task.Run(() => WorkAsync(pool, new Random((seed * 1000) + n)))))
            .WaitAsync(TimeSpan.FromMinutes(2));

        (int places, int idle, int waiting) = pool.Count(FakeServer.Key);
        Assert.Equal((server.OpenNow, server.OpenNow, 0), (places, idle, waiting));
        Assert.InRange(server.MostOpen, 1, max);

        // Every place still works.
        Lease<FakeConnection>[] all = await Task.WhenAll(Enumerable.Range(0, max).Select(_ => pool.Take().Soon()));
        foreach (Lease<FakeConnection> lease in all) await lease.DisposeAsync();
        await pool.DisposeAsync();
        Assert.Equal(0, server.OpenNow);
    }

    private static async Task WorkAsync(ConnectionPool<FakeConnection> pool, Random random)
    {
        for (int i = 0; i < 200; i++)
        {
            using var cancel = new CancellationTokenSource();
            int action = random.Next(6);
            Task<Lease<FakeConnection>> taking = pool.Take(cancellationToken: cancel.Token);
            if (action == 0)
            {
                if (random.Next(2) == 0) await Task.Yield();
                await cancel.CancelAsync();
            }

            Lease<FakeConnection> lease;
            try
            {
                lease = await taking;
            }
            catch (OperationCanceledException) when (action == 0)
            {
                continue;
            }

            FakeConnection connection = lease.Connection;
            Assert.False(connection.IsClosed || connection.WasBroken);
            Assert.Equal(1, Interlocked.Increment(ref connection.Users));
            if (random.Next(2) == 0) await Task.Yield();
            if (action == 1) lease.Break();
            if (action == 2) connection.IsUsable = false;
            connection.WasBroken = action is 1 or 2;
            Interlocked.Decrement(ref connection.Users);
            await lease.DisposeAsync();
        }
    }
}
