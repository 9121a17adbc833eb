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
            Rest(gates, slot, hop, response);
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
        bool busy = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
        TimeSpan? asked = busy && gates.Limits.HonourRetryAfter ? HttpText.RetryAfter(Field(response, "Retry-After"), Options.TimeProvider) : null;
        if (gates.Limits.HonourRateLimit) asked ??= RateLimitField.Exhausted(Field(response, "RateLimit"));
        if (asked is not { } wait || wait <= TimeSpan.Zero) return;
        if (wait > gates.Limits.MaxPause) wait = gates.Limits.MaxPause;
        slot.Gate.Rest(wait);
        HttpFlowLog.Resting(_logger, hop.Origin, wait.TotalSeconds);
    }

    private static string? Field(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;
}
