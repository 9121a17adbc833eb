using System.Buffers;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Data below TLS, received many records at a time: TLS of the platform asks the socket for one record of 16 KiB at most, and each question is a
/// call of the kernel or a wait. What has come is given on without either.
/// </summary>
/// <param name="below">The connection's own stream; it is disposed with this one.</param>
internal sealed class ReadAheadStream(Stream below) : WireStream
{
    private const int Capacity = 128 * 1024;

    // A file of less is over before it matters, and its bytes need no second place.
    private const long From = 256 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private long _received;
    private bool _isReading;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end) return new ValueTask<int>(Take(buffer.Span));
        return ReceiveAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => below.WriteAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await below.DisposeAsync().ConfigureAwait(false);
        Return();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            below.Dispose();
            Return();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_received < From || buffer.Length >= Capacity || buffer.IsEmpty)
        {
            int read = await below.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _received += read;
            return read;
        }

        byte[] rented = _buffer ??= ArrayPool<byte>.Shared.Rent(Capacity);
        _isReading = true;
        try
        {
            _start = 0;
            _end = await below.ReadAsync(rented, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _isReading = false;
        }

        return Take(buffer.Span);
    }

    private int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    // A read that is still under way, of a connection that is closed meanwhile, may yet write into it: then it is left to the collector.
    private void Return()
    {
        byte[]? rented = _isReading ? null : _buffer;
        _buffer = null;
        _start = _end = 0;
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }
}
