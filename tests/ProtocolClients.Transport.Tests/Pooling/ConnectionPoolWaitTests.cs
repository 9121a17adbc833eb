using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Pooling;

/// <summary>How long somebody waits in line while nothing moves, on virtual time.</summary>
public sealed class ConnectionPoolWaitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly VirtualTime _time = new();
    private readonly FakeServer _server = new();
    private long _activity;

    [Fact]
    public async Task A_wait_while_nothing_is_done_ends_with_its_reason()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(Limit);
        Lease<FakeConnection> held = await pool.Take();
        Task<Lease<FakeConnection>> first = pool.Take();
        _time.Advance(Limit / 2);
        Task<Lease<FakeConnection>> second = pool.Take();
        _time.Advance(Limit / 2);
        TransportException none = await Assert.ThrowsAsync<TransportException>(() => first.Soon());
        Assert.Equal((TransportError.PoolExhausted, Delivery.NotSent, false), (none.Error, none.Delivery, none.IsTransient));
        Assert.Equal(FakeServer.Key.EndPoint, none.Endpoint);
        // The place in line of the one that gave up is nobody's; each wait has its own time.
        Assert.False(second.IsCompleted);
        Assert.Equal((1, 0, 1), pool.Count(FakeServer.Key));
        await held.DisposeAsync();
        Assert.Equal(1, (await second.Soon()).Connection.Number);
        _time.Advance(Limit * 3);
        Assert.Equal(1, _server.Opened);
    }

    [Fact]
    public async Task A_wait_while_something_is_done_goes_on()
    {
        await using ConnectionPool<FakeConnection> pool = Pool(Limit);
        Lease<FakeConnection> held = await pool.Take();
        Task<Lease<FakeConnection>> waiting = pool.Take();
        for (int i = 0; i < 10; i++)
        {
            Interlocked.Increment(ref _activity);
            _time.Advance(Limit);
        }

        Assert.False(waiting.IsCompleted);
        _time.Advance(Limit);
        await Assert.ThrowsAsync<TransportException>(() => waiting.Soon());
        await held.DisposeAsync();
        Assert.Equal(1, (await pool.Take().Soon()).Connection.Number);
    }

    [Fact]
    public async Task A_wait_without_a_limit_and_one_that_is_over_leave_no_timer()
    {
        await using ConnectionPool<FakeConnection> endless = Pool(Timeout.InfiniteTimeSpan);
        Lease<FakeConnection> held = await endless.Take();
        int timers = _time.ActiveTimers;
        Task<Lease<FakeConnection>> waiting = endless.Take();
        Assert.Equal(timers, _time.ActiveTimers);
        _time.Advance(TimeSpan.FromDays(30));
        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        await using Lease<FakeConnection> got = await waiting.Soon();

        await using ConnectionPool<FakeConnection> pool = Pool(Limit);
        held = await pool.Take();
        timers = _time.ActiveTimers;
        using var cancel = new CancellationTokenSource();
        Task<Lease<FakeConnection>> left = pool.Take(cancellationToken: cancel.Token);
        Assert.Equal(timers + 1, _time.ActiveTimers);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.Soon());
        Assert.Equal(timers, _time.ActiveTimers);
        await held.DisposeAsync();
    }

    private ConnectionPool<FakeConnection> Pool(TimeSpan still) => new(_server.OpenAsync, new PoolOptions
    {
        MaxConnections = 1,
        MaxIdleTime = Timeout.InfiniteTimeSpan,
        MaxLifetime = Timeout.InfiniteTimeSpan,
        TimeProvider = _time,
        MaxStill = still,
        Activity = () => Interlocked.Read(ref _activity),
    });
}
