using System.Net;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Transport;

/// <summary>The log messages of this package: event ids 1000 to 1099, unique across the suite.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(1000, LogLevel.Debug, "Connected to {Server} at {Address} in {Milliseconds:0.0} ms.")]
    public static partial void Dialed(ILogger logger, string server, EndPoint? address, double milliseconds);

    [LoggerMessage(1001, LogLevel.Debug, "Could not connect to {Server} ({Error}): {Reason}")]
    public static partial void DialFailed(ILogger logger, string server, string error, string reason);

    [LoggerMessage(1002, LogLevel.Debug, "The address {Address} did not connect: {Reason}")]
    public static partial void AttemptFailed(ILogger logger, EndPoint address, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "The address policy forbids {Address}, an address of {Server}.")]
    public static partial void AddressRefused(ILogger logger, EndPoint address, string server);
}
