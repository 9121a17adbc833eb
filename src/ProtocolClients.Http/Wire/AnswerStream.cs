using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A connection of HTTP/1.1 under the platform's reader, which says what that one keeps to itself. A connection that never answered and ends
/// before the first byte of an answer is taken by the handler for an idle one that died, and a request without a body is sent again by itself, up to
/// three times, behind the back of the policy that counts attempts. That is right for a connection that was used before, whose end crossed
/// the request on the way; on a new one the server has read the request and gone. So a new connection that ends without an answer fails,
/// and the policy decides. And the framing of the answers is followed, for what <see cref="AnswerFraming"/> sees in it.
/// </summary>
internal sealed partial class AnswerStream(Stream inner, EndPoint endPoint, WireLimits limits) : WireStream, IValueTaskSource<int>
{
    private readonly AnswerFraming _framing = new(limits.IntermediateReplies, limits.Lines);
    private volatile bool _isBetween = true;
    private bool _asked;
    private bool _answered;
    private ManualResetValueTaskSourceCore<int> _wait;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _waiting;
    private Memory<byte> _waitingBuffer;
    private Action? _onRead;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!TakeTurn()) return ReadAheadAsync(buffer);
        if (_answered && _framing.IsLost)
        {
            // Nothing more is to be learned, and the turn is never given back: nobody else reads here again.
            return inner.ReadAsync(buffer, cancellationToken);
        }

        // What was given up ends with its answer: the handler does not ask here again.
        if (_isGivenUp && _isBetween) return new ValueTask<int>(Taken(default, 0));

        ValueTask<int> read = inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<int>(Taken(buffer.Span, read.Result)) : ReadSlowly(read, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequestBody? body = RequestBody.TakeWriting();
        if (_isGivenUp) return WriteNowhere();
        _asked = true;
        // The first bytes behind the end of an answer begin a request, unless they are still those of a body that was answered early.
        if (_isBetween && (body is null ? !IsInBody : !body.FollowsItsHead && body != _body))
        {
            (_isBetween, _body) = (false, null);
            _framing.Asking(buffer.Span);
        }

        if (body is not null) _body = body;
        return _body is { } sent ? WriteBodyAsync(sent, buffer, cancellationToken) : inner.WriteAsync(buffer, cancellationToken);
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

    // A request costs at least one read that has to wait, and the handler makes one at a time: what waits is this object itself.
    private ValueTask<int> ReadSlowly(ValueTask<int> read, Memory<byte> buffer)
    {
        _wait.Reset();
        _waitingBuffer = buffer;
        _waiting = read.ConfigureAwait(false).GetAwaiter();
        _waiting.UnsafeOnCompleted(_onRead ??= OnRead);
        return new ValueTask<int>(this, _wait.Version);
    }

    private void OnRead()
    {
        int result;
        try
        {
            Memory<byte> buffer = _waitingBuffer;
            _waitingBuffer = default;
            result = Taken(buffer.Span, Finished());
        }
        catch (Exception failure)
        {
            _wait.SetException(failure);
            return;
        }

        _wait.SetResult(result);
    }

    private int Finished()
    {
        try
        {
            return _waiting.GetResult();
        }
        catch
        {
            Lost();
            throw;
        }
        finally
        {
            _waiting = default;
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>What the handler read, which ends its turn.</summary>
    private int Taken(Span<byte> buffer, int count)
    {
        try
        {
            return buffer.IsEmpty ? 0 : Seen(buffer, count);
        }
        finally
        {
            if (count == 0 && !buffer.IsEmpty) Lost();
            else GiveTurn();
            CloseWhenDone();
        }
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
        // An interim answer leaves the request where it was.
        _isBetween = _framing.IsBetween && (_framing.FinalStatus != 0 || _isBetween);
        Judge();
        return fault == AnswerFault.None ? count : throw Failure(fault);
    }

    private WireFormatException Failure(AnswerFault fault) => fault switch
    {
        AnswerFault.TooManyInterim => new WireLimitException(
            nameof(WireLimits.IntermediateReplies), limits.IntermediateReplies, "The server sends more answers of 1xx than the limit before a final one.")
        { Endpoint = endPoint },
        AnswerFault.TooManyFields => new WireLimitException(
            nameof(WireLimits.Lines), limits.Lines, "The answer has more header fields than the limit.")
        { Endpoint = endPoint },
        AnswerFault.BareLineFeed => new WireFormatException("A line of the chunked coding ends in a bare line feed.") { Endpoint = endPoint },
        _ => new WireFormatException("What the server says is not HTTP.") { Endpoint = endPoint },
    };
}
