using System.Collections.Concurrent;

namespace ProtocolClients.UrlTests;

/// <summary>One file over several connections: every habit of a server gives the right file or none.</summary>
public sealed class SegmentTests : IDisposable
{
    private const int Size = 2_000_000;
    private const int Chunk = 100_000;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("segments-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);

    private string Target => Path.Combine(_folder, "big.iso");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Downloader Downloader(int attempts = 2) => new(new DownloaderOptions
    {
        Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.FromMilliseconds(1) },
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    private DownloadRequest Request(params string[] urls) => new(urls) { Path = Target, Segments = 4, MinimumSegment = Chunk, MaximumSegment = Chunk };

    private async Task<TransferResult> DownloadAsync(byte[] expected, DownloadRequest request, int attempts = 2)
    {
        await using Downloader downloader = Downloader(attempts);
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(expected, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        return result;
    }

    /// <summary>Answers wait for one another, so that several are under way.</summary>
    private static Func<Asked, CancellationToken, Task> Together(int count)
    {
        var all = new TaskCompletionSource();
        int here = 0;
        return async (asked, stop) =>
        {
            if (asked.Number == 1) return;
            if (Interlocked.Increment(ref here) == count) all.TrySetResult();
            await all.Task.WaitAsync(stop);
        };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_fetched_in_parts_by_several_connections_and_every_byte_once(bool verified)
    {
        await using var origin = new Origin(_body) { Before = Together(3) };
        TransferResult result = await DownloadAsync(_body, Request(origin.Url) with { Checksum = verified ? Downloads.Sha256(_body) : null });
        Assert.Equal(Size, origin.Sent);
        Assert.InRange(result.Segments, 3, 4);
        Assert.True(origin.Connections > 2);
        Assert.Equal(Size / Chunk, result.Attempts);
        Assert.All(origin.Requests.Skip(1), asked => Assert.Equal("\"v1\"", asked.IfRange));
        Assert.All(origin.Requests, asked => Assert.Contains("Accept-Encoding: identity\r\n", asked.Head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    public async Task Small_files_come_whole(int size)
    {
        byte[] body = Downloads.Bytes(size);
        await using var origin = new Origin(body);
        TransferResult result = await DownloadAsync(body, Request(origin.Url) with { Checksum = Downloads.Sha256(body) });
        Assert.Equal(size, result.Bytes);
        Assert.Equal(size, origin.Sent);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_gives_the_whole_once()
    {
        await using var origin = new Origin(_body) { KnowsRange = false };
        TransferResult result = await DownloadAsync(_body, Request(origin.Url));
        Assert.Equal((1, 1), (result.Segments, result.Attempts));
        Assert.Equal(Size, origin.Sent);
    }

    [Theory]
    [InlineData("W/\"v1\"")]
    [InlineData(null)]
    public async Task Without_a_strong_validator_parts_are_fetched_only_when_a_checksum_proves_them(string? tag)
    {
        await using var origin = new Origin(_body) { Tag = tag };
        await DownloadAsync(_body, Request(origin.Url));
        Assert.Equal([0L, null], origin.Requests.Select(asked => asked.From));
        File.Delete(Target);
        origin.Requests.Clear();
        await DownloadAsync(_body, Request(origin.Url) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal(Size / Chunk, origin.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_content_that_changes_between_parts_is_fetched_anew(bool knowsIfRange)
    {
        byte[] fresh = Downloads.Bytes(Size, seed: 2);
        await using var origin = new Origin(_body) { KnowsIfRange = knowsIfRange };
        origin.Before = (asked, _) =>
        {
            if (asked.Number == 7) (origin.Body, origin.Tag) = (fresh, "\"v2\"");
            return Task.CompletedTask;
        };
        // One server thread changes both; a request between the two sees a mixture that no real server would send.
        await DownloadAsync(fresh, Request(origin.Url) with { Segments = 1 + 1 });
    }

    [Fact]
    public async Task A_content_that_changes_all_the_time_is_fetched_by_one_connection()
    {
        await using var origin = new Origin(_body);
        origin.Before = (asked, _) =>
        {
            if (asked.From is not null) origin.Tag = $"\"{asked.Number}\"";
            return Task.CompletedTask;
        };
        await DownloadAsync(_body, Request(origin.Url));
        Assert.Null(origin.Requests.Last().From);
    }

    [Fact]
    public async Task Parts_of_a_content_without_a_validator_that_changed_are_found_out_by_the_checksum()
    {
        byte[] fresh = Downloads.Bytes(Size, seed: 2);
        await using var origin = new Origin(_body) { Tag = null };
        origin.Before = (asked, _) =>
        {
            if (asked.Number == 7) origin.Body = fresh;
            return Task.CompletedTask;
        };
        await DownloadAsync(fresh, Request(origin.Url) with { Checksum = Downloads.Sha256(fresh) });
        Assert.Null(origin.Requests.Last().From);
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/2000000\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 0-5000000/2000000\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 0-4/*\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")]
    public async Task A_server_that_answers_wrongly_about_parts_is_asked_for_the_whole(string answer)
    {
        await using var origin = new Origin(_body) { Instead = asked => asked.From is null ? null : answer };
        await DownloadAsync(_body, Request(origin.Url));
        Assert.Null(origin.Requests.Last().From);
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/2000000\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Type: multipart/byteranges; boundary=x\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n")]
    public async Task A_server_that_stops_giving_parts_is_asked_for_the_whole(string answer)
    {
        await using var origin = new Origin(_body) { Instead = asked => asked.Number >= 5 && asked.From is not null ? answer : null };
        await DownloadAsync(_body, Request(origin.Url));
        Assert.Null(origin.Requests.Last().From);
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 0-99999/3000000\r\nContent-Length: 100000\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v2\"\r\nContent-Range: bytes 0-99999/2000000\r\nContent-Length: 100000\r\n\r\n")]
    public async Task One_lie_in_the_middle_never_gives_a_wrong_file(string answer)
    {
        await using var origin = new Origin(_body)
        {
            Instead = asked => asked.Number == 5 ? answer.Replace("0-99999", $"{asked.From}-{asked.From + 99_999}", StringComparison.Ordinal) + new string('x', 100_000) : null,
        };
        await DownloadAsync(_body, Request(origin.Url));
    }

    [Fact]
    public async Task A_connection_that_breaks_goes_on_at_its_last_byte()
    {
        var cut = new ConcurrentDictionary<long, bool>();
        await using var origin = new Origin(_body) { Cut = asked => cut.TryAdd(asked.From!.Value / Chunk, true) ? 60_000 : null };
        await DownloadAsync(_body, Request(origin.Url) with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal(Size, origin.Sent);
    }

    [Fact]
    public async Task What_a_connection_that_fails_for_good_lacks_another_fetches_from_its_last_byte()
    {
        await using var origin = new Origin(_body) { Cut = static asked => asked.Number is 2 or 4 ? 60_000 : null };
        await DownloadAsync(_body, Request(origin.Url), attempts: 1);
        Assert.Equal(Size, origin.Sent);
    }

    [Fact]
    public async Task A_server_that_forgets_about_parts_gives_the_whole()
    {
        await using var origin = new Origin(_body);
        origin.Before = (asked, _) =>
        {
            if (asked.Number == 5) origin.KnowsRange = false;
            return Task.CompletedTask;
        };
        await DownloadAsync(_body, Request(origin.Url));
    }

    [Fact]
    public async Task A_server_that_refuses_more_than_one_connection_serves_one()
    {
        int refused = 0;
        var othersRefused = new TaskCompletionSource();
        await using var origin = new Origin(_body);
        origin.Instead = asked => asked.Number is > 2 and < 6 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : null;
        origin.Before = async (asked, stop) =>
        {
            // The second request is answered once the other three connections were refused.
            if (asked.Number > 2 && Interlocked.Increment(ref refused) == 3) othersRefused.SetResult();
            if (asked.Number == 2) await othersRefused.Task.WaitAsync(stop);
        };
        await DownloadAsync(_body, Request(origin.Url), attempts: 1);
    }

    [Fact]
    public async Task A_server_that_fails_for_good_leaves_what_came_for_a_later_run()
    {
        await using var origin = new Origin(_body) { Instead = asked => asked.Number >= 8 ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : null };
        await using (Downloader downloader = Downloader())
        {
            await Assert.ThrowsAsync<HttpStatusException>(() => downloader.DownloadAsync(Request(origin.Url)).WaitAsync(Safety));
        }

        Assert.False(File.Exists(Target));
        origin.Instead = static _ => null;
        TransferResult result = await DownloadAsync(_body, Request(origin.Url));
        Assert.Equal(7 * Chunk, result.ResumedFrom);
        Assert.Equal(Size, origin.Sent);
    }

    [Fact]
    public async Task What_several_connections_left_one_goes_on_with()
    {
        await using var origin = new Origin(_body);
        // The second part stays missing, those behind it come.
        origin.Instead = asked => asked.From == Chunk || asked.Number >= 8 ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" : null;
        await using (Downloader downloader = Downloader())
        {
            await Assert.ThrowsAsync<HttpStatusException>(() => downloader.DownloadAsync(Request(origin.Url)).WaitAsync(Safety));
        }

        long kept = origin.Sent;
        Assert.True(kept > Chunk);
        origin.Instead = static _ => null;
        TransferResult result = await DownloadAsync(_body, Request(origin.Url) with { Segments = 1, Checksum = Downloads.Sha256(_body) });
        Assert.Equal(kept, result.ResumedFrom);
        Assert.Equal(Size, origin.Sent);
    }

    [Fact]
    public async Task What_one_connection_left_several_go_on_with()
    {
        await using var origin = new Origin(_body) { Cut = static _ => 750_000 };
        await using (Downloader downloader = Downloader(attempts: 1))
        {
            await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(Request(origin.Url) with { Segments = 1 }).WaitAsync(Safety));
        }

        origin.Cut = static _ => null;
        TransferResult result = await DownloadAsync(_body, Request(origin.Url));
        Assert.Equal(750_000, result.ResumedFrom);
        Assert.Equal(Size, origin.Sent);
    }

    [Fact]
    public async Task Retrieving_has_segments_too()
    {
        await using var origin = new Origin(Downloads.Bytes(5_000_000)) { Before = Together(2) };
        await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });
        using RetrievedFile file = await opener.RetrieveAsync(origin.Url, Target, new() { Segments = 4, Checksum = Downloads.Sha256(origin.Body) }).WaitAsync(Safety);
        Assert.Equal(origin.Body, await File.ReadAllBytesAsync(Target));
        Assert.True(origin.Connections > 1);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }
}
