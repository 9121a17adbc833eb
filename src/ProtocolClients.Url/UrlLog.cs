using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>The log messages of the URL opener; event ids 1300 to 1399.</summary>
internal static partial class UrlLog
{
    [LoggerMessage(1300, LogLevel.Debug, "Retrieving {Url} to {Path}")]
    public static partial void Retrieving(ILogger logger, string url, string path);

    [LoggerMessage(1301, LogLevel.Debug, "Retrieved {Url}: {Bytes} bytes in {Attempts} attempts")]
    public static partial void Retrieved(ILogger logger, string url, long bytes, int attempts);
}
