using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.Retry;

namespace ProtocolClients.Transport;

/// <summary>
/// Runs operations under a client's <see cref="ResilienceOptions"/>: built once a client, safe for many tasks. The unit
/// that is retried is the operation (lease, commands, replies), never a command alone. The exception that surfaces is the
/// last attempt's; when there was more than one, its <see cref="Exception.Data"/> has their number under
/// <see cref="AttemptsKey"/>.
/// </summary>
public sealed partial class ResiliencePolicy
{
    /// <summary>
    /// The key in <see cref="Exception.Data"/> of the number of attempts (an <see cref="int"/>) that a failed operation made.
    /// </summary>
    public const string AttemptsKey = "ProtocolClients.Attempts";

    private static readonly ResiliencePropertyKey<Run> RunKey = new("ProtocolClients.Run");

    private readonly ResilienceOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<double> _random;
    private readonly EndpointBreakers? _breakers;

    // Built at the first failure: most processes that make one request never need it.
    private readonly Lazy<ResiliencePipeline> _retries;

    /// <summary>Builds the policy.</summary>
    /// <param name="options">Attempts, budget, backoff, breaker.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="logger">Told of each repeat and of breakers that open; null for nobody.</param>
    public ResiliencePolicy(ResilienceOptions options, TimeProvider time, ILogger? logger = null)
        : this(options, time, logger, Random.Shared.NextDouble)
    {
    }

    /// <summary>As the public one, with the jitter's source: numbers from 0 up to 1.</summary>
    internal ResiliencePolicy(ResilienceOptions options, TimeProvider time, ILogger? logger, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _random = random;
        if (options.Pipeline is null && options.BreakerFailures > 0)
        {
            _breakers = new EndpointBreakers(options.BreakerFailures, options.BreakerPause, time, _logger);
        }

        _retries = new Lazy<ResiliencePipeline>(Build);
    }

    /// <summary>
    /// What the running operation is, in the properties of the <see cref="ResilienceContext"/>: for a pipeline of the
    /// caller's own, which replaces every rule of this policy. <see cref="MayRepeat"/> is the rule that it should keep.
    /// </summary>
    public static ResiliencePropertyKey<Replay> ReplayKey { get; } = new("ProtocolClients.Replay");

    /// <summary>
    /// Whether a failed operation may be repeated: the failure is transient, and repeating does no harm
    /// (<see cref="Replay.Always"/>) or it is proven that nothing was applied (<see cref="Replay.IfNotApplied"/> with
    /// <see cref="Delivery.NotSent"/> or <see cref="Delivery.Refused"/>).
    /// </summary>
    /// <param name="failure">How the operation failed.</param>
    /// <param name="replay">What the operation is.</param>
    public static bool MayRepeat(Exception? failure, Replay replay) =>
        failure is ProtocolClientException { IsTransient: true } known
        && (replay == Replay.Always || (replay == Replay.IfNotApplied && known.Delivery is Delivery.NotSent or Delivery.Refused));

