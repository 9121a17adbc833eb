using System.IO.Compression;
using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Bodies that are compressed while they are sent.</summary>
public sealed class CompressedTests : IAsyncLifetime
{
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("words that repeat, ", 20_000)));

    private MockHttpServer _server = null!;
    private HttpSession _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync();
        _http = new HttpSession(_server.ClientOptions with { Resilience = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.Zero } });
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task The_server_gets_fewer_bytes_that_become_the_content_and_is_told_how(string coding)
    {
        _server.Routes.Post("/u").Respond(204);
        using HttpReply reply = await _http.PostAsync(_server.Url + "u", Of(coding, new ReplayableContent(new MemoryStream(Text), "text/plain")));
        MockHttpCall call = _server.Calls.Single("POST", "/u");
        Assert.Equal((coding, "text/plain", "chunked", ""), (call["Content-Encoding"], call["Content-Type"], call["Transfer-Encoding"], call["Content-Length"]));
        Assert.InRange(call.BodyLength, 10, Text.Length / 50);
        Assert.True(Text.AsSpan().SequenceEqual(Undone(coding, call.Body.ToArray())));
    }

    [Fact]
    public async Task An_empty_content_is_an_empty_content_in_its_coding()
    {
        _server.Routes.Post("/u").Respond(204);
        foreach (string coding in (string[])["gzip", "deflate", "br"])
        {
            using HttpReply reply = await _http.PostAsync(_server.Url + "u", Of(coding, new ByteArrayContent([])));
            // The coding of nothing is not nothing.
            Assert.NotEqual(0, _server.Calls.Last().BodyLength);
            Assert.Empty(Undone(coding, _server.Calls.Last().Body.ToArray()));
        }
    }

    [Fact]
    public async Task It_is_sent_again_when_the_content_can_be_and_not_when_it_can_not()
    {
        _server.Routes.Put("/u").Respond(503).Header("Retry-After", "0").Then.Respond(204);
        _server.Routes.Put("/r").Redirect("/u", 307);
        using HttpReply reply = await _http.PutAsync(_server.Url + "r", Compressed.Gzip(Form.Of(("name", "value"))));
        Assert.Equal(HttpStatusCode.NoContent, reply.Status);
        Assert.Equal(["/r", "/u", "/r", "/u"], _server.Calls.Select(static call => call.Path));
        Assert.All(_server.Calls, static call =>
        {
            Assert.Equal("name=value", Encoding.ASCII.GetString(Undone("gzip", call.Body.ToArray())));
            Assert.Equal(("gzip", "application/x-www-form-urlencoded"), (call["Content-Encoding"], call["Content-Type"]));
        });

        _server.Calls.Clear();
        _server.Routes.Put("/once").Respond(503).Header("Retry-After", "0");
        using HttpReply refused = await _http.PutAsync(_server.Url + "once", Compressed.Gzip(new StreamContent(new MemoryStream(Text))));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        _server.Calls.AssertCount(1, "PUT", "/once");
    }

    [Fact]
    public async Task A_source_that_fails_sends_no_end_of_the_coding()
    {
        _server.Routes.Post("/u").Respond(204);
        var content = new ReplayableContent(_ => new(new BreakingStream(Text)));
        IOException failure = await Assert.ThrowsAsync<IOException>(() => _http.PostAsync(_server.Url + "u", Compressed.Gzip(content)));
        Assert.Equal("the disk is gone", failure.Message);
        // The server saw no request that is whole.
        Assert.DoesNotContain(_server.Calls, static call => call.Status == 204);
    }

    [Theory]
    [InlineData("gzip", 8)]
    [InlineData("deflate", 4)]
    [InlineData("br", 1)]
    public async Task What_was_sent_of_a_source_that_fails_does_not_end_as_the_whole_does(string coding, int end)
    {
        using var part = new MemoryStream();
        await Assert.ThrowsAsync<HttpRequestException>(() => Of(coding, new ReplayableContent(_ => new(new BreakingStream(Text)))).CopyToAsync(part));
        // The same bytes as a whole content: what was sent is shorter by its end at least.
        using var whole = new MemoryStream();
        await Of(coding, new ByteArrayContent(Text[..120_000])).CopyToAsync(whole);
        Assert.InRange(part.Length, 0, whole.Length - end);
    }

    [Fact]
    public async Task What_the_content_says_of_its_own_bytes_is_not_said_of_others()
    {
        _server.Routes.Post("/u").Respond(204);
        var content = new ByteArrayContent(Text);
        content.Headers.TryAddWithoutValidation("Content-MD5", "x");
        content.Headers.TryAddWithoutValidation("Content-Digest", "sha-256=:x:");
        content.Headers.TryAddWithoutValidation("Content-Language", "en");
        Assert.Equal(Text.Length, content.Headers.ContentLength);
        using HttpReply reply = await _http.PostAsync(_server.Url + "u", Compressed.Brotli(content));
        MockHttpCall call = _server.Calls.Single("POST", "/u");
        Assert.Equal(("", "", "", "en"), (call["Content-Length"], call["Content-MD5"], call["Content-Digest"], call["Content-Language"]));
    }

    [Fact]
    public void What_is_coded_is_not_coded_again()
    {
        Assert.Throws<ArgumentException>(() => Compressed.Gzip(Compressed.Brotli(new ByteArrayContent([]))));
        var content = new ByteArrayContent([]);
        content.Headers.TryAddWithoutValidation("Content-Encoding", "zstd");
        Assert.Throws<ArgumentException>(() => Compressed.Deflate(content));
        Assert.Throws<ArgumentNullException>(() => Compressed.Gzip(null!));
        // A part of a form has no coding of its own (RFC 7578 §4.5 names none), and would lose the word for it.
        Assert.Throws<ArgumentException>(() => FormPart.Content("file", Compressed.Gzip(new ByteArrayContent([]))));
    }

    private static HttpContent Of(string coding, HttpContent content) => coding switch
    {
        "gzip" => Compressed.Gzip(content),
        "deflate" => Compressed.Deflate(content, CompressionLevel.Fastest),
        _ => Compressed.Brotli(content),
    };

    private static byte[] Undone(string coding, byte[] body)
    {
        using Stream stream = coding switch
        {
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
        };
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position > 100_000 ? throw new IOException("the disk is gone") : base.ReadAsync(buffer[..Math.Min(buffer.Length, 60_000)], cancellationToken);
    }
}
