using System.Collections.Concurrent;
using System.Collections.Immutable;
using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>A chunk whose second half was given away while its answer was on the way.</summary>
public sealed class ChunkSharingTests : IDisposable
{
    private const int Chunk = 1024 * 1024;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("sharing-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_as_long_as_it_was_asked_for_is_right_though_its_chunk_is_shorter_by_now(int mirrors)
    {
        byte[] body = Downloads.Bytes(3 * Chunk);
        await using var slow = new SlowHandler(body);
        await using var downloader = new Downloader(new DownloaderOptions
        {
            Handlers = ImmutableDictionary<string, IUrlHandler>.Empty.Add("slow", slow),
            Resilience = ResilienceOptions.None,
            TimeProvider = slow.Time,
        });
        string[] urls = [.. Enumerable.Range(1, mirrors).Select(static number => $"slow://m{number}/big.iso")];
        var request = new DownloadRequest(urls)
        {
            Path = Path.Combine(_folder, "big.iso"),
            Segments = 2,
            MinimumSegment = Chunk,
            MaximumSegment = Chunk,
            Checksum = Downloads.Sha256(body),
        };
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(body, await File.ReadAllBytesAsync(result.Path));
        // The first, the second and the third, whose second half another connection took: nobody was asked for the same twice.
        Assert.Equal([0, Chunk, 2 * Chunk, 5 * Chunk / 2], slow.Asked.Order());
        Assert.Equal((4, 2), (result.Attempts, result.Segments));
    }

    /// <summary>Gives what it is asked for at 300 KB/s of virtual time; the answer to the last chunk waits for the request that shares it.</summary>
    private sealed class SlowHandler(byte[] body) : IUrlHandler
    {
        private readonly TaskCompletionSource _shared = new();

        public VirtualTime Time { get; } = new();

        public ConcurrentQueue<long> Asked { get; } = new();

        public async ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
        {
            Asked.Enqueue(request.Offset);
            if (request.Offset > 2 * Chunk) _shared.TrySetResult();
            if (request.Offset == 2 * Chunk) await _shared.Task.WaitAsync(cancellationToken);
            int length = (int)Math.Min(request.Length ?? long.MaxValue, body.Length - request.Offset);
            var bytes = new MemoryStream(body, (int)request.Offset, length, writable: false);
            return new UrlContent(new SlowStream(bytes, Time), request.Url) { Offset = request.Offset, Length = length, Total = body.Length, Validator = "\"v1\"" };
        }

        public ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }

    private sealed class SlowStream(Stream inner, VirtualTime time) : Stream
    {
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
            int count = await inner.ReadAsync(buffer, cancellationToken);
            time.Advance(TimeSpan.FromSeconds(count / 300_000.0));
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
