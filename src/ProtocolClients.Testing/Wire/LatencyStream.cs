using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// A long line: bytes arrive a while after they were sent, both ways, and much may be under way. No thread waits. The first bytes also wait for
/// the three ways of a TCP handshake, as they would have to.
/// </summary>
internal sealed class LatencyStream : WireStream
{
    private const int MostUnderWay = 8 * 1024 * 1024;
    private const int Piece = 64 * 1024;

    private readonly Stream _inner;
    private readonly TimeProvider _time;
    private readonly TimeSpan _delay;
    private readonly long _begun;
    private readonly TimeSpan _firstRead;
    private readonly TimeSpan _firstWrite;
    private readonly CancellationTokenSource _closing = new();
    private readonly DelayedBytes _outgoing = new(MostUnderWay);
    private readonly DelayedBytes _incoming = new(MostUnderWay);
    private bool _settles;

    /// <param name="inner">The line without delay.</param>
    /// <param name="delay">How long one way takes.</param>
    /// <param name="time">The time on which it waits.</param>
    /// <param name="isDialed">Whether this side connected and has waited for that already.</param>
    public LatencyStream(Stream inner, TimeSpan delay, TimeProvider time, bool isDialed)
    {
        _inner = inner;
        _delay = delay;
        _time = time;
        _begun = time.GetTimestamp();

        // A client that dialed is heard after SYN, SYN ACK and its own first bytes; one that was dialed had to see the end of that first.
        _firstRead = isDialed ? delay * 2 : delay * 3;
        _firstWrite = isDialed ? TimeSpan.Zero : delay * 3;
        _ = SendAsync();
        _ = ReceiveAsync();
    }

    private TimeSpan Now => _time.GetElapsedTime(_begun);

    /// <summary>Ends when this side knows that the connection is open.</summary>
    public Task WaitForOpenAsync(CancellationToken cancellationToken) => WaitUntilAsync(_firstWrite, cancellationToken);

    /// <summary>From now on a write ends when its bytes have arrived. Ends when all before have.</summary>
    public Task SettleAsync(CancellationToken cancellationToken)
    {
        _settles = true;
        return _outgoing.WaitForEmptyAsync(cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return;
        TimeSpan sent = Now > _firstWrite ? Now : _firstWrite;
        await _outgoing.AddAsync(buffer, sent + _delay, cancellationToken).ConfigureAwait(false);
        if (_settles) await _outgoing.WaitForEmptyAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        TimeSpan? due = await _incoming.NextDueAsync(cancellationToken).ConfigureAwait(false);
        await WaitUntilAsync(due ?? _incoming.End, cancellationToken).ConfigureAwait(false);
        return due is null ? 0 : _incoming.Take(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _closing.Cancel();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task SendAsync()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (await _outgoing.NextDueAsync(_closing.Token).ConfigureAwait(false) is { } due)
            {
                await WaitUntilAsync(due, _closing.Token).ConfigureAwait(false);
                int count = _outgoing.Peek(piece);
                await _inner.WriteAsync(piece.AsMemory(0, count), _closing.Token).ConfigureAwait(false);
                await _inner.FlushAsync(_closing.Token).ConfigureAwait(false);
                _outgoing.Drop(count);
            }
        }
        catch (Exception failure)
        {
            _outgoing.Fail(failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async Task ReceiveAsync()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            int count;
            while ((count = await _inner.ReadAsync(piece.AsMemory(0, Piece), _closing.Token).ConfigureAwait(false)) > 0)
            {
                TimeSpan arrived = Now + _delay;
                await _incoming.AddAsync(piece.AsMemory(0, count), arrived > _firstRead ? arrived : _firstRead, _closing.Token).ConfigureAwait(false);
            }

            _incoming.Complete(Now + _delay);
        }
        catch (Exception failure)
        {
            _incoming.Fail(failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async Task WaitUntilAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        TimeSpan left = due - Now;
        if (left > TimeSpan.Zero) await Task.Delay(left, _time, cancellationToken).ConfigureAwait(false);
    }
}
