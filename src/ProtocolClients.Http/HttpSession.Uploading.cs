using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>What an upload of several requests needs of its session.</content>
public sealed partial class HttpSession
{
    /// <summary>For operations of several requests.</summary>
    internal ResiliencePolicy Resilience => _resilience;

    /// <summary>A URL's text as every verb reads it.</summary>
    /// <exception cref="ArgumentException">It is malformed, or not of http or https.</exception>
    internal HttpTarget TargetOf(string url) => _targets.Of(url);

    /// <summary>A request to a target that the caller named, or that a peer named and that may not see what is meant for the caller's.</summary>
    internal Task<HttpReply> SendAsync(HttpMethod method, HttpTarget target, HttpContent? content, HttpCallOptions call, bool carriesSecrets, CancellationToken cancellationToken) =>
        SendAsync(new HttpOperation(method, target, content, null, call, Options) { CarriesSecrets = carriesSecrets }, cancellationToken);

    internal void GoesOn(Uri url, long position, Exception failure)
    {
        if (_logger.IsEnabled(LogLevel.Information)) HttpLog.UploadGoesOn(_logger, Shown(url), position, failure.Message);
    }
}
