using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>The downloader on URLs of FTP.</summary>
public sealed class FtpDownloadTests : IAsyncLifetime
{
    private const int Size = 4_000_000;
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly DateTimeOffset Changed = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("ftp-downloads-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);
    private MockFtpServer _server = null!;

    private string Target => Path.Combine(_folder, "big.iso");

    private string Url => _server.UrlOf("/big.iso").AbsoluteUri;

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartAsync();
        _server.Files["big.iso"] = new MockFile(_body) { Modified = Changed };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Downloader With(int attempts = 1) => new(new DownloaderOptions
    {
        Transport = _server.Transport,
        Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.FromMilliseconds(1) },
    });

    private DownloadRequest Request() => new(Url) { Path = Target };

    private async Task<TransferResult> DownloadAsync(DownloadRequest request, int attempts = 1)
    {
        await using Downloader downloader = With(attempts);
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        return result;
    }

    [Fact]
    public async Task A_file_is_downloaded_verified_and_reported()
    {
        TransferResult result = await DownloadAsync(Request() with { Checksum = Downloads.Sha256(_body) });
        Assert.Equal((Size, 0, 1, 1), (result.Bytes, result.ResumedFrom, result.Attempts, result.Segments));
        Assert.Equal(_server.UrlOf("/big.iso"), result.FinalUrl);
        Assert.DoesNotContain(_server.Calls.Problems, static call => call.Verb != "AUTH");
        _server.Calls.AssertCount(1, "RETR");
    }

