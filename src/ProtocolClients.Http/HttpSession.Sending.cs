using System.Net;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    private async Task<HttpReply> SendAsync(HttpOperation operation, CancellationToken cancellationToken)
    {
        PhaseDeadline? transfer = operation.Deadlines.Transfer == Timeout.InfiniteTimeSpan
            ? null
            : PhaseDeadline.Start(Options.TimeProvider, operation.Deadlines, DeadlinePhase.Transfer, cancellationToken);
        operation.Transfer = transfer;
        EndPoint endPoint = operation.Target.EndPoint;
        using OperationScope scope = OperationScope.Start(HttpTelemetry.Instance, HttpTelemetry.NameOf(operation.Method), endPoint, Options.TimeProvider);
        scope.SetUrl(operation.Url);
        scope.SetTag("http.request.method", HttpTelemetry.NameOf(operation.Method));
        bool kept = false;
        try
        {
            HttpReply reply;
            CancellationToken token = transfer?.Token ?? cancellationToken;
            if (_resilience.IsReplaced)
            {
                reply = await _resilience.RunAsync(operation.Replay, endPoint, _attempt, operation, token).ConfigureAwait(false);
            }
            else
            {
                ResiliencePolicy.FirstAttempt first = _resilience.Begin(operation.Replay, endPoint);
                try
                {
                    reply = await TryAsync(operation, token).ConfigureAwait(false);
                    first.Succeeded();
                }
                catch (Exception failure)
                {
                    reply = await first.GoOnAsync(failure, _attempt, operation, null, token).ConfigureAwait(false);
                }
            }

            kept = true;
            HttpTelemetry.Answered(scope, reply);
            return reply.AsFinal();
        }
        catch (HttpStatusException) when (operation.Held is { } held)
        {
            // The last attempt's refusal is an answer as any other: the caller sees the reply.
            operation.Held = null;
            kept = true;
            HttpTelemetry.Answered(scope, held);
            return held.AsFinal();
        }
        catch (OperationCanceledException cause) when (transfer is { IsMissed: true })
        {
            TransportException missed = transfer.Missed(endPoint, cause);
            scope.Fail(missed);
            throw missed;
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }
        finally
        {
            operation.Held?.Dispose();
            if (!kept) transfer?.Dispose();
        }
    }

    /// <summary>
    /// One attempt, hop by hop. Each hop passes: who we are (credentials) → the exchange → what the answer teaches → does the server
    /// ask who we are → does it send us elsewhere. What a feature adds here is one line, and costs nothing where it is not used.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpReply> AttemptAsync(HttpOperation operation, CancellationToken cancellationToken)
    {
        operation.Held?.Dispose();
        operation.Held = null;
        List<HttpHop>? history = null;
        Hop hop = FirstHop(operation);
        try
        {
            while (true)
            {
                await _authentication.AuthorizeAsync(operation, hop, cancellationToken).ConfigureAwait(false);
                HostSlot? slot = _gates is null ? null : await _gates.EnterAsync(hop.Origin, cancellationToken).ConfigureAwait(false);
                HttpResponseMessage? response = null;
                bool handedOn = false;
                try
                {
                    using (Exchange exchange = Begin(operation, hop, cancellationToken))
                    {
                        try
                        {
                            response = await exchange.SendAsync().ConfigureAwait(false);
                        }
                        catch (Exception failure)
                        {
                            exchange.Throw(failure, cancellationToken);
                            throw;
                        }

                        exchange.Answered(response);
                    }

                    if (slot is not null)
                    {
                        Rest(_gates!, slot, hop, response);
                        HandOn(slot, hop, response);
                    }

                    HttpFraming.Check(response, hop.EndPoint, Options.Limits);
                    Learn(operation, hop, response);
                    _authentication.Learn(hop, response);
                    Hop? next = await _authentication.NextAsync(operation, hop, response, cancellationToken).ConfigureAwait(false)
                        ?? NextAfterRedirect(operation, hop, response, ref history)
                        ?? NextAfterExpectation(operation, hop, response);
                    if (next is not null)
                    {
                        hop.LeaveFor(next);
                        hop = next;
                        continue;
                    }

                    HttpReply reply = await HttpReply.CreateAsync(response, hop, history, operation, cancellationToken).ConfigureAwait(false);
                    handedOn = true;
                    if (!HttpStatusException.IsTransientStatus(reply.Status)) return reply;
                    operation.Held = reply;
                    throw reply.Refusal();
                }
                finally
                {
                    if (!handedOn)
                    {
                        response?.Dispose();
                        slot?.Dispose();
                    }
                }
            }
        }
        finally
        {
            hop.Authentication?.Release();
        }
    }
}
