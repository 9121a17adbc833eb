using System.Text;
using ProtocolClients.HttpTests;

namespace ProtocolClients.UrlTests;

/// <summary>Several URLs of one content: which is asked, what is put together, and what goes to whom.</summary>
public sealed class MirrorTests : IDisposable
{
    private const int Size = 2_000_000;
    private const int Chunk = 100_000;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("mirrors-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);

    private string Target => Path.Combine(_folder, "big.iso");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private DownloadRequest Request(int segments, params string[] urls) =>
        new(urls) { Path = Target, Segments = segments, MinimumSegment = Chunk, MaximumSegment = Chunk };

    private async Task<TransferResult> DownloadAsync(byte[] expected, DownloadRequest request, Func<DownloaderOptions, DownloaderOptions>? change = null)
    {
        var options = new DownloaderOptions
        {
            Resilience = ResilienceOptions.None with { Attempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) },
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        };
        await using var downloader = new Downloader(change is null ? options : change(options));
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(expected, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        return result;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_next_one_is_asked_when_one_fails(int segments)
    {
        await using var gone = new Origin(_body) { Instead = static _ => "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n" };
        await using var good = new Origin(_body);
        TransferResult result = await DownloadAsync(_body, Request(segments, gone.Url, good.Url));
        Assert.Equal(new Uri(good.Url), result.FinalUrl);
        Assert.Single(gone.Requests);
    }

    [Theory]
    [InlineData("\"v1\"", true)]
    [InlineData("\"v2\"", false)]
    [InlineData(null, false)]
    public async Task Another_one_goes_on_with_the_content_only_under_the_same_strong_tag(string? tag, bool goesOn)
    {
        await using var dying = new Origin(_body) { Cut = static _ => 500_000, Instead = static asked => asked.Number > 1 ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : null };
        byte[] others = tag == "\"v1\"" ? _body : Downloads.Bytes(Size, seed: 2);
        await using var other = new Origin(others) { Tag = tag };
        await DownloadAsync(others, Request(1, dying.Url, other.Url));
        Assert.Equal(goesOn ? Size - 500_000 : Size, other.Sent);
    }

    [Fact]
    public async Task A_part_that_names_no_content_is_joined_to_none()
    {
        await using var dying = new Origin(_body) { Cut = static _ => 500_000, Instead = static asked => asked.Number > 1 ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : null };
        byte[] others = Downloads.Bytes(Size, seed: 2);
        // It knows neither If-Range nor tags: what it gives of a part could be of anything (RFC 9110 §15.3.7).
        await using var other = new Origin(others) { Tag = null, KnowsIfRange = false };
        await DownloadAsync(others, Request(1, dying.Url, other.Url));
        Assert.Equal([500_000L, null], other.Requests.Select(static asked => asked.From));
    }

    [Theory]
    [InlineData("\"v1\"", "", 0)]
    [InlineData("\"v1\"", "ETag: \"v1\"\r\n", 2)]
    [InlineData("\"v1\"", "ETag: \"v2\"\r\n", 0)]
    [InlineData("Sat, 01 Jan 2000 00:00:00 GMT", "", 2)]
    [InlineData("Sat, 01 Jan 2000 00:00:00 GMT", "Last-Modified: Sun, 02 Jan 2000 00:00:00 GMT\r\nDate: Mon, 03 Jan 2000 00:00:00 GMT\r\n", 0)]
    public async Task A_part_has_the_tag_again_and_need_not_have_the_date(string wanted, string fields, long offset)
    {
        await using var server = new RawServer((head, stream, stop) => RawServer.WriteAsync(
            stream,
            head.Contains("Range: ", StringComparison.Ordinal)
                ? $"HTTP/1.1 206 Partial Content\r\n{fields}Content-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo"
                : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            stop));
        await using var session = new HttpSession(new() { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });
        await using var handler = new HttpUrlHandler(session);
        var request = new UrlRequest(new Uri(server.Url)) { Offset = 2, Validator = wanted, Verbatim = true };
        await using UrlContent content = await handler.OpenAsync(request).AsTask().WaitAsync(Safety);
        Assert.Equal(offset, content.Offset);
        Assert.Equal("hello"[(int)offset..], await content.ReadTextAsync());
    }

    [Fact]
    public async Task Without_a_checksum_one_is_used_at_a_time()
    {
        await using var first = new Origin(_body);
        await using var second = new Origin(_body);
        await DownloadAsync(_body, Request(4, first.Url, second.Url));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task With_a_checksum_all_are_used_and_the_slow_one_less()
    {
        await using var fast = new Origin(_body);
        await using var slow = new Origin(_body) { Tag = "\"other\"", Rate = 16 * 1024 };
        // Slow until the other one has given most, however long that takes on this machine.
        fast.Wrote = _ =>
        {
            if (fast.Sent > (Size * 3 / 4) + 50_000) slow.Rate.BytesPerSecond = 0;
        };
        await DownloadAsync(_body, Request(4, slow.Url, fast.Url) with { Checksum = Downloads.Sha256(_body) });
        Assert.True(slow.Sent > 0);
        Assert.True(fast.Sent > 3 * slow.Sent, $"{fast.Sent} bytes of the fast one, {slow.Sent} of the slow one");
        Assert.All(fast.Requests, asked => Assert.NotEqual("\"other\"", asked.IfRange));
    }

    [Fact]
    public async Task One_that_dies_in_the_middle_costs_nothing_but_itself()
    {
        await using var dying = new Origin(_body) { Instead = static asked => asked.Number > 2 ? "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n" : null };
        await using var good = new Origin(_body);
        await DownloadAsync(_body, Request(4, dying.Url, good.Url) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal(Size, dying.Sent + good.Sent);
    }

    [Fact]
    public async Task One_of_another_length_is_left()
    {
        await using var good = new Origin(_body);
        await using var longer = new Origin(Downloads.Bytes(Size + 1, seed: 2));
        await DownloadAsync(_body, Request(4, good.Url, longer.Url) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal(Size, good.Sent);
    }

    [Fact]
    public async Task One_with_other_bytes_is_found_out_by_the_checksum()
    {
        await using var good = new Origin(_body);
        await using var wrong = new Origin(Downloads.Bytes(Size, seed: 2));
        await DownloadAsync(_body, Request(4, wrong.Url, good.Url) with { Checksum = Downloads.Sha256(_body) });
        File.Delete(Target);
        await DownloadAsync(_body, Request(1, wrong.Url, good.Url) with { Checksum = Downloads.Sha256(_body) });
    }

    [Fact]
    public async Task Parts_of_one_do_not_wait_for_the_answer_of_another_that_nobody_takes()
    {
        bool isGone = true;
        await using var origin = new Origin(_body) { Cut = _ => isGone ? Size / 2 : null };
        origin.Instead = asked => isGone && !asked.Head.Contains("?mirror", StringComparison.Ordinal) ? "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n" : null;
        DownloadRequest request = Request(1, origin.Url, origin.Url + "?mirror") with { VerifyDigest = true };
        static DownloaderOptions OneAtATime(DownloaderOptions options) => options with
        {
            Resilience = ResilienceOptions.None,
            Http = new HttpSessionOptions
            {
                HostLimits = new HostLimits { Concurrent = 1 },
                Resilience = ResilienceOptions.None,
                Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
            },
        };
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => DownloadAsync(_body, request, OneAtATime));
        isGone = false;
        // By now the first one answers, with a whole; what is here goes on with parts of the other.
        TransferResult result = await DownloadAsync(_body, request with { Segments = 2 }, OneAtATime);
        Assert.Equal(Size / 2, result.ResumedFrom);
    }

    [Fact]
    public async Task When_all_are_wrong_there_is_no_file()
    {
        await using var one = new Origin(Downloads.Bytes(Size, seed: 2));
        await using var two = new Origin(Downloads.Bytes(Size, seed: 3));
        await Assert.ThrowsAsync<IntegrityException>(() => DownloadAsync(_body, Request(4, one.Url, two.Url) with { Checksum = Downloads.Sha256(_body) }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_wrong_content_that_comes_in_parts_each_time_is_fetched_twice()
    {
        await using var origin = new Origin(Downloads.Bytes(Size, seed: 2)) { Tag = null, Cut = static asked => asked.From > 0 ? null : Size / 2 };
        await Assert.ThrowsAsync<IntegrityException>(() => DownloadAsync(_body, Request(1, origin.Url) with { Checksum = Downloads.Sha256(_body) }));
        Assert.Equal([null, Size / 2, null, Size / 2], origin.Requests.Select(static asked => asked.From));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_two_give_together_and_is_wrong_twice_is_left_for_a_third()
    {
        // The first breaks off at the half each time; the second goes on under the same tag, with other bytes.
        Func<Asked, string?> onlyTheWhole = static asked => asked.From > 0 ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : null;
        await using var half = new Origin(_body) { Cut = static _ => Size / 2, Instead = onlyTheWhole };
        await using var damaged = new Origin(Downloads.Bytes(Size, seed: 2));
        await using var good = new Origin(_body);
        DownloadRequest request = Request(1, half.Url, damaged.Url) with { Checksum = Downloads.Sha256(_body) };
        await Assert.ThrowsAsync<IntegrityException>(() => DownloadAsync(_body, request));
        Assert.Equal(2, damaged.Requests.Count);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        await DownloadAsync(_body, request with { Urls = [half.Url, damaged.Url, good.Url] });
        Assert.Equal(Size, good.Sent);
    }

    [Fact]
    public async Task An_announced_length_is_held_against_every_one()
    {
        await using var shorter = new Origin(Downloads.Bytes(Size - 1));
        await using var good = new Origin(_body);
        await DownloadAsync(_body, Request(1, shorter.Url, good.Url) with { Length = Size });
        Assert.Single(shorter.Requests);
        File.Delete(Target);
        await Assert.ThrowsAsync<WireLimitException>(() => DownloadAsync(_body, Request(1, good.Url) with { MaxLength = Size - 1 }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Credentials_and_headers_for_the_first_go_to_no_other(int segments)
    {
        await using var first = new Origin(_body) { Instead = static asked => asked.Number > 3 ? "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n" : null, Cut = static _ => Chunk };
        await using var second = new Origin(_body);
        string named = first.Url.Replace("//", "//ann:s3cret@", StringComparison.Ordinal);
        await DownloadAsync(
            _body,
            Request(segments, named, second.Url) with { Checksum = Downloads.Sha256(_body), Headers = [("X-Api-Key", "k3y")] },
            options => options with
            {
                Http = new HttpSessionOptions
                {
                    PreAuthenticate = true,
                    Headers = [("X-Auth-Token", "t0ken")],
                    Resilience = ResilienceOptions.None,
                    Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
                },
            });
        string basic = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("ann:s3cret"));
        Assert.All(first.Requests, asked => Assert.Contains(basic, asked.Head, StringComparison.Ordinal));
        Assert.All(first.Requests, asked => Assert.Contains("k3y", asked.Head, StringComparison.Ordinal));
        Assert.NotEmpty(second.Requests);
        Assert.All(second.Requests, asked => Assert.DoesNotContain("Authorization", asked.Head, StringComparison.Ordinal));
        Assert.All(second.Requests, asked => Assert.DoesNotContain("k3y", asked.Head, StringComparison.Ordinal));
        Assert.All(second.Requests, asked => Assert.DoesNotContain("t0ken", asked.Head, StringComparison.Ordinal));
    }
}
