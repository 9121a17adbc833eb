using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>Limits and least rates of downloads, on virtual time.</summary>
public sealed class PaceTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("pace-").FullName;
    private readonly VirtualTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Downloader Downloader(Func<DownloaderOptions, DownloaderOptions>? change = null)
    {
        var options = new DownloaderOptions
        {
            Resilience = ResilienceOptions.None,
            Deadlines = Deadlines.None,
            TimeProvider = _time,
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        };
        return new Downloader(change is null ? options : change(options));
    }

    private DownloadRequest Request(Origin origin, string name = "a") => new(origin.Url) { Path = Path.Combine(_folder, name), Durable = false };

    private async Task<double> SecondsAsync(Task running)
    {
        while (!running.IsCompleted)
        {
            if (_time.ActiveTimers > 0) _time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        await running.WaitAsync(Safety);
        return _time.Elapsed.TotalSeconds;
    }

    [Fact]
    public async Task A_download_keeps_its_own_limit()
    {
        await using var origin = new Origin(Downloads.Bytes(100_000));
        await using Downloader downloader = Downloader();
        Assert.InRange(await SecondsAsync(downloader.DownloadAsync(Request(origin) with { RateLimit = 10_000 })), 9.5, 11.5);
    }

    [Fact]
    public async Task All_together_keep_the_limit_of_the_downloader()
    {
        await using var origin = new Origin(Downloads.Bytes(50_000));
        await using Downloader downloader = Downloader(options => options with { RateLimit = 10_000 });
        double seconds = await SecondsAsync(Task.WhenAll(downloader.DownloadAsync(Request(origin, "a")), downloader.DownloadAsync(Request(origin, "b"))));
        Assert.InRange(seconds, 9.5, 11.5);
    }

    [Fact]
    public async Task Downloads_from_one_host_share_its_limit_and_those_from_another_do_not_feel_it()
    {
        await using var origin = new Origin(Downloads.Bytes(50_000));
        await using var sameHost = new Origin(Downloads.Bytes(50_000));
        HostRateLimits hosts = 10_000;
        hosts.Of("localhost").BytesPerSecond = 0;
        await using Downloader downloader = Downloader(options => options with { HostRateLimits = hosts });
        Task<TransferResult> one = downloader.DownloadAsync(Request(origin, "a"));
        Task<TransferResult> two = downloader.DownloadAsync(Request(sameHost, "b") with { Segments = 2, MinimumSegment = 10_000 });
        // Time stands still, and with it whoever has to wait.
        await downloader.DownloadAsync(Request(origin, "c") with { Urls = [origin.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)] }).WaitAsync(Safety);
        Assert.False(one.IsCompleted || two.IsCompleted);
        Assert.True(await SecondsAsync(Task.WhenAll(one, two)) >= 9.5);
    }

    [Fact]
    public async Task The_host_is_the_one_that_answers_after_redirects_and_may_have_a_limit_of_its_own()
    {
        await using var origin = new Origin(Downloads.Bytes(50_000));
        await using var door = new Origin([]) { Instead = _ => $"HTTP/1.1 302 Found\r\nLocation: {origin.Url}\r\nContent-Length: 0\r\n\r\n" };
        var hosts = new HostRateLimits();
        hosts.Of("127.0.0.1").BytesPerSecond = 10_000;
        await using Downloader downloader = Downloader(options => options with { HostRateLimits = hosts });
        double seconds = await SecondsAsync(downloader.DownloadAsync(Request(origin) with { Urls = [door.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)] }));
        Assert.InRange(seconds, 4.5, 6);
    }

    [Fact]
    public void A_change_for_all_hosts_leaves_the_limits_of_ones_own()
    {
        HostRateLimits hosts = 1000;
        hosts.Of("b.example").BytesPerSecond = 5;
        Assert.Equal(1000, hosts.Of("a.example").BytesPerSecond);
        hosts.BytesPerSecond = 2000;
        Assert.Equal((2000L, 5L, 2000L), (hosts.Of("A.example").BytesPerSecond, hosts.Of("b.example").BytesPerSecond, hosts.Of("c.example").BytesPerSecond));
        Assert.Same(hosts.Of("a.example"), hosts.Of("A.EXAMPLE"));
        Assert.Throws<ArgumentOutOfRangeException>(() => hosts.BytesPerSecond = -1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_quota_lets_no_further_download_begin_and_ends_none(int segments)
    {
        await using var origin = new Origin(Downloads.Bytes(50_000));
        await using Downloader downloader = Downloader(options => options with { Quota = 70_000, Parallel = 1 });
        DownloadRequest[] requests = [.. Enumerable.Range(0, 4).Select(i => Request(origin, $"{i}") with { Segments = segments, MinimumSegment = 10_000 })];
        var outcomes = new List<DownloadOutcome>();
        await foreach (DownloadOutcome outcome in downloader.DownloadAsync(requests)) outcomes.Add(outcome);
        Assert.Equal([50_000L, 50_000L, null, null], outcomes.Select(static outcome => outcome.Result?.Bytes));
        Assert.All(outcomes[2..], static outcome => Assert.Equal(Delivery.NotSent, Assert.IsType<QuotaReachedException>(outcome.Failure).Delivery));
        Assert.Equal(100_000, downloader.Options.Quota!.Used);
        Assert.Equal(["0", "1"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await Assert.ThrowsAsync<QuotaReachedException>(() => downloader.DownloadAsync(Request(origin, "4")));
        downloader.Options.Quota.Bytes = 100_001;
        Assert.Equal(50_000, (await downloader.DownloadAsync(Request(origin, "4"))).Bytes);
    }

    [Fact]
    public async Task Bytes_of_a_download_that_fails_count_and_those_of_an_earlier_run_do_not()
    {
        await using var origin = new Origin(Downloads.Bytes(3_000_000)) { Cut = static asked => asked.Number == 1 ? 2_000_000 : null };
        var quota = new ByteQuota(long.MaxValue);
        await using Downloader downloader = Downloader(options => options with { Quota = quota });
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => downloader.DownloadAsync(Request(origin)));
        Assert.Equal(2_000_000, quota.Used);
        Assert.Equal(2_000_000, (await downloader.DownloadAsync(Request(origin))).ResumedFrom);
        Assert.Equal(3_000_000, quota.Used);
        Assert.Throws<ArgumentOutOfRangeException>(() => quota.Bytes = 0);
    }

    [Fact]
    public async Task A_limit_can_be_lifted_while_it_runs()
    {
        await using var origin = new Origin(Downloads.Bytes(1_000_000));
        await using Downloader downloader = Downloader();
        downloader.RateLimit.BytesPerSecond = 1000;
        Task<TransferResult> running = downloader.DownloadAsync(Request(origin));
        while (_time.Elapsed < TimeSpan.FromSeconds(2))
        {
            if (_time.ActiveTimers > 0) _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.False(running.IsCompleted);
        downloader.RateLimit.BytesPerSecond = 0;
        await running.WaitAsync(Safety);
    }

    [Fact]
    public async Task A_connection_that_nearly_stalls_is_a_missed_deadline()
    {
        var pace = new Pace([], new LowSpeed(1000, TimeSpan.FromSeconds(10)), _time, null);
        // Ten bytes every second: silence never lasts as long as the window.
        var drip = new Drip(_time);
        Task reading = Task.Run(async () =>
        {
            while (await pace.ReadAsync(drip, new byte[1000], CancellationToken.None) > 0)
            {
            }
        });
        while (!reading.IsCompleted)
        {
            if (_time.ActiveTimers > 1) _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => reading.WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Idle, true), (failure.Error, failure.Phase, failure.IsTransient));
        Assert.InRange(_time.Elapsed.TotalSeconds, 10, 11);
    }

    private sealed class Drip(TimeProvider time) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            return 10;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
