using System.Globalization;
using System.Security.Cryptography;
using ProtocolClients.HttpTests;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>Names, files that are there already, conditions, digests and mirrors of downloads.</summary>
public sealed class DownloadWaysTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("download-ways-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Downloader NewDownloader(Credentials? credentials = null) => new(new DownloaderOptions
    {
        Http = new HttpSessionOptions
        {
            Resilience = ResilienceOptions.None,
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
            Credentials = credentials,
            PreAuthenticate = credentials is not null,
        },
        Resilience = ResilienceOptions.None,
    });

    private static string Answer(string body, string fields = "") => $"HTTP/1.1 200 OK\r\n{fields}Content-Length: {body.Length}\r\n\r\n{body}";

    private static string Sri(string body) => "sha256-" + Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(body)));

    private string At(string name) => Path.Combine(_folder, name);

    private async Task<TransferResult> GetAsync(DownloadRequest request, Credentials? credentials = null)
    {
        await using Downloader downloader = NewDownloader(credentials);
        return await downloader.DownloadAsync(request with { Folder = request.Folder ?? _folder }).WaitAsync(Safety);
    }

    [Theory]
    [InlineData(FileNaming.ContentDisposition, "a b.txt")]
    [InlineData(FileNaming.Redirected, "a b.txt")]
    [InlineData(FileNaming.Url, "asked.bin")]
    public async Task The_server_names_a_file_in_the_one_request_that_fetches_it(FileNaming naming, string name)
    {
        await using var server = new RawServer(Answer("hello", "Content-Disposition: attachment; filename=\"a b.txt\"\r\n"));
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "/asked.bin") { Naming = naming });
        Assert.Equal((At(name), "hello"), (result.Path, await File.ReadAllTextAsync(At(name))));
        Assert.Single(server.Heads);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_found_before_a_byte_is_written()
    {
        await using var server = new RawServer(Answer("new", "Content-Disposition: attachment; filename=x\r\n"));
        await File.WriteAllTextAsync(At("x"), "old");
        await Assert.ThrowsAsync<IOException>(() => GetAsync(new DownloadRequest(server.Url + "/asked")));
        Assert.Equal("old", await File.ReadAllTextAsync(At("x")));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Skip_leaves_what_is_there(bool named)
    {
        await using var server = new RawServer(Answer("new", "Content-Disposition: attachment; filename=x\r\n"));
        await File.WriteAllTextAsync(At("x"), "old");
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "/asked") { Path = named ? At("x") : null, WhenExists = ExistingFile.Skip });
        Assert.Equal((TransferOutcome.Skipped, 3L, "old"), (result.Outcome, result.Bytes, await File.ReadAllTextAsync(At("x"))));
        // A name that is known needs no question.
        Assert.Equal(named ? 0 : 1, server.Heads.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rename_takes_the_next_free_name(bool keep)
    {
        await using var server = new RawServer(Answer("new"));
        await File.WriteAllTextAsync(At("x.txt"), "old");
        await File.WriteAllTextAsync(At("x (1).txt"), "old");
        var request = new DownloadRequest(server.Url + "/x.txt") { WhenExists = ExistingFile.Rename, Continue = keep };
        Assert.Equal(At("x (2).txt"), (await GetAsync(request)).Path);
        Assert.Equal(At("x (3).txt"), (await GetAsync(request)).Path);
        Assert.Equal("old", await File.ReadAllTextAsync(At("x.txt")));
        Assert.Equal(4, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Theory]
    [InlineData(ExistingFile.Rename, false)]
    [InlineData(ExistingFile.Rename, true)]
    [InlineData(ExistingFile.Skip, false)]
    [InlineData(ExistingFile.Fail, false)]
    public async Task Downloads_that_end_at_the_same_moment_lose_no_file(ExistingFile policy, bool keep)
    {
        const int Count = 16;
        int heads = 0;
        var all = new TaskCompletionSource();
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", stop);
            if (Interlocked.Increment(ref heads) == Count) all.SetResult();
            await all.Task.WaitAsync(stop);
            await RawServer.WriteAsync(stream, "lo", stop);
        });
        await using Downloader downloader = NewDownloader();
        var request = new DownloadRequest(server.Url + "/x.txt") { Folder = _folder, Naming = FileNaming.Url, WhenExists = policy, Continue = keep };
        Task<TransferResult>[] running = [.. Enumerable.Range(0, Count).Select(_ => downloader.DownloadAsync(request))];
        await Task.WhenAll(running).WaitAsync(Safety).ContinueWith(static _ => { }, TaskScheduler.Default);
        string[] files = [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal)];
        Assert.All(files, file => Assert.Equal("hello", File.ReadAllText(file)));
        Assert.Equal(policy == ExistingFile.Rename ? Count : 1, files.Length);
        Assert.Equal(policy == ExistingFile.Fail ? 1 : Count, running.Count(task => task.IsCompletedSuccessfully));
        if (policy != ExistingFile.Rename) return;
        Assert.Equal(files, running.Select(task => task.Result.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_newer_asks_once_keeps_the_time_and_takes_what_is_newer()
    {
        string modified = "Thu, 29 Feb 2024 00:02:03 GMT";
        string body = "one";
        await using var server = new RawServer((head, stream, stop) => RawServer.WriteAsync(
            stream,
            head.Contains("If-Modified-Since: " + modified, StringComparison.Ordinal) ? "HTTP/1.1 304 Not Modified\r\n\r\n" : Answer(body, $"Last-Modified: {modified}\r\n"),
            stop));
        var request = new DownloadRequest(server.Url + "/x") { OnlyNewer = true };
        Assert.Equal(TransferOutcome.Transferred, (await GetAsync(request)).Outcome);
        Assert.Equal(new DateTime(2024, 2, 29, 0, 2, 3, DateTimeKind.Utc), File.GetLastWriteTimeUtc(At("x")));
        Assert.Equal(TransferOutcome.NotModified, (await GetAsync(request)).Outcome);
        Assert.Equal(2, server.Heads.Count);
        (modified, body) = ("Fri, 01 Mar 2024 00:00:00 GMT", "two");
        Assert.Equal(TransferOutcome.Transferred, (await GetAsync(request)).Outcome);
        Assert.Equal("two", await File.ReadAllTextAsync(At("x")));
    }

    [Theory]
    [InlineData("one", true)]
    [InlineData("longer", false)]
    public async Task A_server_that_ignores_the_condition_is_compared_with(string body, bool same)
    {
        await using var server = new RawServer(Answer(body, "Last-Modified: Thu, 29 Feb 2024 00:02:03 GMT\r\n"));
        await File.WriteAllTextAsync(At("x"), "ONE");
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "/x") { OnlyNewer = true });
        Assert.Equal(same ? TransferOutcome.NotModified : TransferOutcome.Transferred, result.Outcome);
        Assert.Equal(same ? "ONE" : body, await File.ReadAllTextAsync(At("x")));
    }

    [Theory]
    [InlineData("\"v1\"")]
    [InlineData("W/\"v1\"")]
    public async Task Only_changed_remembers_the_entity_tag(string tag)
    {
        string now = tag;
        await using var server = new RawServer((head, stream, stop) => RawServer.WriteAsync(
            stream, head.Contains($"If-None-Match: {now}\r\n", StringComparison.Ordinal) ? "HTTP/1.1 304 Not Modified\r\n\r\n" : Answer("of " + now[^2], $"ETag: {now}\r\n"), stop));
        var request = new DownloadRequest(server.Url + "/x") { OnlyChanged = true };
        Assert.Equal(TransferOutcome.Transferred, (await GetAsync(request)).Outcome);
        Assert.Equal(TransferOutcome.NotModified, (await GetAsync(request)).Outcome);
        now = "\"v2\"";
        Assert.Equal(TransferOutcome.Transferred, (await GetAsync(request)).Outcome);
        Assert.Equal("of 2", await File.ReadAllTextAsync(At("x")));
        // A file that somebody changed is not the one that the tag names.
        await File.WriteAllTextAsync(At("x"), "mine");
        await GetAsync(request);
        Assert.DoesNotContain("If-None-Match", server.Heads.Last(), StringComparison.Ordinal);
        Assert.Equal([At(".x.etag"), At("x")], Directory.GetFiles(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_answer_with_the_known_tag_in_spite_of_the_condition_is_not_fetched()
    {
        await using var server = new RawServer(Answer("hello", "ETag: W/\"v1\"\r\n"));
        var request = new DownloadRequest(server.Url + "/x") { OnlyChanged = true };
        await GetAsync(request);
        Assert.Equal(TransferOutcome.NotModified, (await GetAsync(request)).Outcome);
    }

    [Theory]
    [InlineData("Repr-Digest: sha-256=:{0}:\r\n", "hello", true)]
    [InlineData("Content-Digest: sha-256=:{0}:\r\n", "hello", true)]
    [InlineData("Repr-Digest: sha-256=:{0}:\r\n", "other", false)]
    [InlineData("", "hello", true)]
    public async Task A_digest_of_the_server_is_asked_for_and_verified(string field, string of, bool right)
    {
        await using var server = new RawServer(Answer("hello", string.Format(CultureInfo.InvariantCulture, field, Sri(of)[7..])));
        var request = new DownloadRequest(server.Url + "/x") { VerifyDigest = true };
        if (right) Assert.Equal(field.Length > 0 ? 1 : 0, (await GetAsync(request)).Checksums.Count);
        else await Assert.ThrowsAsync<IntegrityException>(() => GetAsync(request));
        Assert.Contains("Want-Repr-Digest: ", server.Heads.First(), StringComparison.Ordinal);
        Assert.Equal(right, File.Exists(At("x")));
    }

    [Fact]
    public async Task Mirrors_of_the_answer_take_over_when_it_breaks_off()
    {
        await using var mirror = new RawServer(Answer("hello"));
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(
                stream,
                $"HTTP/1.1 200 OK\r\nLink: <{mirror.Url}/m>; rel=duplicate\r\nDigest: SHA-256={Sri("hello")[7..]}\r\nContent-Length: 5\r\n\r\nhe",
                stop);
            throw new RawServer.CloseException();
        });
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "/x") { FollowMirrors = true });
        Assert.Equal("hello", await File.ReadAllTextAsync(result.Path));
        Assert.Equal(mirror.Url + "/m", result.FinalUrl!.AbsoluteUri);
    }

    private static string Described(string hash, string urls, string name = "x") =>
        $"<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='{name}'><size>5</size><hash type='sha-256'>{hash}</hash>{urls}</file></metalink>";

    private static string Hex(string content) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));

    /// <summary>A server whose answer names a Metalink document (RFC 6249 §4), and breaks off when that is asked.</summary>
    private static RawServer Describing(Func<string> document, bool breaksOff, string link = "</x.meta4>; rel=describedby; type=\"application/metalink4+xml\"") =>
        new(async (head, stream, stop) =>
        {
            if (head.StartsWith("GET /x.meta4", StringComparison.Ordinal) || head.StartsWith("GET /y", StringComparison.Ordinal))
            {
                await RawServer.WriteAsync(stream, document(), stop);
                return;
            }

            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nLink: {link}\r\nContent-Length: 5\r\n\r\n{(breaksOff ? "he" : "hello")}", stop);
            if (breaksOff) throw new RawServer.CloseException();
        });

    [Theory]
    [InlineData("hello", true)]
    [InlineData("other", false)]
    public async Task The_document_that_an_answer_is_described_by_proves_it_and_names_mirrors(string of, bool right)
    {
        await using var mirror = new RawServer(Answer("hello"));
        await using RawServer server = Describing(() => Answer(Described(Hex(of), $"<url>{mirror.Url}m</url><url>ftp://a.example/m</url>")), breaksOff: true);
        var request = new DownloadRequest(server.Url + "x") { FollowMirrors = true, Headers = [("X-Api-Key", "k3y")] };
        if (!right)
        {
            await Assert.ThrowsAsync<IntegrityException>(() => GetAsync(request));
            Assert.False(File.Exists(At("x")));
            return;
        }

        TransferResult result = await GetAsync(request);
        Assert.Equal(mirror.Url + "m", result.FinalUrl!.AbsoluteUri);
        Assert.Equal("sha256:" + Hex("hello"), Assert.Single(result.Checksums).ToString());
        Assert.All(mirror.Heads, static head => Assert.DoesNotContain("k3y", head, StringComparison.Ordinal));
        Assert.Single(server.Heads, static head => head.StartsWith("GET /x.meta4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("garbage")]
    [InlineData("another length")]
    [InlineData("several files")]
    [InlineData("another type")]
    public async Task A_description_that_cannot_be_had_or_is_of_something_else_is_passed_over(string kind)
    {
        string several = Described(Hex("a"), string.Empty, "a").Replace("</metalink>", "<file name='b'/></metalink>", StringComparison.Ordinal);
        await using RawServer server = Describing(
            () => kind switch
            {
                "gone" => "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n",
                "garbage" => Answer("<html>"),
                "several files" => Answer(several),
                _ => Answer(Described(Hex("other"), string.Empty).Replace(">5<", ">6<", StringComparison.Ordinal)),
            },
            breaksOff: false,
            kind == "another type" ? "</x.meta4>; rel=describedby; type=\"application/pgp-signature\"" : "</x.meta4>; rel=describedby; type=\"application/metalink4+xml\"");
        TransferResult result = await GetAsync(new DownloadRequest(server.Url + "x") { FollowMirrors = true });
        Assert.Equal("hello", await File.ReadAllTextAsync(result.Path));
        Assert.Empty(result.Checksums);
        Assert.Equal(kind == "another type" ? 1 : 2, server.Heads.Count);
    }

    [Fact]
    public async Task A_plan_says_what_would_be_and_writes_nothing()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nAccept-Ranges: bytes\r\nContent-Disposition: attachment; filename=y\r\n\r\n");
        await using Downloader downloader = NewDownloader();
        var request = new DownloadRequest(server.Url + "/x") { Folder = _folder };
        DownloadPlan plan = await downloader.PlanAsync(request).WaitAsync(Safety);
        Assert.Equal((At("y"), TransferOutcome.Transferred, 5L, true), (plan.Path, plan.Outcome, plan.Length, plan.HasRanges));
        Assert.All(server.Heads, head => Assert.StartsWith("HEAD ", head, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        await File.WriteAllTextAsync(At("y"), "old");
        await Assert.ThrowsAsync<IOException>(() => downloader.PlanAsync(request).WaitAsync(Safety));
        Assert.Equal(At("y (1)"), (await downloader.PlanAsync(request with { WhenExists = ExistingFile.Rename }).WaitAsync(Safety)).Path);
        Assert.Equal(TransferOutcome.Skipped, (await downloader.PlanAsync(request with { WhenExists = ExistingFile.Skip }).WaitAsync(Safety)).Outcome);
    }
}
