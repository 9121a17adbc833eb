using System.Buffers.Binary;
using System.IO.Compression;

namespace ProtocolClients.Testing;

/// <summary>
/// What a client sends in mode Z: one whole zlib stream (RFC 1950). The platform's own takes one that is cut for one that ends, so its checksum is
/// compared with the last bytes that came.
/// </summary>
internal sealed class FtpInflateStream(FtpDataStream data) : Stream
{
    private const uint Modulus = 65521;

    private readonly ZLibStream _inflate = new(data, CompressionMode.Decompress, leaveOpen: true);
    private uint _low = 1;
    private uint _high;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await _inflate.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        foreach (byte value in buffer.Span[..count])
        {
            _low = (_low + value) % Modulus;
            _high = (_high + _low) % Modulus;
        }

        if (count == 0 && BinaryPrimitives.ReadUInt32BigEndian(data.Tail) != ((_high << 16) | _low)) throw new InvalidDataException("The stream is cut.");
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inflate.Dispose();
        base.Dispose(disposing);
    }
}
