using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Hedging;

namespace ProtocolClients.Transport;

public sealed partial class ResiliencePolicy
{
    /// <summary>
    /// How one attempt is hedged under <see cref="ResilienceOptions.Hedging"/>; null when that is off, or a pipeline of the caller's own stands
    /// in place of the rules. Made once a client.
    /// </summary>
    public HedgingPolicy? CreateHedging() =>
        _options is { Pipeline: null, Hedging: { } hedging } ? new HedgingPolicy(hedging, _time, _logger) : null;
}

/// <summary>
/// Runs one attempt of an operation, and again beside itself when it is slow (<see cref="HedgingOptions"/>). It answers slowness only: once
/// one of them has failed no further one begins, so that the waits between retries are kept; those under way may still succeed. Only for
/// operations that do no harm when they are applied twice, and whose state can be used by several at once.
/// </summary>
public sealed class HedgingPolicy
{
    private static readonly ResiliencePropertyKey<Run> RunKey = new("ProtocolClients.Hedges");

    // Of objects, whatever they are: a strategy of a generic type would keep all of that type's members from being trimmed.
    private readonly ResiliencePipeline<object> _pipeline;

    internal HedgingPolicy(HedgingOptions options, TimeProvider time, ILogger logger)
    {
        _pipeline = new ResiliencePipelineBuilder<object> { TimeProvider = time }
            .AddHedging(new HedgingStrategyOptions<object>
            {
                MaxHedgedAttempts = options.Attempts - 1,
                Delay = options.Delay,
                // What is final for one is final for all: another would be told the same.
                ShouldHandle = static args => ValueTask.FromResult(ResiliencePolicy.MayRepeat(args.Outcome.Exception, Replay.Always)),
                ActionGenerator = args =>
                {
                    Run run = args.PrimaryContext.Properties.GetValue(RunKey, null!);
                    if (run.HasFailed) return null;
                    ResilienceLog.Hedging(logger, run.EndPoint, args.AttemptNumber + 1, options.Delay.TotalMilliseconds);
                    return () => args.Callback(args.ActionContext);
                },
            })
            .Build();
    }

    /// <summary>Runs an attempt.</summary>
    /// <typeparam name="TState">What the operation works on.</typeparam>
    /// <typeparam name="TResult">What it gives; that of one that is not needed any more is disposed when it can be.</typeparam>
    /// <param name="endPoint">Whom it asks, for the log; null when there is nobody to name.</param>
    /// <param name="operation">The operation, called once more for each hedge; its token is cancelled when another one was faster.</param>
    /// <param name="state">Passed to the operation; used by several at once.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    public async ValueTask<TResult> RunAsync<TState, TResult>(
        EndPoint? endPoint, Func<TState, CancellationToken, ValueTask<TResult>> operation, TState state, CancellationToken cancellationToken = default)
        where TResult : class
    {
        ArgumentNullException.ThrowIfNull(operation);
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        var run = new Run(endPoint);
        context.Properties.Set(RunKey, run);
        try
        {
            return (TResult)await _pipeline.ExecuteAsync(
                static async ValueTask<object> (context, call) =>
                {
                    try
                    {
                        return await call.operation(call.state, context.CancellationToken).ConfigureAwait(false);
                    }
                    catch
                    {
                        call.run.HasFailed = true;
                        throw;
                    }
                },
                context,
                (run, operation, state)).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (cancellationToken.IsCancellationRequested && cause.CancellationToken != cancellationToken)
        {
            // Each has a token of its own; the caller knows his.
            throw new OperationCanceledException(cause.Message, cause, cancellationToken);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private sealed class Run(EndPoint? endPoint)
    {
        private volatile bool _hasFailed;

        public EndPoint? EndPoint { get; } = endPoint;

        public bool HasFailed
        {
            get => _hasFailed;
            set => _hasFailed = value;
        }
    }
}
