using ProtocolClients.HttpTests;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>Content that the caller has already, and URLs that a peer named: what handlers are asked, and what they send.</summary>
public sealed class ConditionTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static HttpUrlHandler Handler() => new(new HttpSession(new HttpSessionOptions
    {
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        Resilience = ResilienceOptions.None,
        Credentials = new Credentials("ann", "s3cret"),
        PreAuthenticate = true,
        Headers = [("X-Api-Key", "k3y")],
    }));

    [Fact]
    public async Task Content_that_is_not_modified_is_empty_and_says_so()
    {
        await using var server = new RawServer("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
        await using HttpUrlHandler handler = Handler();
        var request = new UrlRequest(new Uri(server.Url)) { IfNoneMatch = "\"a\"", IfModifiedSince = new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(1)) };
        await using UrlContent content = await handler.OpenAsync(request).AsTask().WaitAsync(Safety);
        Assert.True(content.IsNotModified);
        Assert.Equal(("\"a\"", 0), (content.Headers["ETag"], (await content.ReadBytesAsync()).Length));
        string head = server.Heads.Single();
        Assert.Contains("If-None-Match: \"a\"\r\n", head, StringComparison.Ordinal);
        Assert.Contains("If-Modified-Since: Thu, 29 Feb 2024 00:02:03 GMT\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_not_modified_to_who_asked_for_all_is_a_failure()
    {
        await using var server = new RawServer("HTTP/1.1 304 Not Modified\r\n\r\n");
        await using HttpUrlHandler handler = Handler();
        await Assert.ThrowsAsync<HttpStatusException>(() => handler.OpenAsync(new UrlRequest(new Uri(server.Url))).AsTask().WaitAsync(Safety));
    }

    [Theory]
    [InlineData(null, "bytes 4-9/10", 6)]
    [InlineData(null, "bytes 5-9/10", 4)]
    [InlineData(null, "bytes 5-8/10", 4)]
    [InlineData(null, "bytes 5-9/9", 5)]
    [InlineData(null, "items 5-9/10", 5)]
    [InlineData(3L, "bytes 5-9/10", 5)]
    [InlineData(3L, "bytes 4-6/10", 3)]
    [InlineData(3L, "bytes 5-7/7", 3)]
    [InlineData(3L, "bytes 5-7/10", 2)]
    public async Task A_part_that_was_not_asked_for_is_refused(long? length, string range, int announced)
    {
        await using var server = new RawServer($"HTTP/1.1 206 Partial Content\r\nContent-Range: {range}\r\nContent-Length: {announced}\r\n\r\n{new string('x', announced)}");
        await using HttpUrlHandler handler = Handler();
        var request = new UrlRequest(new Uri(server.Url)) { Offset = 5, Length = length };
        await Assert.ThrowsAsync<WireFormatException>(() => handler.OpenAsync(request).AsTask().WaitAsync(Safety));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_peer_named_is_asked_without_the_callers_secrets(bool foreign)
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using HttpUrlHandler handler = Handler();
        var request = new UrlRequest(new Uri(server.Url)) { Foreign = foreign, Headers = [("X-Mine", "1")] };
        await using (await handler.OpenAsync(request).AsTask().WaitAsync(Safety))
        {
            await handler.StatAsync(request).AsTask().WaitAsync(Safety);
        }

        Assert.All(server.Heads, head =>
        {
            Assert.Equal(!foreign, head.Contains("Authorization: ", StringComparison.Ordinal));
            Assert.Equal(!foreign, head.Contains("k3y", StringComparison.Ordinal));
            Assert.Contains("X-Mine: 1\r\n", head, StringComparison.Ordinal);
        });
    }
}
