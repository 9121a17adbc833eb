using System.Runtime.CompilerServices;

namespace ProtocolClients;

public sealed partial class HttpSession
{
    /// <summary>
    /// Server-sent events as they come (WHATWG HTML §9.2), across reconnects: a stream that ends or is lost is opened again after its
    /// <c>retry</c> time, with the id of the last event, until the server answers 204 or the caller stops.
    /// </summary>
    /// <remarks>
    /// The first connection is made as any request of the session; what a later one fails with is thrown when it is not transient, or
    /// after <see cref="HttpWatchOptions.Reconnects"/> in a row. A stream that is silent for <see cref="Deadlines.Idle"/> counts as lost:
    /// servers send comments to keep it.
    /// </remarks>
    /// <param name="url">An absolute http or https URL, or one relative to the base address.</param>
    /// <param name="watch">Where to begin, and how to reconnect; null for the defaults.</param>
    /// <param name="options">What is different for these requests.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    /// <exception cref="WireFormatException">The answer is no event stream, or a line or an event is too long.</exception>
    /// <exception cref="HttpStatusException">The status is not 200 or 204.</exception>
    public IAsyncEnumerable<ServerSentEvent> WatchAsync(
        string url, HttpWatchOptions? watch = null, HttpCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        string shown = Shown(_targets.Of(url).Url);
        return WatchAsync(shown, url, watch ?? HttpWatchOptions.Default, options ?? HttpCallOptions.Default, cancellationToken);
    }

    private async IAsyncEnumerable<ServerSentEvent> WatchAsync(
        string shown, string url, HttpWatchOptions watch, HttpCallOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Made here, not before: each enumeration is a stream of its own.
        var source = new EventSource(this, url, shown, watch, options, _logger);
        await using (source.ConfigureAwait(false))
        {
            while (await source.NextAsync(cancellationToken).ConfigureAwait(false) is { } next) yield return next;
        }
    }
}
