using System.Globalization;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Answers of several parts.</summary>
public sealed class PartTests : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private MockHttpServer _server = null!;
    private HttpSession _http = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartInMemoryAsync();
        _http = new HttpSession(_server.ClientOptions);
    }

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Several_ranges_are_parts_that_say_which_bytes_they_are()
    {
        _server.Files["big"] = "0123456789abcdefghij"u8;
        using HttpReply reply = await _http.GetAsync(_server.Url + "big", new() { Headers = [("Range", "bytes=2-4,10-11")] });
        // What the mock server answers to several ranges is its choice; this is RFC 9110 §14.6.
        List<(long?, long?, long?, string)> seen = [];
        if (reply.MediaType is "multipart/byteranges")
        {
            await foreach (HttpPart part in reply.ReadPartsAsync()) seen.Add((part.Range!.From, part.Range.To, part.Range.Length, await part.ReadTextAsync()));
        }

        Assert.Equal([(2, 4, 20, "234"), (10, 11, 20, "ab")], seen);
    }

    [Fact]
    public async Task A_part_is_read_as_text_bytes_JSON_or_parts_of_its_own()
    {
        Serve("""
            --outer
            Content-Type: text/plain; charset=iso-8859-1

            ä
            --outer
            Content-Type: application/json

            {"Id":7,"What":"tea"}
            --outer
            Content-Type: multipart/mixed; boundary="in ner"

            --in ner
            X: 1

            one
            --in ner

            two
            --in ner--
            --outer

            last
            --outer--
            """, "multipart/mixed; boundary=outer");
        using HttpReply reply = await _http.GetAsync(_server.Url + "p");
        List<string> seen = [];
        await foreach (HttpPart part in reply.ReadPartsAsync())
        {
            switch (part.MediaType)
            {
                case "application/json":
                    seen.Add((await part.ReadJsonAsync(RecordJson.Default.Item))!.What);
                    break;
                case "multipart/mixed":
                    await foreach (HttpPart inner in part.ReadPartsAsync()) seen.Add(inner.Headers["x"] + await inner.ReadTextAsync());
                    break;
                case "text/plain":
                    seen.Add(part.Charset + await part.ReadTextAsync());
                    break;
                default:
                    seen.Add(Encoding.ASCII.GetString(await part.ReadBytesAsync()));
                    break;
            }
        }

        Assert.Equal(["iso-8859-1\u00e4", "tea", "1one", "two", "last"], seen);
    }

    [Fact]
    public async Task A_part_is_of_use_until_the_next_is_asked_for_and_what_was_left_of_it_is_passed_over()
    {
        Serve("--b\n\nfirst\n--b\n\nsecond\n--b\n\nthird\n--b--", "multipart/mixed; boundary=b");
        using HttpReply reply = await _http.GetAsync(_server.Url + "p");
        List<string> seen = [];
        Stream? kept = null;
        HttpPart? unread = null;
        await foreach (HttpPart part in reply.ReadPartsAsync())
        {
            if (kept is null)
            {
                kept = await part.OpenReadAsync();
                byte[] two = new byte[2];
                await kept.ReadExactlyAsync(two);
                seen.Add(Encoding.ASCII.GetString(two));
                await Assert.ThrowsAsync<InvalidOperationException>(() => part.ReadTextAsync());
                continue;
            }

            await Assert.ThrowsAsync<InvalidOperationException>(async () => await kept.ReadExactlyAsync(new byte[1]));
            if (unread is null) unread = part;
            else seen.Add(await part.ReadTextAsync());
        }

        Assert.Equal(["fi", "third"], seen);
        await Assert.ThrowsAsync<InvalidOperationException>(() => unread!.ReadTextAsync());
        // It was read to its end: the connection serves again.
        using HttpReply again = await _http.GetAsync(_server.Url + "p");
        Assert.Single(_server.Calls.Select(static call => call.ConnectionId).Distinct());
    }

    [Fact]
    public async Task A_picture_that_is_replaced_again_and_again_comes_while_the_next_waits_and_without_a_limit_of_their_number()
    {
        using var seen = new SemaphoreSlim(0);
        _server.Routes.Get("/camera").RespondRaw(
            async (stream, stop) =>
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n--frame\r\n"u8.ToArray(), stop);
                for (int i = 0; i < 10_100; i++)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"Content-Type: image/jpeg\r\n\r\n{i}\r\n--frame\r\n"), stop);
                    if (i < 3) await seen.WaitAsync(Safety, stop);
                }
            },
            RawEnd.Stall);
        using HttpReply reply = await _http.GetAsync(_server.Url + "camera");
        int count = 0;
        await foreach (HttpPart part in reply.ReadPartsAsync())
        {
            Assert.Equal(count.ToString(CultureInfo.InvariantCulture), await part.ReadTextAsync());
            seen.Release();
            if (++count == 10_100) break;
        }

        Assert.Equal(10_100, count);
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (_server.OpenConnections > 0)
        {
            safety.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_large_part_streams_whole_in_reads_of_any_size()
    {
        byte[] bytes = new byte[300_000];
        new Random(5).NextBytes(bytes);
        // Bytes that begin as the delimiter does, all over.
        for (int at = 0; at + 5 < bytes.Length; at += 37) "\r\n--b"u8[..(2 + (at % 4))].CopyTo(bytes.AsSpan(at));
        bytes[^1] = (byte)'\r';
        _server.Routes.Get("/large").Respond([.. "--boundary\r\n\r\n"u8, .. bytes, .. "\r\n--boundary--\r\n"u8], "multipart/mixed; boundary=boundary");
        foreach (int size in (int[])[1, 7, 1000, 65536])
        {
            using HttpReply reply = await _http.GetAsync(_server.Url + "large");
            await foreach (HttpPart part in reply.ReadPartsAsync())
            {
                using var all = new MemoryStream();
                await (await part.OpenReadAsync()).CopyToAsync(all, size);
                Assert.True(bytes.AsSpan().SequenceEqual(all.ToArray()));
            }
        }
    }

    [Fact]
    public async Task An_answer_that_ends_inside_a_part_is_told_where_it_is_read_or_passed_over()
    {
        Serve("--b\n\nfirst\n--b\n\nsecond", "multipart/mixed; boundary=b");
        foreach (bool read in (bool[])[true, false])
        {
            using HttpReply reply = await _http.GetAsync(_server.Url + "p");
            int count = 0;
            await Assert.ThrowsAsync<IntegrityException>(async () =>
            {
                await foreach (HttpPart part in reply.ReadPartsAsync())
                {
                    count++;
                    if (read) await part.ReadTextAsync();
                }
            });
            Assert.Equal(2, count);
        }
    }

    [Fact]
    public async Task What_follows_the_last_part_is_read_within_a_limit()
    {
        byte[] rest = [.. "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"u8, .. new byte[100_000]];
        _server.Routes.Get("/e").RespondRaw(rest, RawEnd.Stall);
        using HttpReply reply = await _http.GetAsync(_server.Url + "e");
        Assert.Equal(1, await CountAsync(reply));
    }

    [Theory]
    [InlineData("text/plain; boundary=b")]
    [InlineData("multipart/mixed")]
    [InlineData("multipart/mixed; boundary=\"\"")]
    [InlineData("multipart/mixed; boundary=\"a@b\"")]
    [InlineData("multipart/mixed; boundary=other")]
    public async Task What_is_no_multipart_or_has_no_boundary_is_a_format_error(string type)
    {
        Serve("--b\n\nfirst\n--b--", type);
        using HttpReply reply = await _http.GetAsync(_server.Url + "p");
        WireFormatException failure = await Assert.ThrowsAsync<WireFormatException>(() => CountAsync(reply));
        Assert.NotNull(failure.Endpoint);
    }

    [Fact]
    public async Task Parts_and_heads_are_limited()
    {
        Serve("--b\nA: 1\n\nfirst\n--b\n\nsecond\n--b\n\nthird\n--b--", "multipart/mixed; boundary=b");
        Assert.Equal(3, await LimitedAsync(new() { Parts = 3 }));
        Assert.Equal("Parts", (await Assert.ThrowsAsync<WireLimitException>(() => LimitedAsync(new() { Parts = 2 }))).Limit);
        Assert.Equal("Head", (await Assert.ThrowsAsync<WireLimitException>(() => LimitedAsync(new() { Head = 5 }))).Limit);
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpPartsOptions { Parts = 0 });

        Serve(string.Concat(Enumerable.Repeat("--b\n\n\n", 10_001)) + "--b--", "multipart/mixed; boundary=b");
        Assert.Equal(10_000, (await Assert.ThrowsAsync<WireLimitException>(() => LimitedAsync(null))).Value);

        async Task<int> LimitedAsync(HttpPartsOptions? options)
        {
            using HttpReply reply = await _http.GetAsync(_server.Url + "p");
            return await CountAsync(reply, options);
        }
    }

    private static async Task<int> CountAsync(HttpReply reply, HttpPartsOptions? options = null)
    {
        int count = 0;
        await foreach (HttpPart part in reply.ReadPartsAsync(options)) count++;
        return count;
    }

    private void Serve(string body, string type) =>
        _server.Routes.Get("/p").Respond(Encoding.Latin1.GetBytes(body.ReplaceLineEndings("\r\n")), type);
}
