using System.Text;

namespace ProtocolClients.Servers.Tests;

/// <summary>A peer that sends given pieces, one a read, then ends or stays silent; what it is sent is kept.</summary>
internal class PieceStream(IEnumerable<string> pieces, bool silentAtEnd = false) : Stream
{
    private readonly Queue<byte[]> _pieces = new(pieces.Select(Encoding.Latin1.GetBytes));
    private readonly MemoryStream _sent = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Sent => Encoding.Latin1.GetString(_sent.ToArray());

    public bool IsDisposed => _disposed.Task.IsCompleted;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_pieces.TryPeek(out byte[]? piece))
        {
            if (!silentAtEnd) return 0;
            await _disposed.Task.WaitAsync(cancellationToken);
            throw new ObjectDisposedException(nameof(PieceStream));
        }

        int count = Math.Min(piece.Length, buffer.Length);
        piece.AsMemory(0, count).CopyTo(buffer);
        _pieces.Dequeue();
        Assert.Equal(piece.Length, count);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _sent.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _disposed.TrySetResult();
        base.Dispose(disposing);
    }
}