    /// <summary>Runs an operation; repeats it only when its failure is transient and its replay allows.</summary>
    /// <typeparam name="TState">What the operation works on; passed to keep the delegate static.</typeparam>
    /// <typeparam name="TResult">What it gives.</typeparam>
    /// <param name="replay">Whether repeating can do harm.</param>
    /// <param name="endPoint">Whose breaker counts; null for none.</param>
    /// <param name="operation">The operation, called once an attempt.</param>
    /// <param name="state">Passed to the operation.</param>
    /// <param name="cancellationToken">Ends the operation and the waits.</param>
    /// <exception cref="TransportException">
    /// Besides what the operation throws: <see cref="TransportError.Connect"/> with <see cref="Delivery.NotSent"/> while the
    /// endpoint's breaker is open; its <see cref="ProtocolClientException.RetryAfter"/> says how long.
    /// </exception>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Replay replay,
        EndPoint? endPoint,
        Func<TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return RunAsync(replay, endPoint, operation, state, null, cancellationToken);
    }

    /// <summary>As the other one, for an operation that tells how far it has come: a long transfer that breaks has not failed for long.</summary>
    /// <typeparam name="TState">What the operation works on; passed to keep the delegate static.</typeparam>
    /// <typeparam name="TResult">What it gives.</typeparam>
    /// <param name="replay">Whether repeating can do harm.</param>
    /// <param name="endPoint">Whose breaker counts; null for none.</param>
    /// <param name="operation">The operation, called once an attempt.</param>
    /// <param name="state">Passed to the operation.</param>
    /// <param name="progress">
    /// How far the operation has come, in any unit that begins at 0. An attempt that came further than all before it starts
    /// <see cref="ResilienceOptions.Budget"/> anew; the number of attempts stays what it is. Null when only the end counts.
    /// </param>
    /// <param name="cancellationToken">Ends the operation and the waits.</param>
    public ValueTask<TResult> RunAsync<TState, TResult>(
        Replay replay,
        EndPoint? endPoint,
        Func<TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (_options.Pipeline is { } own)
        {
            return RunInPipelineAsync(own, new Call<TState, TResult>(NewRun(replay, endPoint, state, progress, _time.GetTimestamp()), operation, state), cancellationToken);
        }

        return _options.Attempts == 1 && _breakers is null
            ? operation(state, cancellationToken)
            : RunFirstAsync(replay, endPoint, operation, state, progress, cancellationToken);
    }

    private Run NewRun<TState>(Replay replay, EndPoint? endPoint, TState state, Func<TState, long>? progress, long started) =>
        new(replay, endPoint, _breakers, progress is null ? null : () => progress(state), started);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResult> RunFirstAsync<TState, TResult>(
        Replay replay,
        EndPoint? endPoint,
        Func<TState, CancellationToken, ValueTask<TResult>> operation,
        TState state,
        Func<TState, long>? progress,
        CancellationToken cancellationToken)
    {
        FirstAttempt first = Begin(replay, endPoint);
        try
        {
            TResult result = await operation(state, cancellationToken).ConfigureAwait(false);
            first.Succeeded();
            return result;
        }
        catch (Exception failure)
        {
            return await first.GoOnAsync(failure, operation, state, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Run Of(ResilienceContext context) => context.Properties.GetValue(RunKey, null!);

    private static async ValueTask<TResult> RunInPipelineAsync<TState, TResult>(
        ResiliencePipeline pipeline,
        Call<TState, TResult> call,
        CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(RunKey, call.Run);
        context.Properties.Set(ReplayKey, call.Run.Replay);
        try
        {
            return await pipeline.ExecuteAsync(static (context, call) => AttemptAsync(call, context), context, call).ConfigureAwait(false);
        }
        catch (ProtocolClientException failure) when (call.Run.Attempts > 1)
        {
            failure.Data[AttemptsKey] = call.Run.Attempts;
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<TResult> AttemptAsync<TState, TResult>(Call<TState, TResult> call, ResilienceContext context)
    {
        Run run = call.Run;
        if (run.First is { } first)
        {
            run.First = null;
            run.Attempts = 1;
            first.Throw();
        }

        if (run.Breakers is null || run.EndPoint is null)
        {
            run.Attempts++;
            return await call.Operation(call.State, context.CancellationToken).ConfigureAwait(false);
        }

        if (run.Breakers.Enter(run.EndPoint) is { } refusal)
        {
            run.BreakerRefused = true;
            throw refusal;
        }

        run.Attempts++;
        try
        {
            TResult result = await call.Operation(call.State, context.CancellationToken).ConfigureAwait(false);
            run.Breakers.Report(run.EndPoint, null);
            return result;
        }
        catch (Exception failure)
        {
            run.Breakers.Report(run.EndPoint, failure);
            throw;
        }
    }

    private ResiliencePipeline Build()
    {
        return new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions
            {
                // Decides and draws the wait in one place: Polly's delay generator cannot end the retries.
                MaxRetryAttempts = _options.Attempts - 1,
                ShouldHandle = args => ValueTask.FromResult(Plan(args.Outcome.Exception, args.AttemptNumber, args.Context)),
                DelayGenerator = static args => ValueTask.FromResult<TimeSpan?>(Of(args.Context).Delay),
            })
            .Build();
    }

    private bool Plan(Exception? failure, int attempt, ResilienceContext context)
    {
        if (failure is not ProtocolClientException known) return false;
        Run run = Of(context);
        // What an attempt brought is no waiting: the budget bounds the time in which nothing new came.
        if (run.HasAdvanced()) run.Started = _time.GetTimestamp();
        if (run.BreakerRefused || !MayRepeat(known, run.Replay)) return false;

        // The deadline of a transfer covers its attempts and waits: a further attempt has no time left.
        if (known is TransportException { Phase: DeadlinePhase.Transfer }) return false;
        string? end = Ending(known, attempt, run);
        if (end is null)
        {
            ResilienceLog.Repeating(_logger, attempt + 1, run.EndPoint, known.Message, run.Delay.TotalMilliseconds);
            return true;
        }

        ResilienceLog.GaveUp(_logger, attempt + 1, run.EndPoint, end, known.Message);
        return false;
    }

    // Why the retries end; null when there is another attempt, whose wait then stands in the run.
    private string? Ending(ProtocolClientException failure, int attempt, Run run)
    {
        if (attempt + 1 >= _options.Attempts) return "no attempt left";
        if (_breakers is not null && run.EndPoint is not null && _breakers.IsOpen(run.EndPoint)) return "the breaker opened";
        if (failure.RetryAfter > _options.MaxDelay) return "the peer asks for a longer wait than the longest";
        run.Delay = Backoff(attempt);
        if (failure.RetryAfter > run.Delay) run.Delay = failure.RetryAfter.Value;
        return _time.GetElapsedTime(run.Started) + run.Delay > _options.Budget ? "the budget is spent" : null;
    }

    // Full jitter: anywhere between nothing and the doubled wait, so that clients that failed together do not return together.
    private TimeSpan Backoff(int attempt)
    {
        double ceiling = Math.Min(_options.BaseDelay.TotalMilliseconds * Math.Pow(2, attempt), _options.MaxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(ceiling * _random());
    }

    private readonly record struct Call<TState, TResult>(
        Run Run,
        Func<TState, CancellationToken, ValueTask<TResult>> Operation,
        TState State);

    // One operation on its way through the pipeline.
    private sealed class Run(Replay replay, EndPoint? endPoint, EndpointBreakers? breakers, Func<long>? progress, long started)
    {
        private long _furthest;

        public Replay Replay { get; } = replay;

        public EndPoint? EndPoint { get; } = endPoint;

        public EndpointBreakers? Breakers { get; } = breakers;

        public long Started { get; set; } = started;

        public int Attempts { get; set; }

        /// <summary>How the attempt before the pipeline failed, until the pipeline was told.</summary>
        public ExceptionDispatchInfo? First { get; set; }

        public TimeSpan Delay { get; set; }

        public bool BreakerRefused { get; set; }

        public bool HasAdvanced()
        {
            long reached = progress?.Invoke() ?? 0;
            if (reached <= _furthest) return false;
            _furthest = reached;
            return true;
        }
    }
}
