using System.Net;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>The limits of origins; null when there are none, which costs a look at this field.</summary>
    private readonly HostGates? _gates;

    /// <summary>The slot of an exchange that was answered goes with the answer's body, and comes back with its end.</summary>
    private static void HandOn(HostSlot slot, Hop hop, HttpResponseMessage response)
    {
        // What is tried again later holds nobody up until then, and what has no body is done.
        bool done = hop.Method == HttpMethod.Head || response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified
            || HttpStatusException.IsTransientStatus(response.StatusCode);
        if (done) slot.Dispose();
        else response.Content = new LimitedContent(response.Content, slot);
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
