using System.Net;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>The limits of origins; null when there are none, which costs a look at this field.</summary>
    private readonly HostGates? _gates;

    /// <summary>An exchange in its turn; the slot goes with the answer's body, and comes back with its end.</summary>
    private async ValueTask<HttpResponseMessage> ExchangeInTurnAsync(HostGates gates, HttpOperation operation, Hop hop, CancellationToken cancellationToken)
    {
        HostSlot slot = await gates.EnterAsync(hop.Origin, cancellationToken).ConfigureAwait(false);
        bool kept = false;
        try
        {
            HttpResponseMessage response = await ExchangeAsync(operation, hop, cancellationToken).ConfigureAwait(false);
            if (gates.Limits.HonourRetryAfter && response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) Rest(gates, slot, hop, response);
            // What is tried again later holds nobody up until then, and what has no body is done.
            bool done = hop.Method == HttpMethod.Head || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
                || HttpStatusException.IsTransientStatus(response.StatusCode);
            if (!done)
            {
                response.Content = new LimitedContent(response.Content, slot);
                kept = true;
            }

            return response;
        }
        finally
        {
            if (!kept) slot.Dispose();
        }
    }

    private void Rest(HostGates gates, HostSlot slot, Hop hop, HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out System.Net.Http.Headers.HeaderStringValues values)) return;
        if (HttpText.RetryAfter(values.ToString(), Options.TimeProvider) is not { } wait || wait <= TimeSpan.Zero) return;
        if (wait > gates.Limits.MaxPause) wait = gates.Limits.MaxPause;
        slot.Gate.Rest(wait);
        HttpFlowLog.Resting(_logger, hop.Origin, wait.TotalSeconds);
    }
}
