using System.Net;
using BenchmarkDotNet.Attributes;
using ProtocolClients.Transport;

namespace ProtocolClients.Benchmarks;

/// <summary>
/// The channel without a network: a line may cost 20 ns and nothing allocated, a coded reply one object, and a message that
/// arrives byte by byte costs work in proportion to its length (64 KiB twice what 32 KiB costs, not four times).
/// </summary>
[MemoryDiagnoser]
public class WireChannelBenchmarks
{
    private const int Lines = 500_000;
    private const int Replies = 100_000;

    private readonly byte[] _lines = Repeat("-rw-r--r--   1 ftp      ftp        163840 Jan 12  2026 file-000017.bin\r\n"u8, 1000);
    private readonly byte[] _replies = Repeat("250-mail.example.org Hello\r\n250-SIZE 52428800\r\n250 HELP\r\n"u8, 1000);
    private readonly byte[] _small = Message(32 * 1024);
    private readonly byte[] _large = Message(64 * 1024);

    /// <summary>Buffered lines, taken one by one without waiting.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public async Task<long> Line()
    {
        await using var channel = Open(new Loop(_lines, 16 * 1024));
        var parser = new LineParser();
        long bytes = 0;
        for (int left = Lines; left > 0;)
        {
            while (left > 0 && channel.TryRead(ref parser, out ReadOnlySpan<byte> line))
            {
                bytes += line.Length;
                left--;
            }

            if (left > 0) await channel.FillAsync().ConfigureAwait(false);
        }

        return bytes;
    }

    /// <summary>Replies of three lines, the parser boxed once.</summary>
    [Benchmark(OperationsPerInvoke = Replies)]
    public async Task<long> CodedReply()
    {
        await using var channel = Open(new Loop(_replies, 16 * 1024));
        IWireParser<CodedReply> parser = new CodedReplyParser();
        long codes = 0;
        for (int left = Replies; left > 0; left--) codes += (await channel.ReadAsync(parser).ConfigureAwait(false)).Code;
        return codes;
    }

    /// <summary>One line of 32 KiB, a byte a read.</summary>
    [Benchmark]
    public ValueTask<int> Dripped32KiB() => DripAsync(_small);

    /// <summary>One line of 64 KiB, a byte a read: twice the work.</summary>
    [Benchmark]
    public ValueTask<int> Dripped64KiB() => DripAsync(_large);

    private static async ValueTask<int> DripAsync(byte[] message)
    {
        await using var channel = Open(new Loop(message, 1));
        var parser = new LineParser { Limit = 1024 * 1024 };
        while (true)
        {
            if (channel.TryRead(ref parser, out ReadOnlySpan<byte> line)) return line.Length;
            await channel.FillAsync().ConfigureAwait(false);
        }
    }

    private static WireChannel Open(Stream stream) => new(new Connection(stream, new DnsEndPoint("peer.test", 25)));

    private static byte[] Repeat(ReadOnlySpan<byte> text, int times)
    {
        byte[] all = new byte[text.Length * times];
        for (int i = 0; i < times; i++) text.CopyTo(all.AsSpan(i * text.Length));
        return all;
    }

    private static byte[] Message(int length)
    {
        byte[] message = new byte[length];
        message.AsSpan().Fill((byte)'x');
        "\r\n"u8.CopyTo(message.AsSpan(length - 2));
        return message;
    }

    /// <summary>Gives the same bytes again and again, so many a read, at once.</summary>
    private sealed class Loop(byte[] bytes, int perRead) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(Math.Min(perRead, buffer.Length), bytes.Length - _at);
            bytes.AsSpan(_at, count).CopyTo(buffer.Span);
            _at = (_at + count) % bytes.Length;
            return new ValueTask<int>(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
