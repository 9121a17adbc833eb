using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Pooling;

/// <summary>Reuse, order, limits and ends of pooled connections, on virtual time.</summary>
public sealed class ConnectionPoolTests
{
    private readonly VirtualTime _time = new();
    private readonly FakeServer _server = new();

    [Fact]
    public async Task A_returned_connection_is_used_again_the_most_recent_first()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(3);
        Lease<FakeConnection>[] leases = [await pool.Take(), await pool.Take(), await pool.Take()];
        foreach (int i in (int[])[1, 0, 2]) await leases[i].DisposeAsync();
        Assert.Equal(3, (await pool.Take()).Connection.Number);
        Assert.Equal(1, (await pool.Take()).Connection.Number);
        Assert.Equal(2, (await pool.Take()).Connection.Number);
        Assert.Equal(3, _server.Opened);
    }

    [Fact]
    public async Task An_idle_connection_in_the_wanted_state_is_preferred()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(3);
        Lease<FakeConnection>[] leases = [await pool.Take(), await pool.Take(), await pool.Take()];
        leases[0].Connection.State = "/pub";
        foreach (Lease<FakeConnection> lease in leases) await lease.DisposeAsync();
        Assert.Equal(1, (await pool.Take(c => c.State == "/pub")).Connection.Number);
        Assert.Equal(3, (await pool.Take(c => c.State == "/pub")).Connection.Number);
    }

    [Fact]
    public async Task A_broken_lease_and_an_unusable_connection_are_closed_and_not_used_again()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(2);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        FakeConnection broken = one.Connection;
        FakeConnection farewelled = two.Connection;
        one.Break();
        await one.DisposeAsync();
        Assert.True(broken.IsClosed);
        farewelled.IsUsable = false;
        await two.DisposeAsync();
        Assert.False(farewelled.IsClosed);
        Assert.Equal(3, (await pool.Take()).Connection.Number);
        Assert.True(farewelled.IsClosed);
        Assert.Equal((1, 0, 0), pool.Count(FakeServer.Key));
    }

    [Fact]
    public async Task Below_an_unusable_connection_another_idle_one_is_used_before_one_is_dialed()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(2);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        two.Connection.IsUsable = false;
        await one.DisposeAsync();
        await two.DisposeAsync();
        Assert.Equal(1, (await pool.Take()).Connection.Number);
        Assert.Equal((1, 0, 0), pool.Count(FakeServer.Key));
        Assert.Equal(3, (await pool.Take().Soon()).Connection.Number);
    }

    [Fact]
    public async Task Who_waits_is_served_in_order()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        Lease<FakeConnection> current = await pool.Take();
        Task<Lease<FakeConnection>>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => pool.Take())];
        for (int i = 0; i < waiting.Length; i++)
        {
            Assert.All(waiting[i..], w => Assert.False(w.IsCompleted));
            if (i % 2 == 1) current.Break();
            await current.DisposeAsync();
            current = await waiting[i].Soon();
        }

        Assert.Equal(1, _server.MostOpen);
    }

    [Fact]
    public async Task A_cancelled_waiter_leaves_the_line_and_takes_nothing_along()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        Lease<FakeConnection> lease = await pool.Take();
        using var cancel = new CancellationTokenSource();
        Task<Lease<FakeConnection>> first = pool.Take(cancellationToken: cancel.Token);
        Task<Lease<FakeConnection>> second = pool.Take();
        await cancel.CancelAsync();
        OperationCanceledException reason = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        Assert.Equal(cancel.Token, reason.CancellationToken);
        await lease.DisposeAsync();
        Assert.Equal(1, (await second.Soon()).Connection.Number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_handed_over_in_the_moment_of_a_cancellation_is_not_lost(bool broken)
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        Lease<FakeConnection> lease = await pool.Take();
        using var cancel = new CancellationTokenSource();
        Task<Lease<FakeConnection>> first = pool.Take(cancellationToken: cancel.Token);
        Task<Lease<FakeConnection>> second = pool.Take();

        // Registered last, so called before the pool's own: the token is cancelled already, the waiter still in the line.
        cancel.Token.Register(() =>
        {
            if (broken) lease.Break();
            Assert.True(lease.DisposeAsync().AsTask().IsCompletedSuccessfully);
        });
        cancel.Cancel();
        if (broken)
        {
            // It was given the place; its dial is cancelled, and the place goes on.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        }
        else
        {
            await (await first.Soon()).DisposeAsync();
        }

        Assert.Equal(broken ? 2 : 1, (await second.Soon()).Connection.Number);
    }

    [Fact]
    public async Task A_failed_dial_gives_its_place_to_the_next_in_line()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        var failing = new TaskCompletionSource();
        _server.BeforeOpen = _ => failing.Task;
        Task<Lease<FakeConnection>> first = pool.Take();
        Task<Lease<FakeConnection>> second = pool.Take();
        _server.BeforeOpen = null;
        failing.SetException(new IOException("refused"));
        await Assert.ThrowsAsync<IOException>(() => first.Soon());
        await (await second.Soon()).DisposeAsync();
        Assert.Equal((1, 1, 0), pool.Count(FakeServer.Key));
    }

    [Fact]
    public async Task A_server_that_refuses_more_connections_lowers_the_limit_to_what_there_is()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(4);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        _server.BeforeOpen = _ =>
        {
            Assert.Equal(2, pool.LowerLimit(FakeServer.Key));
            throw new IOException("421 Too many connections");
        };
        await Assert.ThrowsAsync<IOException>(() => pool.Take());
        Task<Lease<FakeConnection>> third = pool.Take();
        Assert.Equal((2, 0, 1), pool.Count(FakeServer.Key));
        await one.DisposeAsync();
        Assert.Equal(1, (await third.Soon()).Connection.Number);
        await two.DisposeAsync();
    }

    [Fact]
    public async Task A_lowered_limit_closes_the_surplus_and_is_never_below_one()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(4);
        Lease<FakeConnection>[] leases = [await pool.Take(), await pool.Take(), await pool.Take()];
        FakeConnection[] connections = [.. leases.Select(l => l.Connection)];
        await leases[0].DisposeAsync();
        Assert.Equal(1, pool.LowerLimit(FakeServer.Key, 0));
        Assert.Equal(1, pool.LowerLimit(FakeServer.Key, 3));
        Assert.True(connections[0].IsClosed);
        await leases[1].DisposeAsync();
        Assert.True(connections[1].IsClosed);
        await leases[2].DisposeAsync();
        Assert.False(connections[2].IsClosed);
        Assert.Equal((1, 1, 0), pool.Count(FakeServer.Key));
    }

    // The one that a server took was closed on account of those beside it that it refused: nobody was left to wait for.
    [Fact]
    public async Task A_connection_that_comes_back_while_another_is_refused_is_kept()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(4);
        Lease<FakeConnection> one = await pool.Take();
        _server.BeforeOpen = async _ =>
        {
            Assert.Equal(1, pool.LowerLimit(FakeServer.Key));
            await one.DisposeAsync();
            throw new IOException("421 Too many connections");
        };
        await Assert.ThrowsAsync<IOException>(() => pool.Take());
        Assert.Equal((1, 1, 0), pool.Count(FakeServer.Key));
        Assert.Equal(1, (await pool.Take()).Connection.Number);
    }

    [Fact]
    public async Task A_surplus_is_no_surplus_any_more_while_it_is_being_closed()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(4);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        Assert.Equal(1, pool.LowerLimit(FakeServer.Key, 1));
        var farewell = new TaskCompletionSource();
        _server.BeforeClose = () => farewell.Task;
        Task closing = one.DisposeAsync().AsTask();
        Assert.True(two.DisposeAsync().AsTask().IsCompletedSuccessfully);
        Assert.Equal((2, 1, 0), pool.Count(FakeServer.Key));
        farewell.SetResult();
        await closing;
        Assert.Equal((1, 1, 0), pool.Count(FakeServer.Key));
    }

    [Fact]
    public async Task An_idle_connection_is_closed_after_the_idle_time_and_a_leased_one_is_not()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(2);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        Assert.Equal(0, _time.ActiveTimers);
        await one.DisposeAsync();
        Assert.Equal(TimeSpan.FromSeconds(60), _time.NextTimer);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, _server.OpenNow);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _server.OpenNow);
        Assert.False(two.Connection.IsClosed);
        await two.DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, _server.OpenNow);
        Assert.Equal(default, pool.Count(FakeServer.Key));
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task One_timer_serves_all_connections_each_at_its_time()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(3);
        Lease<FakeConnection>[] leases = [await pool.Take(), await pool.Take(), await pool.Take()];
        foreach (Lease<FakeConnection> lease in leases)
        {
            await lease.DisposeAsync();
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(1, _time.ActiveTimers);
        for (int left = 3; left > 0; left--)
        {
            Assert.Equal(left, _server.OpenNow);
            _time.Advance(TimeSpan.FromSeconds(left == 3 ? 30 : 10));
        }

        Assert.Equal(0, _server.OpenNow);
    }

    [Fact]
    public async Task An_old_connection_is_closed_when_idle_or_when_it_comes_back()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(2, TimeSpan.FromSeconds(90));
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        _time.Advance(TimeSpan.FromSeconds(80));
        await one.DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _server.OpenNow);
        await two.DisposeAsync();
        Assert.Equal(0, _server.OpenNow);
    }

    [Fact]
    public async Task Disposal_closes_the_idle_ends_the_line_and_closes_the_leased_when_they_come_back()
    {
        ConnectionPool<FakeConnection> pool = Pool(2);
        Lease<FakeConnection> one = await pool.Take();
        Lease<FakeConnection> two = await pool.Take();
        Task<Lease<FakeConnection>> waiting = pool.Take();
        await pool.DisposeAsync();
        await pool.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.Take());
        Assert.False(one.Connection.IsClosed);
        await one.DisposeAsync();
        await two.DisposeAsync();
        Assert.Equal(0, _server.OpenNow);

        ConnectionPool<FakeConnection> idle = Pool(2);
        await (await idle.Take()).DisposeAsync();
        await idle.DisposeAsync();
        Assert.Equal(0, _server.OpenNow);
    }

    [Fact]
    public async Task A_connection_that_opens_after_the_disposal_is_closed()
    {
        ConnectionPool<FakeConnection> pool = Pool(1);
        var dialing = new TaskCompletionSource();
        _server.BeforeOpen = _ => dialing.Task;
        Task<Lease<FakeConnection>> late = pool.Take();
        await pool.DisposeAsync();
        dialing.SetResult();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late.Soon());
        Assert.Equal((1, 0), (_server.Opened, _server.OpenNow));
    }

    [Fact]
    public async Task A_failed_farewell_frees_the_place_and_hides_nothing()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        _server.FailingToClose = true;
        Lease<FakeConnection> lease = await pool.Take();
        lease.Break();
        await lease.DisposeAsync();
        Assert.Equal(2, (await pool.Take().Soon()).Connection.Number);
    }

    [Fact]
    public async Task A_disposed_lease_gives_no_connection_and_returns_it_once()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(2);
        Lease<FakeConnection> lease = await pool.Take();
        await lease.DisposeAsync();
        await lease.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => lease.Connection);
        Assert.Equal((1, 1, 0), pool.Count(FakeServer.Key));
    }

    [Fact]
    public async Task A_lease_of_an_idle_connection_allocates_the_lease_and_no_more()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(1);
        long before = 0;
        for (int i = 0; i < 1100; i++)
        {
            if (i == 100) before = GC.GetAllocatedBytesForCurrentThread();
            // Completed at once, so that all runs on this thread.
            await (await pool.LeaseAsync(FakeServer.Key)).DisposeAsync();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 1, 40);
    }

    private ConnectionPool<FakeConnection> Pool(int max, TimeSpan? lifetime = null) => new(_server.OpenAsync, new PoolOptions
    {
        MaxConnections = max,
        MaxIdleTime = TimeSpan.FromSeconds(60),
        MaxLifetime = lifetime ?? Timeout.InfiniteTimeSpan,
        TimeProvider = _time,
    });
}
