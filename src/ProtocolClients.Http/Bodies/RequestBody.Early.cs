using System.Net;

namespace ProtocolClients;

/// <content>
/// A server may answer before it has read the body, and need not read the rest (RFC 9112 §9.5: who sends one should listen meanwhile, and stop). The
/// handler listens only when it has sent all. So the connection tells the body that its answer is there; the body stops its source, and
/// hands the handler as many bytes as it still waits for: they reach nobody, since the connection is given up.
/// </content>
internal sealed partial class RequestBody
{
    // Shorter ones are gone in a write or two, before any answer.
    private const int Short = 16 * 1024;

    private static readonly byte[] Nothing = new byte[64 * 1024];

    [ThreadStatic]
    private static RequestBody? _writing;

    private volatile CancellationTokenSource? _stop;
    private volatile bool _isAnswered;
    private volatile bool _isFinished;

    /// <summary>Whether the connection must outlive the exchange, because it is being proved: then the body is sent to its end.</summary>
    public bool KeepsConnection { get; init; }

    /// <summary>Whether the head was sent by itself, ahead of the first byte (<c>Expect</c>).</summary>
    public bool FollowsItsHead { get; set; }

    /// <summary>Whether the answer came before the end of the body, and the rest is not sent.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>Whether the handler was given all of it.</summary>
    public bool IsFinished => _isFinished;

    /// <summary>Cancelled when the answer is there. Only for as long as the body is not finished.</summary>
    public CancellationToken Stopped { get; private set; }

    private bool IsHeard => !KeepsConnection && (_inner!.Headers.ContentLength is not { } length || length > Short);

    /// <summary>The body whose bytes are on their way down to the connection, on this thread.</summary>
    public static void BeginWriting(RequestBody body) => _writing = body;

    /// <summary>The same, and nobody's any more: what else a write sets going is not of this body.</summary>
    public static RequestBody? TakeWriting()
    {
        RequestBody? body = _writing;
        if (body is not null) _writing = null;
        return body;
    }

    /// <summary>The answer is there, and nobody reads the rest.</summary>
    public void Answered()
    {
        _isAnswered = true;
        try
        {
            // Its callbacks are those of the caller's source: not on the way of the answer.
            _ = _stop?.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It is finished.
        }
    }

    private async Task SendHeardAsync(HttpContent inner, Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Stopped = stop.Token;
        _stop = stop;
        var observed = new ObservedStream(stream, _progress, this);
        try
        {
            await CopyAsync(inner, observed, context, stop.Token).ConfigureAwait(false);
            if (_isAnswered) await FillAsync(inner, stream, observed.Count).ConfigureAwait(false);
        }
        catch (Exception) when (_isAnswered && !cancellationToken.IsCancellationRequested)
        {
            await FillAsync(inner, stream, observed.Count).ConfigureAwait(false);
        }
        finally
        {
            _isFinished = true;
        }
    }

    private static async ValueTask FillAsync(HttpContent inner, Stream stream, long count)
    {
        for (long left = (inner.Headers.ContentLength ?? count) - count; left > 0;)
        {
            int piece = (int)Math.Min(left, Nothing.Length);
            await stream.WriteAsync(Nothing.AsMemory(0, piece), CancellationToken.None).ConfigureAwait(false);
            left -= piece;
        }

        await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
