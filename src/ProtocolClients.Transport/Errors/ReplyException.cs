namespace ProtocolClients;

/// <summary>The peer understood and said no; the connection is alive. Each room has its own child with the reply.</summary>
public abstract class ReplyException : ProtocolClientException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="message">What the peer said.</param>
    /// <param name="isTransient">Whether the reply's code says that a later attempt may succeed.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    protected ReplyException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException)
    {
        IsTransient = isTransient;
        Delivery = Delivery.Answered;
    }

    /// <inheritdoc/>
    public override bool IsTransient { get; }
}

/// <summary>
/// What arrived is not what was announced: a body of another length, or another checksum. What was received is
/// discarded. <see cref="IsTransient"/> is true for a short body (asking again can bring the rest), false for a checksum.
/// </summary>
public sealed class IntegrityException : ProtocolClientException
{
    /// <summary>Makes an integrity failure.</summary>
    /// <param name="message">What was announced and what came.</param>
    /// <param name="isTransient">True when asking again can help.</param>
    /// <param name="innerException">The cause.</param>
    public IntegrityException(string message, bool isTransient = false, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <inheritdoc/>
    public override bool IsTransient { get; }
}

/// <summary>The peer refused the credentials, or none were given and it wants some. Never retried.</summary>
public sealed class AuthenticationFailedException : ProtocolClientException
{
    /// <summary>Makes an authentication failure.</summary>
    /// <param name="message">What the peer said; never the secret.</param>
    /// <param name="innerException">The cause.</param>
    public AuthenticationFailedException(string message, Exception? innerException = null)
        : base(message, innerException) => Delivery = Delivery.Refused;
}

/// <summary>The server lacks what the operation needs (an extension, a mechanism, TLS). Nothing was sent.</summary>
public sealed class CapabilityMissingException : ProtocolClientException
{
    /// <summary>Makes the failure.</summary>
    /// <param name="capability">The protocol's own name of what is missing, for example <c>STARTTLS</c>.</param>
    /// <param name="message">A sentence for the user; null for a standard one.</param>
    public CapabilityMissingException(string capability, string? message = null)
        : base(message ?? $"The server does not offer {capability}.")
    {
        Capability = capability;
        Delivery = Delivery.NotSent;
    }

    /// <summary>The protocol's own name of what is missing.</summary>
    public string Capability { get; }
}
