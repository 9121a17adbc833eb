using System.Net;

namespace ProtocolClients;

/// <summary>
/// A connection of HTTP/1.1 that never answered yet. The handler takes one that ends before the first byte of an answer for an idle one that died, and
/// sends a request without a body again by itself, up to three times, behind the back of the policy that counts attempts. That is right
/// for a connection that was used before, whose end crossed the request on the way; on a new one the server has read the request
/// and gone. So a new connection that ends without an answer fails, and the policy decides.
/// </summary>
internal sealed class FirstAnswerStream(Stream inner, EndPoint endPoint) : Stream
{
    private bool _asked;
    private bool _answered;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _answered || buffer.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _asked = true;
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        _asked = true;
        return inner.WriteAsync(buffer, offset, count, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

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

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0)
        {
            // status-line = HTTP-version SP ...   (RFC 9112 §4): noise that ends before a line does would pass for an answer that was cut,
            // and be asked for again.
            if (buffer.Span[0] != (byte)'H') throw new WireFormatException("What the server says is not HTTP.") { Endpoint = endPoint };
            _answered = true;
        }
        else if (_asked)
        {
            throw new IOException("The server closed the connection without an answer.");
        }

        return count;
    }
}
