using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>
/// An answer that comes while the body is still being sent. The handler reads only when it has written all, so the connection is read here
/// meanwhile, by turns with the handler (which reads ahead on a connection that it used before, and with <c>Expect</c>). A final status of 300 or
/// more gives the connection up: what is still written reaches nobody, the handler reads the answer, and behind it the end. A write
/// that fails gives it up as well when there is an answer: that tells more than the failure.
/// </content>
internal sealed partial class AnswerStream
{
    private const int Free = 0;
    private const int Handlers = 1;
    private const int Ahead = 2;

    private byte[]? _aheadBytes;
    private int _aheadStart;
    private int _aheadEnd;
    private ExceptionDispatchInfo? _aheadFailure;
    private volatile TaskCompletionSource? _looking;
    private volatile TaskCompletionSource? _given;
    private volatile RequestBody? _body;
    private volatile bool _isGivenUp;
    private volatile bool _isOver;
    private int _turn;
    private int _lastWrites = 1;

    private bool IsInBody => _body is { IsFinished: false };

    /// <summary>The handler's turn to read, unless what was read ahead is for it to take.</summary>
    private bool TakeTurn() => Interlocked.CompareExchange(ref _turn, Handlers, Free) != Ahead;

    private void GiveTurn()
    {
        Interlocked.CompareExchange(ref _turn, Free, Handlers);
        _given?.TrySetResult();
    }

    /// <summary>Nothing more is to be read.</summary>
    private void Lost()
    {
        _isOver = true;
        GiveTurn();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteBodyAsync(RequestBody body, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        bool finished = body.IsFinished;
        if (!finished)
        {
            LookAhead();
            Judge();
            if (_isGivenUp) return;
        }

        try
        {
            // The handler gives no token of its own: it disposes the connection.
            await inner.WriteAsync(buffer, finished ? cancellationToken : body.Stopped).ConfigureAwait(false);
        }
        catch (Exception) when (_isGivenUp)
        {
        }
        catch (IOException)
        {
            if (!await IsAnsweredAsync().ConfigureAwait(false)) throw;
            GiveUp(body);
        }
    }

    /// <summary>What a connection that was given up is still given: the rest of a body, and its end. Another request is refused, unsent.</summary>
    private ValueTask WriteNowhere()
    {
        if (IsInBody || Interlocked.Decrement(ref _lastWrites) >= 0) return ValueTask.CompletedTask;
        return ValueTask.FromException(new TransportException(TransportError.ConnectionLost, "The connection was given up by the request before.")
        {
            Endpoint = endPoint,
            Delivery = Delivery.NotSent,
        });
    }

    /// <summary>Whether what was read tells the sender to stop: not a 2xx, whose body may be an answer in step with the request's.</summary>
    private void Judge()
    {
        if (_framing.FinalStatus >= 300 && _body is { IsFinished: false } body) GiveUp(body);
    }

    private void GiveUp(RequestBody body)
    {
        _isGivenUp = true;
        body.Answered();
    }

    /// <summary>The peer need not wait until the handler looks at the connection again.</summary>
    private void CloseWhenDone()
    {
        if (_isGivenUp && _isBetween && Volatile.Read(ref _turn) != Ahead) inner.Dispose();
    }

    /// <summary>The connection takes nothing more: did the server say something before?</summary>
    private async ValueTask<bool> IsAnsweredAsync()
    {
        while (_framing.FinalStatus == 0 && !_framing.IsLost && !_isOver)
        {
            var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _given = given;
            if (LookAhead())
            {
                await _looking!.Task.ConfigureAwait(false);
                break;
            }

            if (Volatile.Read(ref _turn) == Handlers) await given.Task.ConfigureAwait(false);
        }

        return _framing.FinalStatus != 0;
    }

    /// <summary>Has somebody read; false when it is the handler.</summary>
    private bool LookAhead()
    {
        if (Volatile.Read(ref _turn) == Ahead) return true;
        if (Volatile.Read(ref _turn) == Handlers || _isOver || _framing.IsLost || _framing.FinalStatus != 0) return false;
        var looking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _looking = looking;
        if (Interlocked.CompareExchange(ref _turn, Ahead, Free) != Free) return false;
        _ = LookAheadAsync(looking);
        return true;
    }

    private async Task LookAheadAsync(TaskCompletionSource looking)
    {
        byte[] bytes = _aheadBytes ??= new byte[4096];
        (_aheadStart, _aheadEnd, _aheadFailure) = (0, 0, null);
        try
        {
            // Interim answers are no word on the body.
            while (_aheadEnd < bytes.Length && _framing.FinalStatus == 0 && !_framing.IsLost)
            {
                // The connection outlives the body: what is read ahead is the handler's to take.
                int count = await inner.ReadAsync(bytes.AsMemory(_aheadEnd), CancellationToken.None).ConfigureAwait(false);
                if (count == 0) _isOver = true;
                Seen(bytes.AsSpan(_aheadEnd, count), count);
                if (count == 0) break;
                _aheadEnd += count;
            }
        }
        catch (Exception failure)
        {
            _isOver = true;
            _aheadFailure = ExceptionDispatchInfo.Capture(failure);
        }
        finally
        {
            looking.SetResult();
        }
    }

    /// <summary>What was read ahead, when it is there; the turn is free again behind it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAheadAsync(Memory<byte> buffer)
    {
        await _looking!.Task.ConfigureAwait(false);
        int count = Math.Min(buffer.Length, _aheadEnd - _aheadStart);
        if (count == 0 && !buffer.IsEmpty) _aheadFailure?.Throw();
        _aheadBytes.AsMemory(_aheadStart, count).CopyTo(buffer);
        _aheadStart += count;
        if (_aheadStart == _aheadEnd && !buffer.IsEmpty && (count > 0 || _aheadFailure is null))
        {
            Interlocked.Exchange(ref _turn, Free);
            CloseWhenDone();
        }

        return count;
    }
}
