namespace ProtocolClients.Testing.Tests;

public sealed class FileTests : IAsyncLifetime
{
    private MockHttpServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync();
        _server.Files["pub/a.txt"] = "0123456789"u8;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_file_has_length_type_and_strong_validators()
    {
        string reply = await Raw.GetAsync(_server, "/pub/a.txt");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 10\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/plain; charset=utf-8\r\n", reply, StringComparison.Ordinal);
        Assert.Contains($"ETag: {_server.Files["/pub/a.txt"].EntityTag}\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("Accept-Ranges: bytes\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n0123456789", reply, StringComparison.Ordinal);
        Assert.Empty(_server.Calls.Unmatched);
        MockFile other = "0123456789!";
        Assert.NotEqual(other.EntityTag, _server.Files["pub/a.txt"].EntityTag);
    }

    [Theory]
    [InlineData("bytes=2-4", "206", "bytes 2-4/10", "234")]
    [InlineData("bytes=7-", "206", "bytes 7-9/10", "789")]
    [InlineData("bytes=-3", "206", "bytes 7-9/10", "789")]
    [InlineData("bytes=-99", "206", "bytes 0-9/10", "0123456789")]
    [InlineData("bytes=8-99", "206", "bytes 8-9/10", "89")]
    [InlineData("bytes=0-0", "206", "bytes 0-0/10", "0")]
    [InlineData("bytes=10-", "416", "bytes */10", "")]
    [InlineData("bytes=-0", "416", "bytes */10", "")]
    [InlineData("bytes=4-2", "200", null, "0123456789")]
    [InlineData("lines=1-2", "200", null, "0123456789")]
    [InlineData("bytes=a-b", "200", null, "0123456789")]
    [InlineData("bytes=99999999999999999999-", "200", null, "0123456789")]
    public async Task A_range_is_what_the_rfc_says(string range, string status, string? contentRange, string body)
    {
        string reply = await Raw.GetAsync(_server, "/pub/a.txt", $"Range: {range}\r\n");
        Assert.StartsWith("HTTP/1.1 " + status, reply, StringComparison.Ordinal);
        if (contentRange is null) Assert.DoesNotContain("Content-Range", reply, StringComparison.Ordinal);
        else Assert.Contains($"Content-Range: {contentRange}\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_ranges_are_parts()
    {
        string reply = await Raw.GetAsync(_server, "/pub/a.txt", "Range: bytes=0-1, 5-6, 50-\r\n");
        Assert.StartsWith("HTTP/1.1 206", reply, StringComparison.Ordinal);
        Assert.Contains("multipart/byteranges; boundary=", reply, StringComparison.Ordinal);
        string body = reply[(reply.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"Content-Length: {body.Length}\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("Content-Range: bytes 0-1/10\r\n\r\n01\r\n--", body, StringComparison.Ordinal);
        Assert.Contains("Content-Range: bytes 5-6/10\r\n\r\n56\r\n--", body, StringComparison.Ordinal);
        Assert.EndsWith("--\r\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_are_judged_by_tag_and_date()
    {
        string tag = _server.Files["pub/a.txt"].EntityTag;
        async Task<string> StatusAsync(string headers) => (await Raw.GetAsync(_server, "/pub/a.txt", headers)).Substring(9, 3);
        Assert.Equal("304", await StatusAsync($"If-None-Match: {tag}\r\n"));
        Assert.Equal("304", await StatusAsync($"If-None-Match: \"x\", W/{tag}\r\n"));
        Assert.Equal("200", await StatusAsync("If-None-Match: \"x\"\r\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
        Assert.Equal("304", await StatusAsync("If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
        Assert.Equal("200", await StatusAsync("If-Modified-Since: Wed, 31 Dec 2025 23:59:59 GMT\r\n"));
        Assert.Equal("412", await StatusAsync("If-Match: \"x\"\r\n"));
        Assert.Equal("200", await StatusAsync($"If-Match: {tag}\r\n"));
        Assert.Equal("412", await StatusAsync("If-Unmodified-Since: Wed, 31 Dec 2025 23:59:59 GMT\r\n"));
        Assert.Equal("206", await StatusAsync($"Range: bytes=1-\r\nIf-Range: {tag}\r\n"));
        Assert.Equal("200", await StatusAsync("Range: bytes=1-\r\nIf-Range: \"x\"\r\n"));
        Assert.Equal("206", await StatusAsync("Range: bytes=1-\r\nIf-Range: Thu, 01 Jan 2026 00:00:00 GMT\r\n"));
        Assert.Equal("200", await StatusAsync("Range: bytes=1-\r\nIf-Range: Fri, 02 Jan 2026 00:00:00 GMT\r\n"));
    }

    [Fact]
    public async Task A_directory_on_disk_is_served_with_listing_and_index()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("mock-files-");
        try
        {
            byte[] large = new byte[300_000];
            new Random(1).NextBytes(large);
            await File.WriteAllBytesAsync(Path.Combine(root.FullName, "big.bin"), large);
            Directory.CreateDirectory(Path.Combine(root.FullName, "sub"));
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "sub", "index.html"), "<p>index");
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "a <b>.txt"), "odd");
            _server.Files.Root = root.FullName;

            string big = await Raw.GetAsync(_server, "/big.bin");
            Assert.Equal(large, System.Text.Encoding.Latin1.GetBytes(big[(big.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
            string part = await Raw.GetAsync(_server, "/big.bin", "Range: bytes=-5\r\n");
            Assert.EndsWith(System.Text.Encoding.Latin1.GetString(large[^5..]), part, StringComparison.Ordinal);
            string listing = await Raw.GetAsync(_server, "/");
            Assert.Contains("<a href=\"./a%20%3Cb%3E.txt\">a &lt;b&gt;.txt</a>", listing, StringComparison.Ordinal);
            Assert.Contains("<a href=\"./sub/\">", listing, StringComparison.Ordinal);
            Assert.EndsWith("<p>index", await Raw.GetAsync(_server, "/sub/"), StringComparison.Ordinal);
            Assert.Contains("Location: /sub/\r\n", await Raw.GetAsync(_server, "/sub"), StringComparison.Ordinal);
            Assert.EndsWith("odd", await Raw.GetAsync(_server, "/a%20%3Cb%3E.txt"), StringComparison.Ordinal);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Only_reading_is_allowed()
    {
        string reply = await Raw.AskAsync(
            _server, "DELETE /pub/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405", reply, StringComparison.Ordinal);
        Assert.Contains("Allow: GET, HEAD\r\n", reply, StringComparison.Ordinal);
    }
}
