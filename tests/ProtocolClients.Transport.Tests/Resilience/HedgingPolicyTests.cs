using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Resilience;

/// <summary>Attempts beside one another, without a network.</summary>
public sealed class HedgingPolicyTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();

    [Fact]
    public async Task Once_one_has_failed_no_other_begins_and_the_one_under_way_still_counts()
    {
        // Whoever ends one is heard before the call is back: so what follows is behind it.
        TaskCompletionSource<string>[] attempts = [new(), new(), new(), new()];
        int begun = 0;
        HedgingPolicy hedging = Policy(attempts.Length);
        Task<string> running = hedging.RunAsync(
            null, (_, _) => new ValueTask<string>(attempts[Interlocked.Increment(ref begun) - 1].Task), 0, TestContext.Current.CancellationToken).AsTask();
        await _time.WaitForTimerAsync(Second, TestContext.Current.CancellationToken).WaitAsync(Safety);
        _time.Advance(Second);
        await UntilAsync(() => Volatile.Read(ref begun) == 2);
        attempts[0].SetException(new TransportException(TransportError.ConnectionLost, "lost"));
        for (int i = 0; i < 20; i++) _time.Advance(Second / 4);
        Assert.False(running.IsCompleted);
        attempts[1].SetResult("ok");
        Assert.Equal("ok", await running.WaitAsync(Safety));
        Assert.Equal(2, begun);
    }

    private HedgingPolicy Policy(int attempts) => new ResiliencePolicy(
        ResilienceOptions.None with { Hedging = new() { Delay = Second, Attempts = attempts } }, _time).CreateHedging()!;

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (!condition())
        {
            safety.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