    [Fact]
    public async Task A_lost_connection_goes_on_where_it_broke_off()
    {
        _server.DataFaults.TruncateAfterBytes(3_000_000).On("RETR").Once();
        TransferResult result = await DownloadAsync(Request(), attempts: 3);
        Assert.Equal(2, result.Attempts);
        MockFtpCall rest = _server.Calls.Of("RETR")[1];
        Assert.True(rest.RestOffset > 0, rest.ToString());
        Assert.Equal(Size - rest.RestOffset, rest.DataBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_later_run_goes_on_unless_the_file_has_changed(bool changed)
    {
        FaultRule cut = _server.DataFaults.TruncateAfterBytes(3_000_000).On("RETR").Once();
        await using (Downloader first = With()) await Assert.ThrowsAnyAsync<ProtocolClientException>(() => first.DownloadAsync(Request()).WaitAsync(Safety));
        Assert.Equal(1, cut.Strikes);
        Assert.False(File.Exists(Target));
        long left = new FileInfo(Target + ".part").Length;
        Assert.InRange(left, 1, 3_000_000);
        if (changed) _server.Files["big.iso"] = new MockFile(_body) { Modified = Changed.AddSeconds(1) };
        TransferResult result = await DownloadAsync(Request());
        Assert.Equal(changed ? 0 : left, result.ResumedFrom);
        Assert.Equal(changed ? 0 : left, _server.Calls.Of("RETR")[^1].RestOffset);
    }

    [Fact]
    public async Task A_transfer_that_ends_early_and_is_called_complete_is_no_file()
    {
        _server.Files["big.iso"] = new MockFile(_body.AsSpan(0, 1000)) { Modified = Changed };
        await using Downloader downloader = With();
        await Assert.ThrowsAsync<IntegrityException>(() => downloader.DownloadAsync(Request() with { Length = Size }).WaitAsync(Safety));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_connections_fetch_parts(bool verified)
    {
        TransferResult result = await DownloadAsync(Request() with
        {
            Segments = 4,
            MinimumSegment = 256 * 1024,
            MaximumSegment = 512 * 1024,
            Checksum = verified ? Downloads.Sha256(_body) : null,
        });
        Assert.Equal(4, result.Segments);
        Assert.True(_server.Calls.Of("RETR").Select(call => call.ConnectionId).Distinct().Count() > 1);
        Assert.Contains(_server.Calls.Of("RETR"), call => call.RestOffset > 0);
        Assert.DoesNotContain(_server.Calls.Problems, static call => call.Verb != "AUTH");
    }

    [Fact]
    public async Task A_file_that_changes_between_parts_is_fetched_anew()
    {
        byte[] other = Downloads.Bytes(Size, seed: 2);
        _server.DataFaults.Latency(TimeSpan.Zero).On(request =>
        {
            if (_server.Calls.Of("RETR").Count == 3) _server.Files["big.iso"] = new MockFile(other) { Modified = Changed.AddHours(1) };
            return false;
        });
        await using Downloader downloader = With(attempts: 2);
        await downloader.DownloadAsync(Request() with { Segments = 2, MinimumSegment = 256 * 1024, MaximumSegment = 256 * 1024 }).WaitAsync(Safety);
        byte[] here = await File.ReadAllBytesAsync(Target);
        Assert.True(here.AsSpan().SequenceEqual(other) || here.AsSpan().SequenceEqual(_body), "Halves of two contents were put together.");
        Assert.Equal(other, here);
    }

    [Fact]
    public async Task A_server_that_begins_nowhere_else_gives_the_whole_over_one_connection()
    {
        await using MockFtpServer old = await MockFtpServer.StartAsync(new MockFtpServerOptions { Without = ["REST"] });
        old.Files["big.iso"] = new MockFile(_body) { Modified = Changed };
        TransferResult result = await DownloadAsync(Request() with { Urls = [old.UrlOf("/big.iso").AbsoluteUri], Segments = 4, MinimumSegment = 256 * 1024 });
        Assert.Equal(Size, result.Bytes);
    }

    [Fact]
    public async Task A_server_that_takes_two_connections_gives_parts_to_two()
    {
        _server.Faults.Add(Fault.Reset(0)).On("USER").EveryNth(3);
        TransferResult result = await DownloadAsync(
            Request() with { Segments = 4, MinimumSegment = 256 * 1024, MaximumSegment = 512 * 1024, Checksum = Downloads.Sha256(_body) }, attempts: 2);
        Assert.Equal(Size, result.Bytes);
    }

    [Fact]
    public async Task Mirrors_of_http_and_ftp_are_one_content_under_a_checksum()
    {
        await using MockHttpServer http = await Downloads.ServeAsync(_body);
        DownloadRequest both = Request() with
        {
            Urls = [http.UrlOf("/big.iso").AbsoluteUri, Url],
            Segments = 4,
            MinimumSegment = 256 * 1024,
            MaximumSegment = 256 * 1024,
            Checksum = Downloads.Sha256(_body),
        };
        await DownloadAsync(both);
        Assert.NotEmpty(http.Calls);
        Assert.NotEmpty(_server.Calls.Of("RETR"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_mirror_is_asked_when_one_fails(bool ftpFirst)
    {
        await using MockHttpServer http = await MockHttpServer.StartAsync();
        string missing = ftpFirst ? _server.UrlOf("/none").AbsoluteUri : http.UrlOf("/none").AbsoluteUri;
        if (ftpFirst) http.Files["big.iso"] = _body;
        string there = ftpFirst ? http.UrlOf("/big.iso").AbsoluteUri : Url;
        await DownloadAsync(Request() with { Urls = [missing, there] });
    }

    [Fact]
    public async Task Only_what_is_newer_is_fetched_and_gets_the_servers_time()
    {
        Assert.Equal(TransferOutcome.Transferred, (await DownloadAsync(Request() with { OnlyNewer = true })).Outcome);
        Assert.Equal(Changed.UtcDateTime, File.GetLastWriteTimeUtc(Target));
        Assert.Equal(TransferOutcome.NotModified, (await DownloadAsync(Request() with { OnlyNewer = true })).Outcome);
        _server.Calls.AssertCount(1, "RETR");
        await File.WriteAllBytesAsync(Target, _body[..1000]);
        File.SetLastWriteTimeUtc(Target, Changed.UtcDateTime);
        Assert.Equal(TransferOutcome.Transferred, (await DownloadAsync(Request() with { OnlyNewer = true })).Outcome);
        _server.Files["big.iso"] = new MockFile(_body) { Modified = Changed.AddDays(1) };
        Assert.Equal(TransferOutcome.Transferred, (await DownloadAsync(Request() with { OnlyNewer = true })).Outcome);
        _server.Calls.AssertCount(3, "RETR");
    }

    [Fact]
    public async Task Only_another_content_is_fetched()
    {
        await using Downloader downloader = With();
        DownloadRequest request = Request() with { OnlyChanged = true };
        Assert.Equal(TransferOutcome.Transferred, (await downloader.DownloadAsync(request).WaitAsync(Safety)).Outcome);
        Assert.Equal(TransferOutcome.NotModified, (await downloader.DownloadAsync(request).WaitAsync(Safety)).Outcome);
        _server.Files["big.iso"] = new MockFile(_body) { Modified = Changed.AddDays(1) };
        Assert.Equal(TransferOutcome.Transferred, (await downloader.DownloadAsync(request).WaitAsync(Safety)).Outcome);
        _server.Calls.AssertCount(2, "RETR");
    }

    [Theory]
    [InlineData("/big.iso;type=i", "big.iso")]
    [InlineData("/a%23%20b", "a# b")]
    public async Task A_file_is_named_after_its_path_without_the_type(string path, string name)
    {
        _server.Files[name] = "x"u8;
        await using Downloader downloader = With();
        TransferResult result = await downloader.DownloadAsync(new(_server.Url.AbsoluteUri.TrimEnd('/') + path) { Folder = _folder }).WaitAsync(Safety);
        Assert.Equal(name, Path.GetFileName(result.Path));
    }

    [Fact]
    public async Task A_listing_that_is_saved_has_a_name()
    {
        await using Downloader downloader = With();
        TransferResult result = await downloader.DownloadAsync(new(_server.Url.AbsoluteUri) { Folder = _folder }).WaitAsync(Safety);
        Assert.Equal("index.txt", Path.GetFileName(result.Path));
        Assert.Equal("big.iso\n", await File.ReadAllTextAsync(result.Path));
    }

    [Fact]
    public async Task What_is_missing_or_not_to_be_read_leaves_nothing()
    {
        await using Downloader downloader = With();
        FtpReplyException missing = await Assert.ThrowsAsync<FtpReplyException>(() => downloader.DownloadAsync(Request() with { Urls = [_server.UrlOf("/none").AbsoluteUri] }).WaitAsync(Safety));
        Assert.Equal(550, missing.Code);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
