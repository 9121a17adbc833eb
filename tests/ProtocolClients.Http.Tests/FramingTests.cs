using System.IO.Compression;
using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients.HttpTests;

/// <summary>A peer that is unclear about where a body ends, or ends it too early.</summary>
public sealed class FramingTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        Resilience = ResilienceOptions.None,
    };

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 3")]
    [InlineData("Content-Length: 5, 3")]
    [InlineData("Content-Length: -5")]
    [InlineData("Content-Length: +5")]
    [InlineData("Content-Length: 0x5")]
    [InlineData("Content-Length: 5,")]
    [InlineData("Content-Length: 9223372036854775808")]
    [InlineData("Content-Length: 99999999999999999999999")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: gzip")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    public async Task A_head_whose_end_of_body_can_be_read_in_two_ways_is_refused(string fields)
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n", stop);
            throw new RawServer.CloseException();
        });
        await using var http = new HttpSession(Options);
        WireFormatException refusal = await Assert.ThrowsAsync<WireFormatException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.False(refusal.IsTransient);
        Assert.NotNull(refusal.Endpoint);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task One_framing_said_twice_or_in_other_letters_is_one_framing(string answer)
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\n" + answer);
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal("hello", await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task Row_15_fields_are_counted()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("A:\r\n", 101)) + "\r\n");
        await using var http = new HttpSession(Options with { Limits = WireLimits.Default with { Lines = 100 } });
        WireLimitException limit = await Assert.ThrowsAsync<WireLimitException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(nameof(WireLimits.Lines), limit.Limit);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("gzip, br")]
    public async Task An_encoded_body_that_ends_anywhere_but_at_its_end_is_an_integrity_failure(string coding)
    {
        byte[] noise = new byte[3000];
        new Random(8).NextBytes(noise);
        byte[] content = [.. new byte[3000], .. noise];
        byte[] whole = content;
        foreach (string one in coding.Split(", ")) whole = Encode(whole, one);
        int length = whole.Length;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n", stop);
            await stream.WriteAsync(whole.AsMemory(0, length), stop);
        });
        await using var http = new HttpSession(Options);
        int[] cuts = [1, 2, 3, 12, whole.Length / 2, .. Enumerable.Range(1, 12).Select(left => whole.Length - left)];
        foreach (int cut in cuts)
        {
            length = cut;
            using HttpReply cutShort = await http.GetAsync(server.Url).WaitAsync(Safety);
            try
            {
                // The last byte alone may hold nothing but the mark of the end: then nothing is missing.
                byte[] read = await cutShort.ReadBytesAsync().WaitAsync(Safety);
                Assert.True(cut == whole.Length - 1 && read.AsSpan().SequenceEqual(content), $"{cut} of {whole.Length} bytes passed for the whole");
            }
            catch (IntegrityException failure)
            {
                Assert.True(failure.IsTransient);
            }
        }

        length = whole.Length;
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(content, await reply.ReadBytesAsync().WaitAsync(Safety));
        length = 0;
        using HttpReply empty = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Empty(await empty.ReadBytesAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task Members_of_gzip_one_after_the_other_are_one_body()
    {
        byte[] two = [.. Encode("hello "u8.ToArray(), "gzip"), .. Encode("world"u8.ToArray(), "gzip")];
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {two.Length}\r\n\r\n", stop);
            await stream.WriteAsync(two, stop);
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal("hello world", await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task A_wait_longer_than_a_number_holds_is_not_no_wait()
    {
        await using var server = new RawServer("HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options with { Resilience = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(TimeSpan.MaxValue, reply.RetryAfter);
        Assert.Single(server.Heads);
    }

    [Theory]
    [InlineData("/pf\u00c3\u00a4d", "/pf%C3%A4d")]
    [InlineData("/\u00e2\u0082\u00ac?\u00e2\u0082\u00ac", "/%E2%82%AC?%E2%82%AC")]
    [InlineData("/pf%C3%A4d", "/pf%C3%A4d")]
    [InlineData("/pf\u00e4d", "/pf%C3%A4d")]
    public async Task A_redirect_to_letters_that_were_not_encoded_is_to_their_bytes_in_UTF8(string location, string asked)
    {
        await using var server = new RawServer($"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.StartsWith($"GET {asked} HTTP/1.1", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://bob:S3cret@127.0.0.1:1/x")]
    [InlineData("//bob:S3cret@127.0.0.1:1/x")]
    [InlineData("ftp://bob:S3cret@127.0.0.1:1/x")]
    [InlineData("http://bob:S3cret@a b/x")]
    [InlineData("http://bob:S3/cret@127.0.0.1:1/x")]
    public async Task Row_52_the_userinfo_of_a_redirects_target_stands_in_no_log_and_no_failure(string target)
    {
        await using var server = new RawServer($"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        var text = new StringWriter();
        await using var http = new HttpSession(Options with { WireLog = new TextWireLog(text) });
        Exception failure = await Assert.ThrowsAnyAsync<ProtocolClientException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        string all = text.ToString() + failure + (failure as HttpRedirectException)?.To;
        Assert.Contains("Location: ", all, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", all, StringComparison.Ordinal);
        Assert.DoesNotContain("cret@", all, StringComparison.Ordinal);
        Assert.DoesNotContain("bob", all, StringComparison.Ordinal);
    }

    private static byte[] Encode(byte[] content, string coding)
    {
        using var target = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            encoder.Write(content);
        }

        return target.ToArray();
    }
}
