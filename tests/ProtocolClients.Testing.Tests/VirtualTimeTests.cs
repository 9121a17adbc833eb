namespace ProtocolClients.Testing.Tests;

public sealed class VirtualTimeTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Fact]
    public void Timers_fire_in_the_order_in_which_they_are_due_each_at_its_own_moment()
    {
        var time = new VirtualTime();
        DateTimeOffset start = time.GetUtcNow();
        var fired = new List<(string Name, double Seconds)>();
        void Note(object? name) => fired.Add(((string)name!, (time.GetUtcNow() - start).TotalSeconds));
        using ITimer late = time.CreateTimer(Note, "late", TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using ITimer early = time.CreateTimer(Note, "early", TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        using ITimer twin = time.CreateTimer(Note, "twin", TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([("early", 1), ("twin", 1)], fired);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal([("early", 1), ("twin", 1), ("late", 3)], fired);
        Assert.Equal(0, time.ActiveTimers);
        Assert.Equal(TimeSpan.FromSeconds(4), time.GetElapsedTime(0));
    }

    [Fact]
    public void A_period_fires_again_and_again_until_it_is_disposed()
    {
        var time = new VirtualTime();
        int fired = 0;
        ITimer timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, fired);
        timer.Dispose();
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, fired);
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void A_timer_made_by_a_timer_fires_in_the_same_advance()
    {
        var time = new VirtualTime();
        var moments = new List<TimeSpan>();
        void Again(object? left)
        {
            moments.Add(time.Elapsed);
            if ((int)left! > 0) time.CreateTimer(Again, (int)left - 1, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }

        time.CreateTimer(Again, 2, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)], moments);
    }

    [Fact]
    public async Task A_delay_and_a_cancellation_end_when_time_is_moved()
    {
        var time = new VirtualTime();
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        Task delay = Task.Delay(TimeSpan.FromSeconds(2), time);
        Assert.Equal(TimeSpan.FromSeconds(2), time.NextTimer);
        time.Advance(TimeSpan.FromSeconds(2));
        await delay.WaitAsync(Safety);
        Assert.False(source.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public async Task A_test_can_wait_until_the_code_waits()
    {
        var time = new VirtualTime();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), time);
        Task waits = time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        Task two = time.WaitForTimerAsync(2);
        Assert.False(waits.IsCompleted);
        Assert.False(two.IsCompleted);

        Task code = Task.Run(() => Task.Delay(TimeSpan.FromMilliseconds(250), time));
        await waits.WaitAsync(Safety);
        await two.WaitAsync(Safety);
        Assert.Equal(TimeSpan.FromMilliseconds(250), await time.AdvanceToNextTimerAsync().WaitAsync(Safety));
        await code.WaitAsync(Safety);
        Assert.False(deadline.IsCancellationRequested);
    }

    [Fact]
    public async Task A_wait_for_a_timer_ends_with_its_token()
    {
        using var source = new CancellationTokenSource();
        Task wait = new VirtualTime().WaitForTimerAsync(1, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Safety));
    }

    [Fact]
    public void The_wall_clock_can_jump_back_while_timers_and_timestamps_go_on()
    {
        var time = new VirtualTime();
        bool fired = false;
        using ITimer timer = time.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
        time.Advance(TimeSpan.FromSeconds(9));
        long before = time.GetTimestamp();
        time.SetUtcNow(DateTimeOffset.UnixEpoch);
        Assert.Equal(DateTimeOffset.UnixEpoch, time.GetUtcNow());
        Assert.Equal(before, time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(fired);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), time.GetUtcNow());
    }

    [Fact]
    public async Task Many_threads_make_and_end_timers_at_once()
    {
        var time = new VirtualTime();
        int fired = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            }
        }))).WaitAsync(Safety);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => time.Advance(TimeSpan.FromSeconds(1))))).WaitAsync(Safety);
        Assert.Equal(1600, fired);
    }
}
