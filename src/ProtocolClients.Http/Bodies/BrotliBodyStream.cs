using System.Buffers;
using System.IO.Compression;

namespace ProtocolClients;

/// <summary>
/// The br coding (RFC 7932). It has no checksum, so that only the decoder itself knows whether its end was reached; the
/// platform's stream does not tell.
/// </summary>
internal sealed class BrotliBodyStream(Stream source) : ForwardStream
{
    private readonly byte[] _input = new byte[16 * 1024];
    private BrotliDecoder _decoder;
    private int _start;
    private int _end;
    private bool _hasBytes;
    private bool _isDone;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        while (!_isDone)
        {
            OperationStatus status = _decoder.Decompress(_input.AsSpan(_start, _end - _start), buffer.Span, out int consumed, out int written);
            _start += consumed;
            if (status == OperationStatus.InvalidData) throw new InvalidDataException("The brotli data is damaged.");
            _isDone = status == OperationStatus.Done;
            if (written > 0) return written;
            if (status != OperationStatus.NeedMoreData) continue;
            _start = 0;
            _end = await source.ReadAsync(_input, cancellationToken).ConfigureAwait(false);
            // Nothing at all is what servers send for an empty body, and is one.
            if (_end == 0) return _hasBytes ? throw EndGuardStream.Truncated() : 0;
            _hasBytes = true;
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
