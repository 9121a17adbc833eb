using System.Net;

namespace ProtocolClients;

/// <summary>What kind of transport failure it was.</summary>
public enum TransportError
{
    /// <summary>The host name has no usable address.</summary>
    NameResolution,

    /// <summary>No address could be connected.</summary>
    Connect,

    /// <summary>A proxy refused, or broke its own protocol.</summary>
    Proxy,

    /// <summary>The TLS handshake failed, the certificate included.</summary>
    Tls,

    /// <summary>A deadline of <see cref="Deadlines"/> was missed; <see cref="TransportException.Phase"/> says which.</summary>
    Timeout,

    /// <summary>An established connection ended before it should.</summary>
    ConnectionLost,

    /// <summary>The address policy forbids every address of the host; nothing was sent.</summary>
    AddressRefused,

    /// <summary>
    /// All connections that may be open at once were held, and nobody used one of them for as long as a reply may take; nothing was sent. Who
    /// holds one (a listing, a stream, a session) in the task that waits for another, waits for himself.
    /// </summary>
    PoolExhausted,
}

/// <summary>The phases that have a deadline of their own; see <see cref="Deadlines"/>.</summary>
public enum DeadlinePhase
{
    /// <summary>Name resolution, TCP connect and the proxy's handshake.</summary>
    Connect,

    /// <summary>The TLS handshake.</summary>
    Tls,

    /// <summary>One command and its reply.</summary>
    Command,

    /// <summary>Silence of the peer in the middle of a body or block.</summary>
    Idle,

    /// <summary>A whole transfer.</summary>
    Transfer,
}

/// <summary>One address that was tried while dialing, and why it failed.</summary>
/// <param name="Address">The address that was tried.</param>
/// <param name="Elapsed">How long the attempt took.</param>
/// <param name="Failure">Why it failed; null for the attempt that succeeded or was abandoned because another won.</param>
public sealed record DialAttempt(EndPoint Address, TimeSpan Elapsed, Exception? Failure);

/// <summary>
/// The transport failed: no name, no connection, no TLS, no time left, or the connection was lost. A missed deadline is
/// never confused with the caller's cancellation, which stays an <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class TransportException : ProtocolClientException
{
    /// <summary>The key in <see cref="Exception.Data"/> of a cancelled dial's attempts.</summary>
    internal const string AttemptsKey = "ProtocolClients.DialAttempts";

    /// <summary>Makes a transport failure.</summary>
    /// <param name="error">The kind of failure.</param>
    /// <param name="message">What went wrong, without secrets.</param>
    /// <param name="innerException">The cause.</param>
    public TransportException(TransportError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of failure.</summary>
    public TransportError Error { get; }

    /// <summary>The phase whose deadline was missed, when <see cref="Error"/> is <see cref="TransportError.Timeout"/>.</summary>
    public DeadlinePhase? Phase { get; init; }

    /// <summary>Every address that was tried and why it failed, in order; empty when dialing was not the problem.</summary>
    public IReadOnlyList<DialAttempt> Attempts { get; init; } = [];

    /// <summary>
    /// The addresses that a cancelled dial had tried. The one who set the token may have been a deadline around the dial (a proxy's, a
    /// session's): its exception then still tells of them.
    /// </summary>
    internal static IReadOnlyList<DialAttempt> AttemptsOf(Exception? cause)
    {
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            if (e.Data[AttemptsKey] is IReadOnlyList<DialAttempt> attempts) return attempts;
        }

        return [];
    }

    /// <summary>
    /// True for failures that time can heal: no connection, a lost one, a missed deadline, a name server that did not
    /// answer. A certificate, a proxy's refusal of our credentials and a forbidden address stay as they are.
    /// </summary>
    public override bool IsTransient => Error is TransportError.Connect or TransportError.Timeout or TransportError.ConnectionLost
        || (Error == TransportError.NameResolution && InnerException is System.Net.Sockets.SocketException
        {
            SocketErrorCode: System.Net.Sockets.SocketError.TryAgain,
        });
}
