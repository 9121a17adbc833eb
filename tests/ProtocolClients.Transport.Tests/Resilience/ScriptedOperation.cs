using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Resilience;

/// <summary>An operation whose attempts end as scripted, on virtual time; the last ending repeats.</summary>
internal sealed class ScriptedOperation(VirtualTime time, params Exception?[] endings)
{
    public List<TimeSpan> Starts { get; } = [];

    public int Attempts => Starts.Count;

    public ValueTask<string> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Starts.Add(time.Elapsed);
        Exception? ending = endings[Math.Min(Attempts, endings.Length) - 1];
        return ending is null ? ValueTask.FromResult("done") : ValueTask.FromException<string>(ending);
    }

    /// <summary>Runs it under a policy, moving time from timer to timer until it ends.</summary>
    public async Task<string> UnderAsync(
        ResiliencePolicy policy,
        Replay replay = Replay.Always,
        EndPoint? endPoint = null,
        CancellationToken cancellationToken = default)
    {
        Task<string> run = Start(policy, replay, endPoint, cancellationToken);
        using var stop = new CancellationTokenSource();
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, time.WaitForTimerAsync(1, stop.Token)).WaitAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
            if (!run.IsCompleted && time.NextTimer is { } due) time.Advance(due);
            await Task.Yield();
        }

        await stop.CancelAsync();
        return await run;
    }

    public Task<string> Start(
        ResiliencePolicy policy,
        Replay replay,
        EndPoint? endPoint = null,
        CancellationToken cancellationToken = default) =>
        policy.RunAsync(replay, endPoint, static (me, token) => me.RunAsync(token), this, cancellationToken).AsTask();
}

/// <summary>A failure whose every fact the test chooses.</summary>
internal sealed class AnyFailure(bool transient) : ProtocolClientException("any failure")
{
    public override bool IsTransient => transient;

    public static AnyFailure With(bool transient, Delivery delivery, TimeSpan? retryAfter = null) =>
        new(transient) { Delivery = delivery, RetryAfter = retryAfter };
}
