using System.Net;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers;

/// <summary>What servers log: events 1100 to 1199.</summary>
internal static partial class ServersLog
{
    [LoggerMessage(1100, LogLevel.Information, "Listening on {EndPoint}")]
    public static partial void Listening(this ILogger logger, EndPoint endPoint);

    [LoggerMessage(1101, LogLevel.Information, "Stopping with {Active} open connections, which have {Grace} to end")]
    public static partial void Stopping(this ILogger logger, int active, TimeSpan grace);

    [LoggerMessage(1102, LogLevel.Information, "Stopped: {Accepted} connections accepted, {Refused} refused")]
    public static partial void Stopped(this ILogger logger, long accepted, long refused);

    [LoggerMessage(1103, LogLevel.Warning, "Aborting {Active} connections that did not end in time")]
    public static partial void AbortingRest(this ILogger logger, int active);

    [LoggerMessage(1110, LogLevel.Debug, "Connection {Connection} from {Remote}")]
    public static partial void Accepted(this ILogger logger, long connection, EndPoint? remote);

    [LoggerMessage(1111, LogLevel.Warning, "Connection from {Remote} refused: {Reason}")]
    public static partial void Refused(this ILogger logger, EndPoint? remote, string reason);

    [LoggerMessage(1112, LogLevel.Warning, "Accepting a connection failed: {Error}; trying again in {Delay}")]
    public static partial void AcceptFailed(this ILogger logger, Exception cause, string error, TimeSpan delay);

    [LoggerMessage(1120, LogLevel.Debug, "Connection {Connection} closed")]
    public static partial void Closed(this ILogger logger, long connection);

    [LoggerMessage(1121, LogLevel.Debug, "Connection {Connection} aborted")]
    public static partial void Aborted(this ILogger logger, long connection);

    [LoggerMessage(1122, LogLevel.Debug, "Connection {Connection} lost: {Error}")]
    public static partial void Lost(this ILogger logger, Exception cause, long connection, string error);

    [LoggerMessage(1123, LogLevel.Warning, "Connection {Connection} from {Remote} ended by the limit {Limit}")]
    public static partial void LimitReached(this ILogger logger, long connection, EndPoint? remote, ServerLimit limit);

    [LoggerMessage(1124, LogLevel.Warning, "Connection {Connection} from {Remote} ended: {Error}")]
    public static partial void BadData(this ILogger logger, long connection, EndPoint? remote, string error);

    [LoggerMessage(1125, LogLevel.Warning, "TLS handshake on connection {Connection} from {Remote} failed: {Error}")]
    public static partial void HandshakeFailed(this ILogger logger, Exception cause, long connection, EndPoint? remote, string error);

    [LoggerMessage(1130, LogLevel.Error, "The handler of connection {Connection} failed")]
    public static partial void HandlerFailed(this ILogger logger, Exception cause, long connection);

    [LoggerMessage(1131, LogLevel.Error, "A callback on the cancellation of connection {Connection} failed")]
    public static partial void CancellationFailed(this ILogger logger, Exception cause, long connection);
}
