using System.Net;
using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A connection of HTTP/1.1 under the platform's reader, which says what that one keeps to itself. A connection that never answered and ends
/// before the first byte of an answer is taken by the handler for an idle one that died, and a request without a body is sent again by itself, up to
/// three times, behind the back of the policy that counts attempts. That is right for a connection that was used before, whose end crossed
/// the request on the way; on a new one the server has read the request and gone. So a new connection that ends without an answer fails,
/// and the policy decides. And the framing of the answers is followed, for what <see cref="AnswerFraming"/> sees in it.
/// </summary>
internal sealed class AnswerStream(Stream inner, EndPoint endPoint, WireLimits limits) : WireStream
{
    private readonly AnswerFraming _framing = new(limits.IntermediateReplies);
    private volatile bool _isBetween = true;
    private bool _asked;
    private bool _answered;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || (_answered && _framing.IsLost)) return inner.ReadAsync(buffer, cancellationToken);
        ValueTask<int> read = inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<int>(Seen(buffer.Span, read.Result)) : ReadSlowlyAsync(read, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _asked = true;
        // The first bytes behind the end of an answer begin a request, as far as it was not answered early: then the connection is given up.
        if (_isBetween)
        {
            _isBetween = false;
            _framing.Asking(buffer.Span);
        }

        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    // A request costs at least one read that has to wait: no object for each.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadSlowlyAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        int count = await read.ConfigureAwait(false);
        return Seen(buffer.Span, count);
    }

    private int Seen(Span<byte> buffer, int count)
    {
        if (count == 0)
        {
            if (!_answered && _asked) throw new IOException("The server closed the connection without an answer.");
            return 0;
        }

        _answered = true;
        AnswerFault fault = _framing.Read(buffer[..count]);
        _isBetween = _framing.IsBetween;
        return fault == AnswerFault.None ? count : throw Failure(fault);
    }

    private WireFormatException Failure(AnswerFault fault) => fault switch
    {
        AnswerFault.TooManyInterim => new WireLimitException(
            nameof(WireLimits.IntermediateReplies), limits.IntermediateReplies, "The server sends more answers of 1xx than the limit before a final one.")
        { Endpoint = endPoint },
        AnswerFault.BareLineFeed => new WireFormatException("A line of the chunked coding ends in a bare line feed.") { Endpoint = endPoint },
        _ => new WireFormatException("What the server says is not HTTP.") { Endpoint = endPoint },
    };
}
