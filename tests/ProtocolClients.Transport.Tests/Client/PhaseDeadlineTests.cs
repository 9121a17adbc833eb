using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Client;

public sealed class PhaseDeadlineTests
{
    private static readonly Deadlines Short = new() { Command = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public void A_source_that_was_handed_on_is_not_the_last_phase_s_any_more()
    {
        using var caller = new CancellationTokenSource();
        PhaseDeadline first = PhaseDeadline.Start(TimeProvider.System, Deadlines.Default, DeadlinePhase.Command, returned: true, caller.Token);
        first.Dispose();
        using PhaseDeadline second = PhaseDeadline.Start(TimeProvider.System, Deadlines.Default, DeadlinePhase.Command, returned: true, CancellationToken.None);

        caller.Cancel();
        first.Restart();
        first.Dispose();

        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_missed_one_is_not_handed_on_and_still_says_so()
    {
        PhaseDeadline missed = PhaseDeadline.Start(TimeProvider.System, Short, DeadlinePhase.Command, returned: true, CancellationToken.None);
        var ended = new TaskCompletionSource();
        using CancellationTokenRegistration registration = missed.Token.Register(ended.SetResult);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(2));
        missed.Dispose();
        Assert.True(missed.IsMissed);

        PhaseDeadline[] next = [.. Enumerable.Range(0, 300).Select(_ => PhaseDeadline.Start(TimeProvider.System, Deadlines.Default, DeadlinePhase.Command, returned: true, CancellationToken.None))];
        Assert.DoesNotContain(next, deadline => deadline.Token.IsCancellationRequested);
        foreach (PhaseDeadline deadline in next) deadline.Dispose();
    }

    [Fact]
    public void A_paused_one_waits_for_its_restart()
    {
        var time = new VirtualTime();
        using PhaseDeadline deadline = PhaseDeadline.Start(time, Deadlines.Default, DeadlinePhase.Command, CancellationToken.None);
        deadline.Pause();
        time.Advance(deadline.Limit * 2);
        Assert.False(deadline.IsMissed);
        deadline.Restart();
        time.Advance(deadline.Limit);
        Assert.True(deadline.IsMissed);
    }

    [Fact]
    public void The_caller_s_end_is_no_missed_deadline()
    {
        using var caller = new CancellationTokenSource();
        using PhaseDeadline deadline = PhaseDeadline.Start(TimeProvider.System, Deadlines.Default, DeadlinePhase.Command, returned: true, caller.Token);
        caller.Cancel();
        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.False(deadline.IsMissed);
    }
}
