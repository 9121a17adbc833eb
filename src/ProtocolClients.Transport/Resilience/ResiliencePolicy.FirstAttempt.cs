using System.Net;
using System.Runtime.ExceptionServices;

namespace ProtocolClients.Transport;

/// <content>
/// The first attempt stands outside the pipeline, which is told of its failure as if it had made it: nearly all operations need one
/// attempt, and the way through the pipeline cost a small request as much as the rest of it.
/// </content>
public sealed partial class ResiliencePolicy
{
    /// <summary>Whether a pipeline of the caller's own stands in place of this policy's rules: then everything goes through <c>RunAsync</c>.</summary>
    public bool IsReplaced => _options.Pipeline is not null;

    /// <summary>
    /// Begins an operation whose first attempt the caller makes himself, for a door that awaits its attempts anyway and is passed by every
    /// small request; to all others <c>RunAsync</c> is the same in one line. Not for a policy that <see cref="IsReplaced"/>.
    /// <code>
    /// ResiliencePolicy.FirstAttempt first = policy.Begin(replay, endPoint);
    /// try { result = await AttemptAsync(state, token); first.Succeeded(); }
    /// catch (Exception failure) { result = await first.GoOnAsync(failure, AttemptAsync, state, null, token); }
    /// </code>
    /// </summary>
    /// <param name="replay">Whether repeating can do harm.</param>
    /// <param name="endPoint">Whose breaker counts; null for none.</param>
    /// <exception cref="TransportException">The endpoint's breaker is open.</exception>
    public FirstAttempt Begin(Replay replay, EndPoint? endPoint)
    {
        if (endPoint is not null && _breakers?.Enter(endPoint) is { } refusal) throw refusal;
        return new FirstAttempt(this, replay, endPoint, _time.GetTimestamp());
    }

    /// <summary>An operation whose first attempt is under way.</summary>
    public readonly struct FirstAttempt
    {
        private readonly ResiliencePolicy _policy;
        private readonly Replay _replay;
        private readonly EndPoint? _endPoint;
        private readonly long _started;

        internal FirstAttempt(ResiliencePolicy policy, Replay replay, EndPoint? endPoint, long started)
        {
            _policy = policy;
            _replay = replay;
            _endPoint = endPoint;
            _started = started;
        }

        /// <summary>The attempt was the last.</summary>
        public void Succeeded()
        {
            if (_endPoint is not null) _policy._breakers?.Report(_endPoint, null);
        }

        /// <summary>The attempt failed: makes further ones as far as the policy allows, and throws the failure when it does not.</summary>
        /// <typeparam name="TState">What the operation works on.</typeparam>
        /// <typeparam name="TResult">What it gives.</typeparam>
        /// <param name="failure">How the first attempt failed.</param>
        /// <param name="operation">The operation, called once an attempt.</param>
        /// <param name="state">Passed to the operation.</param>
        /// <param name="progress">How far the operation has come, as for <c>RunAsync</c>; null when only the end counts.</param>
        /// <param name="cancellationToken">Ends the operation and the waits.</param>
        public async ValueTask<TResult> GoOnAsync<TState, TResult>(
            Exception failure,
            Func<TState, CancellationToken, ValueTask<TResult>> operation,
            TState state,
            Func<TState, long>? progress,
            CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(failure);
            if (_endPoint is not null) _policy._breakers?.Report(_endPoint, failure);
            if (_policy._options.Attempts == 1 || failure is not ProtocolClientException) ExceptionDispatchInfo.Throw(failure);
            Run run = _policy.NewRun(_replay, _endPoint, state, progress, _started);
            run.First = ExceptionDispatchInfo.Capture(failure);
            return await RunInPipelineAsync(_policy._retries.Value, new Call<TState, TResult>(run, operation, state), cancellationToken).ConfigureAwait(false);
        }
    }
}
