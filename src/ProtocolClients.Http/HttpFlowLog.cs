using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>The log messages of streams, pages and limits per host; event ids 1240 to 1249.</summary>
internal static partial class HttpFlowLog
{
    [LoggerMessage(1240, LogLevel.Information, "The event stream of {Url} is lost ({Reason}); opened again in {Milliseconds:0} ms.")]
    public static partial void Reconnecting(ILogger logger, string url, string reason, double milliseconds);

    [LoggerMessage(1241, LogLevel.Information, "{Origin} asks for a rest: nothing is sent there for {Seconds:0.0} s.")]
    public static partial void Resting(ILogger logger, string origin, double seconds);
}
