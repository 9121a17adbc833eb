using System.Diagnostics;
using ProtocolClients.UrlTests;

namespace ProtocolClients.Integration.Tests.Downloads;

/// <summary>A disk that is too small, for the downloader itself: a small tmpfs of its own for each test.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int Disk = 1024 * 1024;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("full-disk-").FullName;
    private bool _mounted;

    private string Target => Path.Combine(_folder, "big.bin");

    public async ValueTask InitializeAsync()
    {
        _mounted = await RanAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _folder);
        if (_mounted) return;
        if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_REQUIRE_SERVERS") == "1") Assert.Fail("A tmpfs could not be mounted.");
        Assert.Skip("Mounting a small tmpfs needs root: sudo dotnet test");
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted) Assert.True(await RanAsync("umount", _folder));
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_length_that_has_no_room_is_told_before_the_body_and_leaves_nothing(int segments)
    {
        await using var origin = new Origin(new byte[8 * Disk]);
        IOException failure = await Assert.ThrowsAnyAsync<IOException>(() => DownloadAsync(origin, segments));
        Assert.Contains("has no room for 8388608 bytes", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_files_stay_and_the_download_comes_when_there_is_room(bool small)
    {
        byte[] body = new byte[small ? 700 * 1024 : 3 * Disk];
        Random.Shared.NextBytes(body);
        await using var origin = new Origin(body);
        string filler = Path.Combine(_folder, "filler");
        // For a small file no room is asked for beforehand: the disk fills in the middle of it.
        if (!small) Assert.True(await RanAsync("mount", "-o", "remount,size=3500k", _folder));
        await File.WriteAllBytesAsync(filler, new byte[(small ? 600 : 900) * 1024], TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<IOException>(() => DownloadAsync(origin, 1));
        Assert.False(File.Exists(Target));
        Assert.Equal(small ? 600 * 1024 : 900 * 1024, new FileInfo(filler).Length);

        Assert.True(await RanAsync("mount", "-o", "remount,size=16m", _folder));
        await DownloadAsync(origin, 1);
        Assert.Equal(body, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
        Assert.Equal([Target, filler], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_body_without_a_length_that_fills_the_disk_leaves_nothing()
    {
        string chunk = "20000\r\n" + new string('x', 0x20000) + "\r\n";
        await using var origin = new Origin([]) { Instead = _ => "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat(chunk, 20)) + "0\r\n\r\n" };
        await Assert.ThrowsAnyAsync<IOException>(() => DownloadAsync(origin, 1));
        Assert.False(File.Exists(Target));
        Assert.True(await RanAsync("mount", "-o", "remount,size=16m", _folder));
        await DownloadAsync(origin, 1);
        Assert.Equal(20 * 0x20000, new FileInfo(Target).Length);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    private async Task DownloadAsync(Origin origin, int segments)
    {
        await using var downloader = new Downloader(new DownloaderOptions
        {
            Resilience = ResilienceOptions.Default with { BaseDelay = TimeSpan.FromMilliseconds(1) },
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        });
        await downloader.DownloadAsync(new DownloadRequest(origin.Url) { Path = Target, Segments = segments }).WaitAsync(Safety);
    }

    private static async Task<bool> RanAsync(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }
}
