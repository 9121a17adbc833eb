using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>One clock for many waits: what ends each of them, and that none ends the next.</summary>
public class PhaseClockTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly VirtualTime _time = new();

    [Fact]
    public void A_wait_ends_with_its_limit_and_the_next_one_has_its_own()
    {
        using var clock = new PhaseClock(_time);
        CancellationToken first = clock.Start(Limit, CancellationToken.None);
        _time.Advance(Limit);
        Assert.True(first.IsCancellationRequested);
        clock.Stop();
        CancellationToken second = clock.Start(Limit, CancellationToken.None);
        _time.Advance(Limit - TimeSpan.FromSeconds(1));
        Assert.False(second.IsCancellationRequested);
    }

    [Fact]
    public void A_wait_that_was_none_is_not_timed()
    {
        using var clock = new PhaseClock(_time);
        CancellationToken token = clock.Prepare(Limit, CancellationToken.None);
        _time.Advance(Limit * 2);
        Assert.False(token.IsCancellationRequested);
        clock.Arm(Limit);
        _time.Advance(Limit);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public void The_caller_ends_a_wait_before_it_begins_and_while_it_runs_and_not_the_next()
    {
        using var clock = new PhaseClock(_time);
        using var before = new CancellationTokenSource();
        before.Cancel();
        Assert.True(clock.Prepare(Limit, before.Token).IsCancellationRequested);
        clock.Stop();

        using var between = new CancellationTokenSource();
        CancellationToken token = clock.Prepare(Limit, between.Token);
        Assert.False(token.IsCancellationRequested);
        between.Cancel();
        clock.Arm(Limit);
        Assert.True(token.IsCancellationRequested);
        clock.Stop();

        using var during = new CancellationTokenSource();
        token = clock.Start(Limit, during.Token);
        Assert.False(token.IsCancellationRequested);
        during.Cancel();
        Assert.True(token.IsCancellationRequested);
        clock.Stop();

        using var after = new CancellationTokenSource();
        token = clock.Start(Limit, after.Token);
        clock.Stop();
        token = clock.Start(Limit, CancellationToken.None);
        after.Cancel();
        Assert.False(token.IsCancellationRequested);
    }
}
