using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Transport;

/// <summary>
/// A breaker per endpoint: after so many consecutive transport failures the endpoint is left alone for a pause, then one
/// attempt is let through, whose outcome closes the breaker or starts the next pause. Only endpoints that fail are kept,
/// and of those a bounded number: a crawler of a million hosts must not grow a table of them.
/// </summary>
internal sealed class EndpointBreakers(int failures, TimeSpan pause, TimeProvider time, ILogger logger)
{
    internal const int MaxEndpoints = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<EndPoint, Breaker> _breakers = [];

    // Nothing failed lately, which is nearly always: then no request waits for the lock.
    private volatile bool _any;

    /// <summary>How many endpoints are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _breakers.Count;
        }
    }

    /// <summary>Whether an attempt would be refused now.</summary>
    public bool IsOpen(EndPoint endPoint)
    {
        lock (_gate) return _breakers.TryGetValue(endPoint, out Breaker? breaker) && breaker.IsOpen && Remaining(breaker) > TimeSpan.Zero;
    }

    /// <summary>Asks for an attempt; what refuses it, or null when it may go on and its outcome be reported.</summary>
    public TransportException? Enter(EndPoint endPoint)
    {
        if (!_any) return null;
        lock (_gate)
        {
            if (!_breakers.TryGetValue(endPoint, out Breaker? breaker) || !breaker.IsOpen) return null;
            TimeSpan remaining = Remaining(breaker);
            if (remaining <= TimeSpan.Zero && !breaker.Probing)
            {
                breaker.Probing = true;
                return null;
            }

            if (remaining < TimeSpan.Zero) remaining = TimeSpan.Zero;
            string seconds = remaining.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            return new TransportException(
                TransportError.Connect,
                $"The breaker of {endPoint} is open after {breaker.Failures} failures in a row; not tried for another {seconds} s.",
                breaker.LastFailure)
            {
                Endpoint = endPoint,
                Delivery = Delivery.NotSent,
                RetryAfter = remaining,
            };
        }
    }

    /// <summary>Reports the outcome of an attempt that was let through; null for success.</summary>
    public void Report(EndPoint endPoint, Exception? failure)
    {
        if (failure is null && !_any) return;
        bool opened = false;
        lock (_gate)
        {
            _breakers.TryGetValue(endPoint, out Breaker? breaker);
            if (Counts(failure))
            {
                if (breaker is null) breaker = Add(endPoint);
                breaker.Failures++;
                breaker.LastFailure = failure;
                breaker.FailedAt = time.GetTimestamp();
                opened = breaker.Failures == failures || breaker.Probing;
                breaker.IsOpen |= opened;
                breaker.Probing = false;
                if (opened) breaker.OpenedAt = breaker.FailedAt;
            }
            else if (failure is null or ProtocolClientException and not TransportException)
            {
                // It answered, be it with a refusal: it is alive.
                _breakers.Remove(endPoint);
                _any = _breakers.Count > 0;
            }
            else if (breaker is not null)
            {
                // Cancelled, or a failure that says nothing of the endpoint: the next one may probe.
                breaker.Probing = false;
            }
        }

        if (opened) ResilienceLog.BreakerOpened(logger, endPoint, failures, pause.TotalSeconds);
    }

    // A transfer that took too long for its caller was still alive.
    private static bool Counts(Exception? failure) =>
        failure is TransportException { IsTransient: true, Phase: not DeadlinePhase.Transfer };

    private TimeSpan Remaining(Breaker breaker) => pause - time.GetElapsedTime(breaker.OpenedAt);

    private Breaker Add(EndPoint endPoint)
    {
        if (_breakers.Count >= MaxEndpoints) _breakers.Remove(_breakers.MinBy(static pair => pair.Value.FailedAt).Key);
        _any = true;
        return _breakers[endPoint] = new Breaker();
    }

    private sealed class Breaker
    {
        public int Failures { get; set; }

        public bool IsOpen { get; set; }

        public bool Probing { get; set; }

        public long OpenedAt { get; set; }

        public long FailedAt { get; set; }

        public Exception? LastFailure { get; set; }
    }
}
