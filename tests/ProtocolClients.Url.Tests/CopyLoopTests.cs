using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

public sealed class CopyLoopTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("copy-loop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // What comes behind a head comes in two pieces, the first of a few bytes.
    [Fact]
    public async Task Pieces_that_are_here_are_written_together()
    {
        var source = new Pieces(10, 100_000, 20, 30);
        Assert.Equal([100_010L, 100_060L], await CopyAsync(source, 100_060));
    }

    // What is read while a limit holds is paid for before more is read.
    [Fact]
    public async Task Under_a_limit_each_piece_goes_by_itself()
    {
        Assert.Equal([10L, 30L, 60L], await CopyAsync(new Pieces(10, 20, 30), 60, limit: 1_000_000_000));
    }

    // The buffer is as long as what was announced, and a buffer that is full is not the end.
    [Fact]
    public async Task More_than_was_announced_is_written_whole()
    {
        IReadOnlyList<long> written = await CopyAsync(new Pieces([.. Enumerable.Repeat(5000, 20)]), 100_000, announced: 10);
        Assert.Equal(100_000, written[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_came_is_written_before_anything_is_waited_for(bool fails)
    {
        var source = new Pieces(10, 20, -1);
        List<long> written = [];
        Task<IReadOnlyList<long>> copying = CopyAsync(source, 60, written.Add);
        // The pieces are here at once, so the copying goes as far as to the wait in one go.
        Assert.Equal([30L], written);
        Assert.Equal(30, new FileInfo(Path.Combine(_folder, "file")).Length);
        if (fails)
        {
            source.Waiting.SetException(new IOException("gone"));
            await Assert.ThrowsAsync<IOException>(() => copying.WaitAsync(Safety));
            return;
        }

        source.Waiting.SetResult(30);
        Assert.Equal([30L, 60L], await copying.WaitAsync(Safety));
    }

    [Fact]
    public async Task What_came_before_a_failure_is_written()
    {
        List<long> written = [];
        await Assert.ThrowsAsync<IOException>(() => CopyAsync(new Pieces(10, 20, -2), 60, written.Add));
        Assert.Equal([30L], written);
        Assert.Equal(30, new FileInfo(Path.Combine(_folder, "file")).Length);
    }

    // With one thread for several connections, as the sockets of a download are.
    [Fact]
    public async Task A_connection_that_always_has_bytes_gives_way_to_others()
    {
        var source = new Pieces([.. Enumerable.Repeat(1024 * 1024, 12)]);
        Task<IReadOnlyList<long>> copying = CopyAsync(source, 12 * 1024 * 1024);
        Assert.False(copying.IsCompleted);
        Assert.Equal(12, (await copying.WaitAsync(Safety)).Count);
    }

    private async Task<IReadOnlyList<long>> CopyAsync(Pieces source, long length, Action<long>? tell = null, long? announced = null, RateLimit? limit = null)
    {
        var pace = new Pace(limit is null ? [] : [limit], null, TimeProvider.System, null);
        List<long> written = [];
        string path = Path.Combine(_folder, "file");
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read))
        using (var hasher = new ContentHasher([Checksum.Parse("sha256:" + new string('0', 64))]))
        {
            Action<long> progressed = written.Add;
            await CopyLoop.CopyAsync(source, file, 0, announced ?? length, hasher, pace, progressed + tell, CancellationToken.None);
            Assert.Equal(length, hasher.Position);
        }

        byte[] content = await File.ReadAllBytesAsync(path);
        Assert.Equal(length, content.Length);
        for (int i = 0; i < content.Length; i++)
        {
            if (content[i] != Pieces.At(i)) Assert.Fail($"byte {i} is {content[i]}");
        }

        return written;
    }

    /// <summary>Pieces of so many bytes; -1 waits for <see cref="Waiting"/>, -2 fails at once.</summary>
    private sealed class Pieces(params int[] lengths) : Stream
    {
        private int _next;
        private long _position;

        public TaskCompletionSource<int> Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static byte At(long position) => (byte)(position * 31 / 7);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_next == lengths.Length) return new ValueTask<int>(0);
            int length = lengths[_next++];
            return length switch
            {
                -1 => WaitAsync(buffer),
                -2 => ValueTask.FromException<int>(new IOException("gone")),
                _ => new ValueTask<int>(Fill(buffer.Span, length)),
            };
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private async ValueTask<int> WaitAsync(Memory<byte> buffer)
        {
            int length = await Waiting.Task;
            return Fill(buffer.Span, length);
        }

        private int Fill(Span<byte> buffer, int length)
        {
            int count = Math.Min(length, buffer.Length);
            if (count < length) lengths[--_next] = length - count;
            for (int i = 0; i < count; i++) buffer[i] = At(_position++);
            return count;
        }
    }
}
