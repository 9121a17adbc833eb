using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Files;

public sealed class RateLimitTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly VirtualTime _time = new();

    private Task Pay(RateLimit limit, long bytes, CancellationToken cancellationToken = default) => limit.PayAsync(bytes, _time, cancellationToken).AsTask();

    [Fact]
    public async Task The_average_is_the_rate()
    {
        RateLimit limit = 1000;
        for (int i = 0; i < 100; i++)
        {
            Task paid = Pay(limit, 500);
            while (!paid.IsCompleted)
            {
                if (_time.ActiveTimers > 0) _time.Advance(TimeSpan.FromMilliseconds(10));
                await Task.Yield();
            }
        }

        // 50,000 bytes, less what a quarter of a second may give in advance.
        Assert.InRange(_time.Elapsed.TotalSeconds, 49.7, 50.1);
    }

    [Fact]
    public async Task No_limit_waits_for_nothing_and_a_limit_that_is_set_later_does()
    {
        var limit = new RateLimit(0);
        for (int i = 0; i < 10; i++) Assert.True(Pay(limit, 1_000_000).IsCompletedSuccessfully);
        Assert.Equal(int.MaxValue, limit.Piece);
        limit.BytesPerSecond = 1000;
        Task paid = Pay(limit, 1000);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(paid.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await paid.WaitAsync(Safety);
        Assert.Equal(1024, limit.Piece);
    }

    [Fact]
    public async Task A_change_is_felt_by_who_waits_already()
    {
        RateLimit limit = 1;
        Task paid = Pay(limit, 4000);
        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.False(paid.IsCompleted);
        limit.BytesPerSecond = 3_900_000;
        await AdvanceUntil(paid);
        limit.BytesPerSecond = 1;
        paid = Pay(limit, 4_000_000);
        limit.BytesPerSecond = 0;
        await paid.WaitAsync(Safety);
        Assert.InRange(_time.Elapsed.TotalSeconds, 100, 100.5);
    }

    [Fact]
    public async Task Who_shares_a_limit_gets_an_equal_share()
    {
        RateLimit limit = 10_000;
        int[] moved = new int[4];
        using var stop = new CancellationTokenSource();
        Task[] running = [.. Enumerable.Range(0, 4).Select(async who =>
        {
            try
            {
                while (true)
                {
                    await Pay(limit, 100, stop.Token);
                    moved[who] += 100;
                }
            }
            catch (OperationCanceledException)
            {
            }
        })];
        while (_time.Elapsed < TimeSpan.FromSeconds(20))
        {
            while (_time.ActiveTimers < 4) await Task.Yield();
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(Safety);
        Assert.InRange(moved.Sum(), 190_000, 210_000);
        Assert.All(moved, bytes => Assert.InRange(bytes, 45_000, 55_000));
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        RateLimit limit = 1;
        using var cancel = new CancellationTokenSource();
        Task paid = Pay(limit, 1000, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => paid.WaitAsync(Safety));
        Assert.Throws<ArgumentOutOfRangeException>(() => limit.BytesPerSecond = -1);
    }

    // From one short wait to the next: the payer that is awake, on a slow machine for long, takes no time. What it waited for before is longer.
    private async Task AdvanceUntil(Task task)
    {
        while (!task.IsCompleted)
        {
            Task waits = _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, waits).WaitAsync(Safety);
            if (!task.IsCompleted && _time.NextTimer is { } due && due <= TimeSpan.FromSeconds(1)) _time.Advance(due);
        }
    }
}
