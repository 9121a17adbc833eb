using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>Data below TLS that is received many records at a time.</summary>
public sealed class ReadAheadStreamTests
{
    private const int Record = 16 * 1024;
    private const int Before = 256 * 1024;

    [Fact]
    public async Task The_bytes_come_in_their_order_however_they_are_asked_for()
    {
        byte[] content = new byte[3 * 1024 * 1024 + 17];
        new Random(41).NextBytes(content);
        foreach (int most in (int[])[5, 1000, Record, 200_000])
        {
            await using var stream = new ReadAheadStream(new Source(content, 100_000));
            var came = new MemoryStream();
            byte[] buffer = new byte[most];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;) came.Write(buffer, 0, read);
            Assert.Equal(content, came.ToArray());
            Assert.Equal(0, await stream.ReadAsync(buffer));
        }
    }

    [Fact]
    public async Task A_large_file_takes_fewer_reads_than_it_has_records_and_a_small_one_is_not_read_ahead()
    {
        var source = new Source(new byte[4 * 1024 * 1024], int.MaxValue);
        await using var stream = new ReadAheadStream(source);
        byte[] record = new byte[Record];
        int asked = 0;
        for (int left = Before; left > 0; asked++) left -= await stream.ReadAsync(record);
        Assert.Equal(asked, source.Reads);
        Assert.Equal(Before, source.Given);
        while (await stream.ReadAsync(record) > 0) asked++;
        Assert.True(source.Reads < asked / 3, $"{source.Reads} reads below for {asked} above");
    }

    [Fact]
    public async Task A_read_of_no_bytes_takes_none_and_a_failure_below_is_told_behind_what_came()
    {
        var source = new Source(new byte[Before + 100], int.MaxValue) { Failure = new IOException("broken off") };
        await using var stream = new ReadAheadStream(source);
        byte[] buffer = new byte[Record];
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        long came = 0;
        IOException failure = await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true) came += await stream.ReadAsync(buffer);
        });
        Assert.Same(source.Failure, failure);
        Assert.Equal(Before + 100, came);
    }

    [Fact]
    public async Task Closing_it_closes_what_is_below()
    {
        var source = new Source(new byte[1024 * 1024], int.MaxValue);
        var stream = new ReadAheadStream(source);
        byte[] buffer = new byte[Record];
        for (int left = 30; left > 0; left--) Assert.Equal(Record, await stream.ReadAsync(buffer));
        await stream.DisposeAsync();
        Assert.True(source.IsClosed);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => _ = await stream.ReadAsync(buffer));
    }

    /// <summary>Gives so much at a time at most, and counts how often it is asked.</summary>
    private sealed class Source(byte[] content, int most) : WireStream
    {
        public int Reads { get; private set; }

        public int Given { get; private set; }

        public bool IsClosed { get; private set; }

        public IOException? Failure { get; init; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            if (buffer.IsEmpty) return 0;
            Reads++;
            await Task.Yield();
            int count = Math.Min(most, Math.Min(buffer.Length, content.Length - Given));
            if (count == 0 && Failure is not null) throw Failure;
            content.AsMemory(Given, count).CopyTo(buffer);
            Given += count;
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
