using System.Buffers;

namespace ProtocolClients.Transport;

/// <summary>
/// A pure parser of one kind of message: bytes in, value out, no waiting. Implemented by mutable structs that remember how
/// far they searched, so that a message that arrives byte by byte costs linear work. Keep one in a field that is not
/// <c>readonly</c> (a read-only field would be copied for each call and forget), or boxed as this interface.
/// </summary>
/// <typeparam name="TValue">The message; may be a span into the input.</typeparam>
public interface IWireParser<TValue>
    where TValue : allows ref struct
{
    /// <summary>Tries to take one message from the start of what is unread.</summary>
    /// <param name="input">All unread bytes: from the start of the message, those of earlier calls included.</param>
    /// <param name="used">How many bytes the message took; 0 unless it is whole.</param>
    /// <param name="value">The message, when it is whole; valid as long as the input when it is a span.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> with the message, the parser being as new; <see cref="OperationStatus.NeedMoreData"/>
    /// when the message is not whole yet; <see cref="OperationStatus.InvalidData"/> when it does not fit the grammar.
    /// </returns>
    /// <exception cref="WireFormatException">As <see cref="OperationStatus.InvalidData"/>, with a message of its own.</exception>
    /// <exception cref="WireLimitException">The message is longer than a limit of the parser.</exception>
    OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out TValue value);
}
