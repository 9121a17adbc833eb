using System.Security.Cryptography;
using ProtocolClients.Testing;

namespace ProtocolClients.UrlTests;

/// <summary>The downloader as a user meets it, against the mock server.</summary>
public sealed class DownloaderTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("downloader-").FullName;

    private string Target => Path.Combine(_folder, "big.iso");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_is_downloaded_verified_and_reported()
    {
        byte[] body = Downloads.Bytes(3_000_000);
        await using MockHttpServer server = await Downloads.ServeAsync(body);
        await using Downloader downloader = Downloads.With(server);
        var seen = new List<TransferProgress>();
        TransferResult result = await downloader.DownloadAsync(new(server.UrlOf("/big.iso").AbsoluteUri)
        {
            Path = Target,
            Checksum = Downloads.Sha256(body),
            Progress = new Recorder(seen),
        }).WaitAsync(Safety);
        Assert.Equal(body, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        Assert.Equal((Target, 3_000_000, 0, 1, 1), (result.Path, result.Bytes, result.ResumedFrom, result.Attempts, result.Segments));
        Assert.Equal(server.UrlOf("/big.iso"), result.FinalUrl);
        Assert.Equal(Downloads.Sha256(body), result.Checksums.Single());
        Assert.Equal(new TransferProgress(0, 3_000_000) { Segments = 1 }, seen[0]);
        Assert.Equal((TransferPhase.Done, 1.0), (seen[^1].Phase, seen[^1].Fraction));
        Assert.Equal("identity", server.Calls.Single()["Accept-Encoding"]);
    }

    [Fact]
    public async Task Many_files_come_as_they_are_done_and_a_failure_is_an_outcome()
    {
        await using MockHttpServer server = await Downloads.ServeAsync(Downloads.Bytes(10_000));
        await using Downloader downloader = Downloads.With(server);
        DownloadRequest[] requests =
        [
            .. Enumerable.Range(0, 9).Select(i => new DownloadRequest(server.UrlOf("/big.iso").AbsoluteUri) { Path = Path.Combine(_folder, $"{i}.bin") }),
            new(server.UrlOf("/missing").AbsoluteUri) { Folder = _folder },
        ];
        var outcomes = new List<DownloadOutcome>();
        await foreach (DownloadOutcome outcome in downloader.DownloadAsync(requests)) outcomes.Add(outcome);
        Assert.Equal(9, outcomes.Count(outcome => outcome.Result is { Bytes: 10_000 }));
        DownloadOutcome failed = outcomes.Single(outcome => outcome.Failure is not null);
        Assert.Same(requests[^1], failed.Request);
        Assert.Throws<HttpStatusException>(() => failed.GetResult());
        Assert.Equal(9, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public async Task Leaving_the_loop_early_ends_what_is_under_way()
    {
        await using MockHttpServer server = await Downloads.ServeAsync(Downloads.Bytes(10_000));
        await using Downloader downloader = Downloads.With(server, options => options with { Parallel = 1 });
        int taken = 0;
        IEnumerable<DownloadRequest> Endless()
        {
            while (true) yield return new DownloadRequest(server.UrlOf("/big.iso").AbsoluteUri) { Path = Path.Combine(_folder, $"{taken++}.bin") };
        }

        await foreach (DownloadOutcome outcome in downloader.DownloadAsync(Endless()))
        {
            Assert.NotNull(outcome.Result);
            break;
        }

        int after = taken;
        Assert.InRange(after, 1, 4);
        Assert.Equal(after, taken);
    }

    [Fact]
    public async Task A_request_shows_no_secret()
    {
        await using var downloader = new Downloader();
        var request = new DownloadRequest("https://ann:s3cret@a.example/x?token=t0ken") { Path = Target };
        Assert.DoesNotContain("s3cret", request.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", request.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DownloadRequest());
    }

    private sealed class Recorder(List<TransferProgress> seen) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            lock (seen) seen.Add(value);
        }
    }
}

/// <summary>What the tests of downloads share.</summary>
internal static class Downloads
{
    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static Checksum Sha256(byte[] bytes) => Checksum.Parse("sha256:" + Convert.ToHexString(SHA256.HashData(bytes)));

    public static async Task<MockHttpServer> ServeAsync(byte[] body)
    {
        MockHttpServer server = await MockHttpServer.StartAsync();
        server.Files["big.iso"] = body;
        return server;
    }

    public static Downloader With(MockHttpServer server, Func<DownloaderOptions, DownloaderOptions>? change = null)
    {
        var options = new DownloaderOptions
        {
            Transport = server.ClientOptions.Transport,
            Resilience = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) },
        };
        return new Downloader(change is null ? options : change(options));
    }
}
