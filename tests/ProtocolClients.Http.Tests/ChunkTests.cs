using System.Text;

namespace ProtocolClients.HttpTests;

/// <summary>The chunked coding (RFC 9112 §7.1) of a peer that counts oddly.</summary>
[Collection("alone")]
public sealed class ChunkTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    [Theory]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("0x5")]
    [InlineData("-0")]
    [InlineData("FFFFFFFFFFFFFFFFF")]
    [InlineData("10000000000000005")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 5")]
    [InlineData("5 5")]
    [InlineData("5,5")]
    [InlineData("5.0")]
    [InlineData("5h")]
    [InlineData("５")]
    [InlineData("5\0")]
    [InlineData("5\rx")]
    public async Task Row_48_a_size_of_a_chunk_is_hex_digits_and_fits(string size)
    {
        (_, Exception? failure) = await ReadAsync($"{size}\r\nhello\r\n0\r\n\r\n");
        Assert.IsType<WireFormatException>(failure);
    }

    // The platform counts in 64 bits without a sign: what fits is not refused, but is never taken for less than it is, and nothing is
    // allocated by it. What came before the end of the connection is given; the end is a failure.
    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF")]
    [InlineData("8000000000000005")]
    [InlineData("7FFFFFFFFFFFFFFF")]
    [InlineData("1000000000000005")]
    public async Task Row_48_a_size_of_sixteen_digits_wraps_to_nothing_smaller(string size)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        (_, Exception? failure) = await ReadAsync($"{size}\r\nhello\r\n0\r\n\r\n");
        Assert.IsType<IntegrityException>(failure);
        // Exabytes are announced.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 400_000_000);
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b;c=\"d\"\r\nhello\r\n0;end\r\n\r\n")]
    [InlineData("1\r\nh\r\n00004\r\nello\r\n000\r\n\r\n")]
    public async Task Sizes_and_extensions_as_the_rfc_has_them_are_read(string body)
    {
        (string? content, Exception? failure) = await ReadAsync(body);
        Assert.Null(failure);
        Assert.Equal("hello", content);
    }

    [Theory]
    [InlineData("5\r\nhelloXX0\r\n\r\n", typeof(WireFormatException))]
    [InlineData("5\r\nhello0\r\n\r\n", typeof(WireFormatException))]
    [InlineData("5\r\nhello\r\n0\r\nno colon\r\n\r\n", typeof(WireFormatException))]
    [InlineData("5\r\nhello\r\n0\r\n", typeof(IntegrityException))]
    [InlineData("5\r\nhello\r\n", typeof(IntegrityException))]
    [InlineData("5\r\nhel", typeof(IntegrityException))]
    [InlineData("", typeof(IntegrityException))]
    public async Task A_chunk_that_ends_where_it_should_not_is_noticed(string body, Type expected)
    {
        (_, Exception? failure) = await ReadAsync(body);
        Assert.IsType(expected, failure);
    }

    [Theory]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\n")]
    [InlineData("5\r\nhello\r\n0\r\nX: 1\n\r\n")]
    public async Task A_line_of_the_coding_that_ends_in_a_bare_line_feed_is_refused(string body)
    {
        (_, Exception? failure) = await ReadAsync(body);
        Assert.Contains("bare line feed", Assert.IsType<WireFormatException>(failure).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\nX: ", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("5\r\nhello\r\n0\r\n", "X: 1234567\r\n")]
    [InlineData("5;a=", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public async Task Row_15_trailers_and_extensions_without_end_are_cut_off(string start, string piece)
    {
        string block = string.Concat(Enumerable.Repeat(piece, 2_000));
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + start, stop);
            while (true) await RawServer.WriteAsync(stream, block, stop);
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task Trailers_that_would_change_the_framing_or_the_session_are_left_out()
    {
        await using var server = new RawServer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\nSet-Cookie: a=b\r\nAuthorization: c\r\nX: 1\r\n\r\n");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Empty(await reply.ReadTextAsync().WaitAsync(Safety));
        Assert.Equal([new KeyValuePair<string, string>("X", "1")], reply.Trailers);
    }

    private static async Task<(string? Content, Exception? Failure)> ReadAsync(string body)
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body), stop);
            throw new RawServer.CloseException();
        });
        await using var http = new HttpSession(Options);
        try
        {
            using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
            return (await reply.ReadTextAsync().WaitAsync(Safety), null);
        }
        catch (ProtocolClientException failure)
        {
            return (null, failure);
        }
    }
}
