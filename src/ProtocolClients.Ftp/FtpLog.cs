using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>The log messages of FTP; event ids 1400 to 1499.</summary>
internal static partial class FtpLog
{
    [LoggerMessage(1400, LogLevel.Debug, "Logged in at {EndPoint} as {User}; TLS: {Tls}")]
    public static partial void LoggedIn(ILogger logger, object endPoint, string user, bool tls);

    [LoggerMessage(1401, LogLevel.Information, "{EndPoint} takes no more connections: {Limit} from now on")]
    public static partial void TooMany(ILogger logger, object endPoint, int limit);

    [LoggerMessage(1402, LogLevel.Information, "{EndPoint} lost commands that were sent together: one by one from now on")]
    public static partial void NoPipelining(ILogger logger, object endPoint);

    [LoggerMessage(1403, LogLevel.Debug, "{EndPoint} named {Named} for data: the peer of the control connection is used")]
    public static partial void AddressIgnored(ILogger logger, object endPoint, string named);

    [LoggerMessage(1404, LogLevel.Debug, "Data connection to {EndPoint} failed: {Reason}")]
    public static partial void DataFailed(ILogger logger, object endPoint, string reason);

    [LoggerMessage(1406, LogLevel.Information, "{EndPoint} does not resume a session of TLS 1.3 for each data connection: TLS 1.2 from now on")]
    public static partial void OlderTls(ILogger logger, object endPoint);

    [LoggerMessage(1407, LogLevel.Information, "{EndPoint} refused a data connection for its TLS session: that control connection is given up")]
    public static partial void SessionRefused(ILogger logger, object endPoint);

    [LoggerMessage(1405, LogLevel.Information, "{EndPoint} does not protect data, nor the control connection: clear text")]
    public static partial void ClearText(ILogger logger, object endPoint);
}
