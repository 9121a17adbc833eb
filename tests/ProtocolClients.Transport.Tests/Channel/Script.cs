using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>A peer whose every segment is one read; what is sent is kept. Ends with EOF, or stays silent.</summary>
internal sealed class Script(IEnumerable<byte[]> segments, bool silent = false) : Stream
{
    private readonly Queue<byte[]> _segments = new(segments);
    private readonly MemoryStream _sent = new();

    public int Reads { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Sent => System.Text.Encoding.Latin1.GetString(_sent.ToArray());

    public Func<ReadOnlyMemory<byte>, CancellationToken, Task>? OnWrite { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public static Script Of(params string[] segments) => new(segments.Select(Bytes));

    public static Script Silent(params string[] segments) => new(segments.Select(Bytes), silent: true);

    public static Script Drip(string text) => new(Bytes(text).Select(one => new[] { one }));

    public static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    public WireChannel Open(WireChannelOptions? options = null) =>
        new(new Connection(this, new DnsEndPoint("peer.test", 25)), options);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Reads++;
        await Task.Yield();
        if (_segments.Count == 0)
        {
            if (silent) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }

        byte[] segment = _segments.Dequeue();
        int count = Math.Min(segment.Length, buffer.Length);
        segment.AsMemory(0, count).CopyTo(buffer);
        if (count < segment.Length)
        {
            byte[][] rest = [segment[count..], .. _segments];
            _segments.Clear();
            foreach (byte[] one in rest) _segments.Enqueue(one);
        }

        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (OnWrite is not null) await OnWrite(buffer, cancellationToken);
        _sent.Write(buffer.Span);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
