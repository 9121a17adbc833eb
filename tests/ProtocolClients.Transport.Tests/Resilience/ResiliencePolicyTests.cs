using System.Net;
using Polly;
using Polly.Retry;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Resilience;

public sealed class ResiliencePolicyTests
{
    private static readonly ResilienceOptions ThreeAttempts = new() { BreakerFailures = 0 };
    private readonly VirtualTime _time = new();

    public static TheoryData<Replay, Delivery, bool> EveryCombination()
    {
        var data = new TheoryData<Replay, Delivery, bool>();
        foreach (Replay replay in Enum.GetValues<Replay>())
        {
            foreach (Delivery delivery in Enum.GetValues<Delivery>())
            {
                data.Add(replay, delivery, true);
                data.Add(replay, delivery, false);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryCombination))]
    public async Task Only_a_transient_failure_whose_repeat_can_do_no_harm_is_repeated(Replay replay, Delivery delivery, bool transient)
    {
        // Written out, not computed as the policy computes it: these five cells and no other.
        bool expected = (replay, delivery, transient) is
            (Replay.Always, Delivery.NotSent or Delivery.Refused or Delivery.MaybeSent or Delivery.Answered, true)
            or (Replay.IfNotApplied, Delivery.NotSent, true)
            or (Replay.IfNotApplied, Delivery.Refused, true);
        AnyFailure failure = AnyFailure.With(transient, delivery);
        var operation = new ScriptedOperation(_time, failure, null);

        if (expected)
        {
            Assert.Equal("done", await operation.UnderAsync(Policy(ThreeAttempts), replay));
            Assert.Equal(2, operation.Attempts);
        }
        else
        {
            Assert.Same(failure, await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(ThreeAttempts), replay)));
            Assert.Equal(1, operation.Attempts);
        }

        Assert.Equal(expected, ResiliencePolicy.MayRepeat(failure, replay));
    }

    [Fact]
    public async Task After_the_last_attempt_the_last_failure_surfaces_with_the_number_of_attempts()
    {
        AnyFailure[] failures = [Transient(), Transient(), Transient()];
        var operation = new ScriptedOperation(_time, failures);

        AnyFailure thrown = await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(ThreeAttempts)));

        Assert.Same(failures[2], thrown);
        Assert.Equal(3, thrown.Data[ResiliencePolicy.AttemptsKey]);
        Assert.Equal(3, operation.Attempts);
    }

    [Fact]
    public async Task The_wait_doubles_under_full_jitter_up_to_the_longest()
    {
        double[] draws = [0.5, 0.25, 1.0, 0.5, 0.0];
        int drawn = 0;
        ResilienceOptions options = ThreeAttempts with
        {
            Attempts = 6,
            BaseDelay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromSeconds(6),
        };
        var operation = new ScriptedOperation(_time, Transient());

        await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(options, () => draws[drawn++])));

        // 1 s, 2 s, 4 s, 6 s, 6 s, each times its draw.
        Assert.Equal([0.0, 0.5, 1.0, 5.0, 8.0, 8.0], operation.Starts.Select(s => s.TotalSeconds));
    }

    [Fact]
    public async Task A_longer_Retry_After_is_waited_for()
    {
        var operation = new ScriptedOperation(_time, Transient(TimeSpan.FromSeconds(7)), null);
        await operation.UnderAsync(Policy(ThreeAttempts));
        Assert.Equal([0.0, 7.0], operation.Starts.Select(s => s.TotalSeconds));
    }

    [Fact]
    public async Task A_shorter_Retry_After_does_not_shorten_the_backoff()
    {
        var operation = new ScriptedOperation(_time, Transient(TimeSpan.FromMilliseconds(10)), null);
        await operation.UnderAsync(Policy(ThreeAttempts));
        Assert.Equal([0.0, 0.5], operation.Starts.Select(s => s.TotalSeconds));
    }

    [Theory]
    [InlineData(30, 2)]
    [InlineData(31, 1)]
    public async Task A_Retry_After_beyond_the_longest_wait_ends_the_retries(int seconds, int attempts)
    {
        var operation = new ScriptedOperation(_time, Transient(TimeSpan.FromSeconds(seconds)), Permanent());
        await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(ThreeAttempts)));
        Assert.Equal(attempts, operation.Attempts);
    }

    [Fact]
    public async Task No_attempt_starts_beyond_the_budget()
    {
        ResilienceOptions options = ThreeAttempts with
        {
            Attempts = 100,
            BaseDelay = TimeSpan.FromSeconds(1),
            Budget = TimeSpan.FromSeconds(10),
        };
        var operation = new ScriptedOperation(_time, Transient());

        await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(options)));

        // 0, 1, 3, 7; the next would start at 15.
        Assert.Equal([0.0, 1.0, 3.0, 7.0], operation.Starts.Select(s => s.TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(7), _time.Elapsed);
    }

    [Fact]
    public async Task An_attempt_that_came_further_starts_the_budget_anew_and_attempts_stay_bounded()
    {
        ResilienceOptions options = ThreeAttempts with { Attempts = 5, BaseDelay = TimeSpan.FromSeconds(1), Budget = TimeSpan.FromSeconds(10) };
        // Each attempt works for a minute; the third and fourth begin anew and come no further.
        long[] reached = [100, 200, 150, 200, 200];
        int attempts = 0;
        long at = 0;
        Task run = Policy(options, () => 0.5).RunAsync<object?, bool>(
            Replay.Always,
            null,
            (_, _) =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                at = reached[attempts++];
                throw Transient();
            },
            null,
            _ => at).AsTask();
        while (!run.IsCompleted)
        {
            if (_time.NextTimer is { } due) _time.Advance(due);
            await Task.Yield();
        }

        await Assert.ThrowsAsync<AnyFailure>(() => run);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_byte_an_attempt_does_not_go_on_for_ever()
    {
        int attempts = 0;
        Task run = Policy(ThreeAttempts with { Budget = TimeSpan.FromDays(1) }, () => 0.0).RunAsync<object?, bool>(
            Replay.Always,
            null,
            (_, _) =>
            {
                attempts++;
                throw Transient();
            },
            null,
            _ => attempts).AsTask();
        await Assert.ThrowsAsync<AnyFailure>(() => run.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task A_missed_transfer_deadline_is_not_repeated_since_it_covers_the_attempts()
    {
        var missed = new TransportException(TransportError.Timeout, "too slow") { Phase = DeadlinePhase.Transfer };
        var operation = new ScriptedOperation(_time, missed);
        Assert.Same(missed, await Assert.ThrowsAsync<TransportException>(() => operation.UnderAsync(Policy(ThreeAttempts))));
        Assert.Equal(1, operation.Attempts);
    }

    [Fact]
    public async Task Failures_outside_the_tree_are_never_repeated()
    {
        var misuse = new InvalidOperationException("misuse");
        var operation = new ScriptedOperation(_time, misuse);
        Assert.Same(misuse, await Assert.ThrowsAsync<InvalidOperationException>(() => operation.UnderAsync(Policy(ThreeAttempts))));
        Assert.Equal(1, operation.Attempts);
    }

    [Fact]
    public async Task Cancelling_the_wait_ends_it_with_the_callers_token()
    {
        using var cancel = new CancellationTokenSource();
        var operation = new ScriptedOperation(_time, Transient());
        Task<string> run = operation.Start(Policy(ThreeAttempts), Replay.Always, null, cancel.Token);
        await _time.WaitForTimerAsync().WaitAsync(TimeSpan.FromMinutes(2));

        await cancel.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.Equal(1, operation.Attempts);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task A_cancelled_operation_stays_the_operations_own_exception()
    {
        using var cancel = new CancellationTokenSource();
        var mine = new OperationCanceledException("mine", cancel.Token);
        var operation = new ScriptedOperation(_time, mine);
        Assert.Same(mine, await Assert.ThrowsAsync<OperationCanceledException>(() => operation.UnderAsync(Policy(ThreeAttempts))));
    }

    [Fact]
    public async Task One_attempt_means_no_retry_and_no_trace_on_the_exception()
    {
        AnyFailure failure = Transient();
        var operation = new ScriptedOperation(_time, failure);
        Assert.Same(failure, await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(Policy(ResilienceOptions.None))));
        Assert.Equal(1, operation.Attempts);
        Assert.Empty(failure.Data);
    }

    [Fact]
    public async Task A_pipeline_of_the_callers_own_replaces_every_rule_and_is_told_the_replay()
    {
        var replays = new List<Replay>();
        ResiliencePipeline own = new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 4,
                Delay = TimeSpan.Zero,
                ShouldHandle = args =>
                {
                    replays.Add(args.Context.Properties.GetValue(ResiliencePolicy.ReplayKey, Replay.Always));
                    return ValueTask.FromResult(args.Outcome.Exception is not null);
                },
            })
            .Build();
        var operation = new ScriptedOperation(_time, Permanent());
        var policy = Policy(new ResilienceOptions { Attempts = 2, BreakerFailures = 1, Pipeline = own });

        await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(policy, Replay.Never, new DnsEndPoint("a.test", 80)));

        Assert.Equal(5, operation.Attempts);
        Assert.All(replays, replay => Assert.Equal(Replay.Never, replay));
    }

    [Fact]
    public async Task Operations_that_run_at_once_do_not_count_each_others_attempts()
    {
        ResiliencePolicy policy = Policy(ThreeAttempts);
        ScriptedOperation[] operations = [.. Enumerable.Range(0, 8).Select(_ => new ScriptedOperation(_time, Transient()))];
        foreach (ScriptedOperation operation in operations)
        {
            AnyFailure thrown = await Assert.ThrowsAsync<AnyFailure>(() => operation.UnderAsync(policy));
            Assert.Equal(3, thrown.Data[ResiliencePolicy.AttemptsKey]);
        }

        Assert.All(operations, operation => Assert.Equal(3, operation.Attempts));
    }

    private static AnyFailure Transient(TimeSpan? retryAfter = null) => AnyFailure.With(true, Delivery.MaybeSent, retryAfter);

    private static AnyFailure Permanent() => AnyFailure.With(false, Delivery.MaybeSent);

    private ResiliencePolicy Policy(ResilienceOptions options, Func<double>? random = null) =>
        new(options, _time, null, random ?? (() => 1.0));
}
