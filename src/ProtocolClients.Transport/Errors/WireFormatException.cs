namespace ProtocolClients;

/// <summary>The peer sent bytes that do not fit the protocol's grammar. Never transient; the connection is dead.</summary>
public class WireFormatException : ProtocolClientException
{
    /// <summary>Makes a format failure.</summary>
    /// <param name="message">What was expected and what came, without secrets.</param>
    /// <param name="innerException">The cause.</param>
    public WireFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>The peer sent more than a limit of <see cref="WireLimits"/> allows. Never transient; the connection is dead.</summary>
public sealed class WireLimitException : WireFormatException
{
    /// <summary>Makes a limit failure.</summary>
    /// <param name="limit">The name of the limit, for example <c>Line</c>.</param>
    /// <param name="value">The limit's value in its unit.</param>
    /// <param name="message">What was too long; null for a sentence made of the two.</param>
    public WireLimitException(string limit, long value, string? message = null)
        : base(message ?? $"The peer exceeded the limit {limit} ({value}).")
    {
        Limit = limit;
        Value = value;
    }

    /// <summary>The name of the limit.</summary>
    public string Limit { get; }

    /// <summary>The limit's value in its unit.</summary>
    public long Value { get; }
}
