using System.Net;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Transport;

/// <summary>The log messages of resilience: event ids 1050 to 1069.</summary>
internal static partial class ResilienceLog
{
    [LoggerMessage(1050, LogLevel.Information, "Attempt {Attempt} on {Server} failed ({Reason}); the next one in {Milliseconds:0} ms.")]
    public static partial void Repeating(ILogger logger, int attempt, EndPoint? server, string reason, double milliseconds);

    [LoggerMessage(1051, LogLevel.Warning, "Gave up on {Server} after attempt {Attempt}, {Ending}: {Reason}")]
    public static partial void GaveUp(ILogger logger, int attempt, EndPoint? server, string ending, string reason);

    [LoggerMessage(1053, LogLevel.Debug, "{Server} has not answered; request {Attempt} goes out beside those under way, {Milliseconds:0} ms after the last.")]
    public static partial void Hedging(ILogger logger, EndPoint? server, int attempt, double milliseconds);

    [LoggerMessage(1052, LogLevel.Warning, "The breaker of {Server} opened after {Failures} failures; not tried for {Seconds:0.0} s.")]
    public static partial void BreakerOpened(ILogger logger, EndPoint server, int failures, double seconds);
}
