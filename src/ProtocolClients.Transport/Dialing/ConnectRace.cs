using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>Puts the addresses that were not yet tried in the order in which to try them, given the family tried last.</summary>
internal delegate List<EndPoint> CandidateOrder(List<EndPoint> candidates, AddressFamily last);

/// <summary>
/// The racing of RFC 8305 §5, without sockets: attempts start one delay apart, or at once when one fails; the first to
/// connect wins, the others are cancelled and what they may still bring is discarded. One object a dial.
/// </summary>
internal sealed class ConnectRace<T>(
    TimeProvider time,
    TimeSpan attemptDelay,
    Func<EndPoint, CancellationToken, Task<T>> connect,
    Action<T> discard)
    where T : class
{
    private readonly List<Attempt> _attempts = [];
    private bool _isWon;

    /// <summary>
    /// Every attempt so far, in the order they started. One that is still under way was abandoned when another won;
    /// without a winner it failed by running out of time.
    /// </summary>
    public IEnumerable<DialAttempt> Attempts => _attempts.Select(a => new DialAttempt(
        a.Address,
        a.Elapsed ?? time.GetElapsedTime(a.Started),
        a.Failure ?? (_isWon ? null : new SocketException((int)SocketError.TimedOut))));

    /// <summary>Whether an attempt failed so far.</summary>
    public bool HasFailures => _attempts.Exists(static attempt => attempt.Failure is not null);

    /// <summary>Runs the race.</summary>
    /// <param name="waiting">The first addresses, in order.</param>
    /// <param name="more">Addresses that come later (the other family's answer); never faulted; null when there are none.</param>
    /// <param name="order">Orders the untried addresses once more have come.</param>
    /// <param name="cancellationToken">Ends the race.</param>
    /// <returns>The winner, or null when every address failed.</returns>
    public Task<T?> RunAsync(
        List<EndPoint> waiting, Task<List<EndPoint>>? more, CandidateOrder order, CancellationToken cancellationToken) =>
        waiting.Count == 1 && more is null ? AloneAsync(waiting[0], cancellationToken) : RaceAsync(waiting, more, order, cancellationToken);

    // Nobody to race with: no clock, and no token of our own. A connector that does not heed its token is left behind as in a race.
    private async Task<T?> AloneAsync(EndPoint address, CancellationToken cancellationToken)
    {
        Attempt attempt = Start(address, cancellationToken);
        try
        {
            T winner = await attempt.Connect.WaitAsync(cancellationToken).ConfigureAwait(false);
            _isWon = true;
            return winner;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = DiscardAsync(attempt.Connect);
            throw;
        }
        catch (Exception failure)
        {
            attempt.Failure = failure;
            return null;
        }
        finally
        {
            attempt.Elapsed = time.GetElapsedTime(attempt.Started);
        }
    }

    private async Task<T?> RaceAsync(
        List<EndPoint> waiting, Task<List<EndPoint>>? more, CandidateOrder order, CancellationToken cancellationToken)
    {
        var running = new List<Attempt>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task? delay = null;
            while (true)
            {
                if (waiting.Count > 0 && (delay is null or { IsCompleted: true } || running.Count == 0))
                {
                    delay = Task.Delay(attemptDelay, time, stop.Token);
                    running.Add(Start(waiting[0], stop.Token));
                    waiting.RemoveAt(0);
                }

                if (running.Count == 0 && more is null) return null;

                var events = new List<Task>(running.Count + 2);
                events.AddRange(running.Select(a => a.Connect));
                if (more is not null) events.Add(more);
                if (waiting.Count > 0) events.Add(delay!);
                await Task.WhenAny(events).WaitAsync(cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();

                for (int i = running.Count - 1; i >= 0; i--)
                {
                    Attempt attempt = running[i];
                    if (!attempt.Connect.IsCompleted) continue;
                    attempt.Elapsed = time.GetElapsedTime(attempt.Started);
                    running.RemoveAt(i);
                    try
                    {
                        T winner = await attempt.Connect.ConfigureAwait(false);
                        _isWon = true;
                        return winner;
                    }
                    catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                    {
                        attempt.Failure = failure;
                        delay = null;
                    }
                }

                if (more is { IsCompleted: true })
                {
                    waiting.AddRange(await more.ConfigureAwait(false));
                    more = null;
                    waiting = order(waiting, _attempts.Count > 0 ? _attempts[^1].Address.AddressFamily : AddressFamily.Unspecified);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Attempt loser in running) _ = DiscardAsync(loser.Connect);
        }
    }

    private Attempt Start(EndPoint address, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(address, time.GetTimestamp());
        _attempts.Add(attempt);
        attempt.Connect = connect(address, cancellationToken);
        return attempt;
    }

    /// <summary>A cancelled attempt can still have connected: what it brings must be closed, and its failure has no reader.</summary>
    private async Task DiscardAsync(Task<T> attempt)
    {
        await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (attempt.IsCompletedSuccessfully) discard(await attempt.ConfigureAwait(false));
    }

    private sealed class Attempt(EndPoint address, long started)
    {
        public EndPoint Address { get; } = address;

        public long Started { get; } = started;

        public Task<T> Connect { get; set; } = null!;

        public TimeSpan? Elapsed { get; set; }

        public Exception? Failure { get; set; }
    }
}
