using Microsoft.Extensions.Logging;

namespace ProtocolClients;

/// <summary>The log messages of HTTP; event ids 1200 to 1299.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(1200, LogLevel.Debug, "{Method} {Url}")]
    public static partial void Sending(ILogger logger, string method, string url);

    [LoggerMessage(1201, LogLevel.Debug, "{Method} {Url}: {Status}")]
    public static partial void Answered(ILogger logger, string method, string url, int status);

    [LoggerMessage(1202, LogLevel.Debug, "{Status} redirects {From} to {To}")]
    public static partial void Redirected(ILogger logger, int status, string from, string to);

    [LoggerMessage(1203, LogLevel.Information, "{Url} leaves the origin that was asked for: credentials and secret headers are dropped")]
    public static partial void SecretsDropped(ILogger logger, string url);

    [LoggerMessage(1210, LogLevel.Debug, "{Party} asks for credentials: answering with {Scheme}")]
    public static partial void Authenticating(ILogger logger, string party, string scheme);

    [LoggerMessage(1211, LogLevel.Information, "{Party} refuses the credentials that were sent with {Scheme}")]
    public static partial void CredentialsRefused(ILogger logger, string party, string scheme);

    [LoggerMessage(1220, LogLevel.Debug, "{Url} sets a cookie that it may not set, or that the policy does not take")]
    public static partial void CookieRefused(ILogger logger, string url);

    [LoggerMessage(1221, LogLevel.Debug, "{Url} is asked over TLS, as its host wants")]
    public static partial void AskedOverTls(ILogger logger, string url);

    [LoggerMessage(1230, LogLevel.Debug, "{Url} does not know 100-continue: sent again without it")]
    public static partial void ExpectationFailed(ILogger logger, string url);

    [LoggerMessage(1250, LogLevel.Information, "The upload {Url} broke off at byte {Position} and goes on: {Reason}")]
    public static partial void UploadGoesOn(ILogger logger, string url, long position, string reason);
}
