using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>The log messages of the URL opener; event ids 1300 to 1399.</summary>
internal static partial class UrlLog
{
    [LoggerMessage(1300, LogLevel.Debug, "Retrieving {Url} to {Path}")]
    public static partial void Retrieving(ILogger logger, string url, string path);

    [LoggerMessage(1301, LogLevel.Debug, "Retrieved {Url}: {Bytes} bytes in {Attempts} attempts")]
    public static partial void Retrieved(ILogger logger, string url, long bytes, int attempts);

    [LoggerMessage(1320, LogLevel.Information, "{Path} begins anew: {Reason}")]
    public static partial void BeginsAnew(ILogger logger, string path, string reason);

    [LoggerMessage(1321, LogLevel.Warning, "{Source} is left for {Next}: {Reason}")]
    public static partial void NextSource(ILogger logger, string source, string next, string reason);

    [LoggerMessage(1322, LogLevel.Information, "{Source} goes on from byte {Offset}: {Reason}")]
    public static partial void GoesOn(ILogger logger, string source, long offset, string reason);

    [LoggerMessage(1323, LogLevel.Warning, "The state of {Path} was not saved: {Reason}")]
    public static partial void NotSaved(ILogger logger, string path, string reason);

    [LoggerMessage(1325, LogLevel.Warning, "{Bytes} bytes of {Path} are wrong by the checksums of their pieces, and fetched again: {Reason}")]
    public static partial void Mends(ILogger logger, string path, long bytes, string reason);

    [LoggerMessage(1326, LogLevel.Information, "The description of {Url} at {Document} is not used: {Reason}")]
    public static partial void NotDescribed(ILogger logger, string url, string document, string reason);

    [LoggerMessage(1327, LogLevel.Warning, "{Path} does not say where it came from: {Reason}")]
    public static partial void NoOrigin(ILogger logger, string path, string reason);

    [LoggerMessage(1324, LogLevel.Warning, "{Source} gives no further part for now: {Reason}")]
    public static partial void SourceLeft(ILogger logger, string source, string reason);
}
