using System.Collections;

namespace ProtocolClients.Testing;

/// <summary>A test's expectation of what clients did was not met; the message lists what they did.</summary>
/// <param name="message">What was expected and what was seen.</param>
public sealed class MockAssertionException(string message) : Exception(message);

/// <summary>What clients asked of a mock server, in order. Safe for many threads; enumerating takes a copy.</summary>
/// <typeparam name="TCall">One request or command.</typeparam>
#pragma warning disable CA1710 // A log, read as one: server.Calls.
public class CallLog<TCall> : IReadOnlyCollection<TCall>
    where TCall : class
#pragma warning restore CA1710
{
    private readonly Lock _gate = new();
    private readonly List<TCall> _calls = [];
    private readonly List<(Func<TCall, bool> Matches, TaskCompletionSource<TCall> Found)> _waiters = [];

    internal CallLog()
    {
    }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_gate) return _calls.Count;
        }
    }

    /// <summary>How many calls are kept; the oldest are forgotten.</summary>
    internal int Limit { get; init; } = int.MaxValue;

    /// <summary>
    /// Takes the oldest call out of the log, or the next one that comes. Each call is taken once: what watches a server that
    /// runs for long, and keeps nothing.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TCall> TakeAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_calls.Count > 0)
                {
                    TCall oldest = _calls[0];
                    _calls.RemoveAt(0);
                    return oldest;
                }
            }

            await WaitForAsync(static _ => true, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes with the first call that matches: one that was made already, or the next.</summary>
    /// <param name="matches">Which call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TCall> WaitForAsync(Func<TCall, bool> matches, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(matches);
        var found = new TaskCompletionSource<TCall>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_calls.Find(call => matches(call)) is { } made) return made;
            _waiters.Add((matches, found));
        }

        try
        {
            return await found.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _waiters.RemoveAll(waiter => ReferenceEquals(waiter.Found, found));
        }
    }

    /// <summary>Forgets the calls so far.</summary>
    public void Clear()
    {
        lock (_gate) _calls.Clear();
    }

    /// <inheritdoc/>
    public IEnumerator<TCall> GetEnumerator()
    {
        TCall[] copy;
        lock (_gate) copy = [.. _calls];
        return ((IEnumerable<TCall>)copy).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One line a call.</summary>
    public override string ToString() => Count == 0 ? "(no calls)" : string.Join('\n', this);

    internal void Add(TCall call)
    {
        lock (_gate)
        {
            if (_calls.Count == Limit) _calls.RemoveAt(0);
            _calls.Add(call);
            foreach ((Func<TCall, bool> matches, TaskCompletionSource<TCall> found) in _waiters)
            {
                if (matches(call)) found.TrySetResult(call);
            }
        }
    }
}
