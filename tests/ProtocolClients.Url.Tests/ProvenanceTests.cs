using System.Runtime.InteropServices;
using System.Text;

namespace ProtocolClients.UrlTests;

/// <summary>What a file says of where it came from.</summary>
public sealed class ProvenanceTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("provenance-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Downloader Downloader() => new(new DownloaderOptions { Transport = TransportOptions.Default with { Proxy = ProxyOptions.None } });

    private DownloadRequest Request(string url) => new(url) { Path = Path.Combine(_folder, "a"), Headers = [("Referer", "http://user:secret@from.example/page?a=1#here")] };

    private static string? Attribute(string path, string name)
    {
        byte[] value = new byte[4096];
        long length = GetAttribute(Encoding.UTF8.GetBytes(path + "\0"), Encoding.UTF8.GetBytes(name + "\0"), value, value.Length);
        return length < 0 ? null : Encoding.UTF8.GetString(value, 0, (int)length);
    }

    // Not every file system that tests are run on has attributes.
    private bool HasAttributes()
    {
        string probe = Path.Combine(_folder, "probe");
        File.WriteAllText(probe, "");
        bool has = OperatingSystem.IsLinux() && SetAttribute(Encoding.UTF8.GetBytes(probe + "\0"), "user.probe\0"u8.ToArray(), [1], 1, 0) == 0;
        File.Delete(probe);
        return has;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_file_says_where_it_came_from_or_the_result_says_that_it_cannot(int segments)
    {
        await using var origin = new Origin(Downloads.Bytes(100_000));
        string url = origin.Url.Replace("://", "://user:secret@", StringComparison.Ordinal) + "?id=7#part";
        await using Downloader downloader = Downloader();
        DownloadRequest request = Request(url) with { Provenance = Provenance.WhenPossible, Segments = segments, MinimumSegment = 20_000 };
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        if (!HasAttributes())
        {
            Assert.Single(result.Warnings);
            return;
        }

        Assert.Empty(result.Warnings);
        Assert.Equal(origin.Url, Attribute(result.Path, "user.xdg.origin.url"));
        Assert.Equal("http://from.example/page", Attribute(result.Path, "user.xdg.referrer.url"));
    }

    [Fact]
    public async Task Nothing_is_noted_unasked()
    {
        await using var origin = new Origin(Downloads.Bytes(1000));
        await using Downloader downloader = Downloader();
        TransferResult result = await downloader.DownloadAsync(Request(origin.Url)).WaitAsync(Safety);
        if (HasAttributes()) Assert.Null(Attribute(result.Path, "user.xdg.origin.url"));
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData(Provenance.WhenPossible)]
    [InlineData(Provenance.Required)]
    public async Task What_cannot_be_noted_is_a_warning_or_a_failure_without_a_file(Provenance provenance)
    {
        // Linux has no attribute of more than 64 KiB, wherever the file is.
        string url = "data:text/plain," + new string('a', 70_000);
        await using Downloader downloader = Downloader();
        DownloadRequest request = Request(url) with { Provenance = provenance };
        if (provenance == Provenance.Required)
        {
            await Assert.ThrowsAsync<IOException>(() => downloader.DownloadAsync(request).WaitAsync(Safety));
            Assert.False(File.Exists(request.Path));
            return;
        }

        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal((70_000L, 1), (new FileInfo(result.Path).Length, result.Warnings.Count));
    }

    [Theory]
    [InlineData("https://user:secret@a.example/b?c=d#e", "https://a.example/b")]
    [InlineData("https://a.example/b?X-Amz-Date=1&X-Amz-Signature=2", "https://a.example/b")]
    [InlineData("https://a.example/b?accessToken=2", "https://a.example/b")]
    [InlineData("https://a.example:8443/b%20c/", "https://a.example:8443/b%20c/")]
    public void No_secret_of_a_URL_is_noted(string url, string noted) =>
        Assert.Equal([("user.xdg.origin.url", noted), ("user.mime_type", "text/plain")], OriginNote.Of(new Uri(url), "no url", "text/plain"));

#pragma warning disable SYSLIB1054 // No unsafe code for two calls.
    [DllImport("libc", EntryPoint = "getxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetAttribute(byte[] path, byte[] name, byte[] value, nint size);

    [DllImport("libc", EntryPoint = "setxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAttribute(byte[] path, byte[] name, byte[] value, nint size, int flags);
#pragma warning restore SYSLIB1054
}
