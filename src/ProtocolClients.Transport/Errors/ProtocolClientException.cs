// ProtocolClientException            abstract: Endpoint, Delivery, IsTransient, RetryAfter
// ├─ TransportException              Error: NameResolution | Connect | Proxy | Tls | Timeout | ConnectionLost; Attempts, Phase
// ├─ WireFormatException             the peer broke the grammar; never transient; connection dead
// │   └─ WireLimitException          … by being too long
// ├─ ReplyException                  the peer said no; connection alive; transient by its code
// │   └─ one child a room (HttpStatusException, FtpReplyException, …)
// ├─ IntegrityException              what arrived is not what was announced: length or checksum
// ├─ AuthenticationFailedException   never retried
// └─ CapabilityMissingException      the server lacks it; nothing was sent
// misuse = ArgumentException, InvalidOperationException, ObjectDisposedException; cancel = OperationCanceledException, untouched

using System.Net;

namespace ProtocolClients;

/// <summary>
/// The root of all that can go wrong between a client and its peer. Misuse of the API and cancellation are not of this
/// tree: they are <see cref="ArgumentException"/>, <see cref="InvalidOperationException"/>,
/// <see cref="ObjectDisposedException"/> and <see cref="OperationCanceledException"/>.
/// </summary>
public abstract class ProtocolClientException : Exception
{
    /// <summary>Makes an exception with its message and cause.</summary>
    /// <param name="message">What went wrong, without secrets.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    protected ProtocolClientException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The peer that was asked: a <see cref="DnsEndPoint"/> as the caller named it, or an address; null when none was chosen yet.</summary>
    public EndPoint? Endpoint { get; init; }

    /// <summary>What is known of the delivery of the operation that failed; decides whether a repeat is safe.</summary>
    public Delivery Delivery { get; init; } = Delivery.MaybeSent;

    /// <summary>True when the same operation may succeed if repeated later. Says nothing of whether a repeat is safe.</summary>
    public virtual bool IsTransient => false;

    /// <summary>How long the peer asked to wait before the next attempt (HTTP <c>Retry-After</c>); null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
