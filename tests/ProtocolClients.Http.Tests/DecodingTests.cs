using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>Content codings undone: any body, any coding, any cut of the reads; what is damaged or bombs ends in a typed failure.</summary>
public sealed class DecodingTests
{
    private static readonly string[] Stacks = ["gzip", "x-gzip", "deflate", "raw", "br", "members", "gzip, br", "br, deflate, gzip", "members, members"];

    [Fact]
    public async Task Random_bodies_come_back_whatever_the_coding_and_the_cuts()
    {
        var random = new Random(9110);
        for (int round = 0; round < 3_000; round++)
        {
            byte[] content = RandomContent(random, 4_000);
            string stack = Stacks[random.Next(Stacks.Length)];
            byte[] wire = Encode(content, stack, random);
            await using Stream body = Over(new ChoppedStream(wire, random, random.Next(4) switch { 0 => 1, 1 => 3, 2 => 64, _ => 100_000 }), stack);
            Assert.Equal(content, await ReadAllAsync(body, random));
        }
    }

    [Fact]
    public async Task Members_of_gzip_meet_at_every_place_a_buffer_can_end()
    {
        // The platform's decoder reads 8 KiB at a time: the second member begins around that, with each split of its head.
        var random = new Random(1952);
        byte[] noise = new byte[20_000];
        random.NextBytes(noise);
        for (int size = 8_192 - 48; size <= 8_192 + 4; size++)
        {
            byte[] first = Pack(noise.AsSpan(0, size), "gzip");
            byte[] wire = [.. first, .. Pack([], "gzip"), .. Pack("tail"u8, "gzip")];
            byte[] expected = [.. noise.AsSpan(0, size), .. "tail"u8];
            await using Stream body = Over(new MemoryStream(wire), "gzip");
            Assert.Equal(expected, await ReadAllAsync(body));
        }

        byte[] small = [.. Pack("a"u8, "gzip"), .. Pack("b"u8, "gzip"), .. Pack([], "gzip"), .. Pack("c"u8, "gzip")];
        for (int cut = 1; cut < small.Length; cut++)
        {
            await using Stream body = Over(new CutStream(small, cut), "gzip");
            Assert.Equal("abc"u8.ToArray(), await ReadAllAsync(body));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("raw")]
    public async Task What_follows_the_end_is_dropped_and_does_not_change_the_content(string coding)
    {
        byte[] content = RandomContent(new Random(3), 4_000);
        foreach (byte[] trash in (byte[][])[[0], [0, 0, 0, 0, 0, 0], "<!-- served by x -->"u8.ToArray(), new byte[70_000]])
        {
            byte[] wire = [.. Pack(content, coding), .. trash];
            await using Stream body = Over(new MemoryStream(wire), coding);
            Assert.Equal(content, await ReadAllAsync(body));
        }
    }

    [Fact]
    public async Task A_last_member_that_is_cut_or_damaged_is_noticed_at_every_byte()
    {
        byte[] first = Pack("first"u8, "gzip");
        byte[] wire = [.. first, .. Pack("the second member, which is longer"u8, "gzip")];
        for (int length = first.Length + 2; length < wire.Length; length++)
        {
            await using Stream body = Over(new MemoryStream(wire, 0, length), "gzip");
            await Assert.ThrowsAsync<IntegrityException>(() => ReadAllAsync(body));
        }

        // The checksum and the size of each member (RFC 1952 §2.3.1).
        foreach (int from in (int[])[first.Length - 8, wire.Length - 8])
        {
            for (int i = from; i < from + 8; i++)
            {
                byte[] damaged = [.. wire];
                damaged[i] ^= 0x10;
                await using Stream body = Over(new MemoryStream(damaged), "gzip");
                await Assert.ThrowsAnyAsync<ProtocolClientException>(() => ReadAllAsync(body));
            }
        }
    }

    [Fact]
    public async Task Fuzz_mutated_bodies_give_content_or_a_typed_failure()
    {
        var random = new Random(20_000);
        byte[][] wires = [.. Stacks.Select(stack => Encode(RandomContent(random, 600), stack, random))];
        var limits = new DecodingOptions { Output = 1 << 20 };
        int failed = 0;
        for (int round = 0; round < Fuzz.Count; round++)
        {
            int which = random.Next(Stacks.Length);
            byte[] wire = Mutate(wires[which], random);
            await using Stream body = Over(new MemoryStream(wire), Stacks[which], limits);
            try
            {
                await ReadAllAsync(body);
            }
            catch (ProtocolClientException failure)
            {
                Assert.True(failure is WireFormatException or IntegrityException, failure.GetType().Name);
                failed++;
            }
        }

        Assert.InRange(failed, Fuzz.Count / 2, Fuzz.Count);
    }

    [Fact]
    public async Task Row_14_a_layer_in_the_middle_that_grows_without_end_is_stopped_though_nothing_comes_out()
    {
        // Empty members without end, packed by a second coding: the outer decoder gives gigabytes, the inner nothing at all.
        byte[] empties = [.. Enumerable.Repeat(Pack([], "gzip"), 20_000).SelectMany(static member => member)];
        byte[] wire = Pack([.. Enumerable.Repeat(empties, 8).SelectMany(static part => part)], "br");
        Assert.InRange(wire.Length, 1, 20_000);
        await using Stream body = Over(new MemoryStream(wire), "gzip, br", new DecodingOptions { RatioFloor = 100_000, Ratio = 50 });
        WireLimitException limit = await Assert.ThrowsAsync<WireLimitException>(() => ReadAllAsync(body));
        Assert.Equal(nameof(DecodingOptions.Ratio), limit.Limit);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    public async Task Row_14_every_coding_is_bounded_by_its_ratio(string stack)
    {
        byte[] wire = Encode(new byte[20 * 1024 * 1024], stack, new Random(1));
        await using Stream body = Over(new MemoryStream(wire), stack);
        WireLimitException limit = await Assert.ThrowsAsync<WireLimitException>(() => ReadAllAsync(body));
        Assert.Equal(nameof(DecodingOptions.Ratio), limit.Limit);
    }

    [Fact]
    public async Task A_coding_of_ones_own_is_asked_for_used_and_bounded()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Encoding: X-Flip\r\nContent-Length: 5\r\n\r\nHELLO");
        var options = new DecodingOptions { Decoders = [new ContentDecoder("x-flip", source => new FlipStream(source))] };
        await using var http = Session(options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("hello", await reply.ReadTextAsync());
        Assert.Null(reply.Length);
        Assert.Contains("Accept-Encoding: gzip, deflate, br, x-flip\r\n", server.Heads.Single(), StringComparison.Ordinal);
        using HttpReply small = await http.GetAsync(server.Url, new() { Decoding = options with { Output = 4 } }).WaitAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<WireLimitException>(() => small.ReadTextAsync());
        await using var none = Session(DecodingOptions.Default);
        await Assert.ThrowsAsync<WireFormatException>(() => none.GetAsync(server.Url).WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Throws<ArgumentException>(() => new ContentDecoder("identity", source => source));
        Assert.Throws<ArgumentException>(() => new ContentDecoder("*", source => source));
        Assert.Throws<ArgumentException>(() => new ContentDecoder("a b", source => source));
    }

    [Theory]
    [InlineData(typeof(InvalidDataException), typeof(WireFormatException))]
    [InlineData(typeof(FormatException), typeof(WireFormatException))]
    [InlineData(typeof(EndOfStreamException), typeof(IntegrityException))]
    [InlineData(typeof(NotSupportedException), typeof(NotSupportedException))]
    public async Task Failures_of_a_coding_of_ones_own_are_typed(Type thrown, Type seen)
    {
        var options = new DecodingOptions { Decoders = [new ContentDecoder("gzip", source => new FlipStream(source, (Exception)Activator.CreateInstance(thrown)!))] };
        await using Stream body = Over(new MemoryStream([1, 2, 3]), "gzip", options);
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => ReadAllAsync(body));
        Assert.IsType(seen, failure);
    }

    [Fact]
    public async Task The_end_of_a_coding_is_not_the_end_of_the_body()
    {
        // The coding is whole, the framing is cut: nobody can tell what was to follow.
        byte[] wire = Pack("hello"u8, "br");
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n{wire.Length:x}\r\n", stop);
            await stream.WriteAsync(wire, stop);
            await RawServer.WriteAsync(stream, "\r\n", stop);
            throw new RawServer.CloseException();
        });
        await using var http = Session(DecodingOptions.Default);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => reply.ReadBytesAsync().WaitAsync(TimeSpan.FromMinutes(2)));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip")]
    public async Task Trailers_come_after_an_encoded_body_and_the_connection_is_used_again(string coding)
    {
        byte[] wire = Pack("hello"u8, coding);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n{wire.Length:x}\r\n", stop);
            await stream.WriteAsync(wire, stop);
            await RawServer.WriteAsync(stream, "\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n", stop);
        });
        await using var http = Session(DecodingOptions.Default);
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Empty(reply.Trailers);
            Assert.Equal("hello", await reply.ReadTextAsync().WaitAsync(TimeSpan.FromMinutes(2)));
            Assert.Equal("1, 2", reply.Trailers["x-sum"]);
            Assert.Null(reply.Headers["X-Sum"]);
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Reading_synchronously_is_refused_with_words()
    {
        await using Stream body = Over(new MemoryStream(Pack("hello"u8, "gzip")), "gzip");
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => body.ReadByte());
        Assert.Contains("ReadAsync", refusal.Message, StringComparison.Ordinal);
    }

    private static HttpSession Session(DecodingOptions options) => new(new HttpSessionOptions
    {
        Decoding = options,
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    private static Stream Over(Stream wire, string stack, DecodingOptions? options = null)
    {
        using var content = new ByteArrayContent([]);
        string fields = stack.Replace("raw", "deflate", StringComparison.Ordinal).Replace("members", "gzip", StringComparison.Ordinal);
        content.Headers.TryAddWithoutValidation("Content-Encoding", fields);
        content.Headers.NonValidated.TryGetValues("Content-Encoding", out HeaderStringValues codings);
        var body = new BodyStream(wire, new DnsEndPoint("a", 80), HttpSessionOptions.Default, Deadlines.None, null);
        return Decoders.Over(body, codings, options ?? DecodingOptions.Default);
    }

    private static byte[] Encode(byte[] content, string stack, Random random)
    {
        foreach (string coding in stack.Split(", "))
        {
            if (coding != "members")
            {
                content = Pack(content, coding);
                continue;
            }

            var members = new List<byte>();
            for (int at = 0; at < content.Length || members.Count == 0;)
            {
                int length = Math.Min(random.Next(0, 900), content.Length - at);
                members.AddRange(Pack(content.AsSpan(at, length), "gzip"));
                at += length;
            }

            content = [.. members];
        }

        return content;
    }

    private static byte[] Pack(ReadOnlySpan<byte> content, string coding)
    {
        var target = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "raw" => new DeflateStream(target, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            encoder.Write(content);
        }

        // The platform writes nothing at all for nothing; other encoders write an empty member.
        if (target.Length == 0 && coding is "gzip" or "x-gzip") return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        return target.ToArray();
    }

    private static byte[] RandomContent(Random random, int most)
    {
        byte[] content = new byte[random.Next(0, most)];
        if (random.Next(2) == 0) random.NextBytes(content);
        else for (int i = 0; i < content.Length; i++) content[i] = (byte)"abcde "[random.Next(6)];
        return content;
    }

    private static byte[] Mutate(byte[] wire, Random random)
    {
        var bytes = new List<byte>(wire);
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }

    private static async Task<byte[]> ReadAllAsync(Stream body, Random? random = null)
    {
        var content = new MemoryStream();
        byte[] buffer = new byte[random?.Next(1, 5_000) ?? 4_096];
        while (true)
        {
            int read = await body.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(2));
            if (read == 0) return content.ToArray();
            content.Write(buffer, 0, read);
        }
    }

    /// <summary>Bytes in pieces of random size.</summary>
    private sealed class ChoppedStream(byte[] bytes, Random random, int most) : ForwardStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(Math.Min(buffer.Length, bytes.Length - _at), random.Next(1, most + 1));
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return new ValueTask<int>(count);
        }
    }

    /// <summary>Bytes in two pieces.</summary>
    private sealed class CutStream(byte[] bytes, int cut) : ForwardStream
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, (_at < cut ? cut : bytes.Length) - _at);
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return new ValueTask<int>(count);
        }
    }

    /// <summary>A coding that nobody has: capital letters.</summary>
    private sealed class FlipStream(Stream source, Exception? failure = null) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (failure is not null) throw failure;
            int read = await source.ReadAsync(buffer, cancellationToken);
            Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(buffer.Span[..read]).ToLowerInvariant()).CopyTo(buffer);
            return read;
        }
    }
}
