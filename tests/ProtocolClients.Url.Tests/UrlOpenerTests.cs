using System.Net;
using System.Security.Cryptography;
using ProtocolClients.HttpTests;

namespace ProtocolClients.UrlTests;

public sealed class UrlOpenerTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("url-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static UrlOpener Opener(int attempts = 1, bool allowFile = false) => new(new UrlOpenerOptions
    {
        AllowFile = allowFile,
        Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.FromMilliseconds(1) },
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    });

    [Fact]
    public async Task Text_and_bytes_of_http_are_read()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Length: 4\r\n\r\ncaf\u00e9");
        await using UrlOpener opener = Opener();
        Assert.Equal("café", await opener.ReadTextAsync(server.Url).WaitAsync(Safety));
        Assert.Equal("caf\u00e9"u8.Length - 1, (await opener.ReadBytesAsync(server.Url).WaitAsync(Safety)).Length);
    }

    [Fact]
    public async Task Data_urls_are_opened()
    {
        await using UrlOpener opener = Opener();
        await using UrlContent content = await opener.OpenAsync("data:text/html;charset=utf-8,%3Cb%3E%C3%A9").WaitAsync(Safety);
        Assert.Equal("text/html", content.MediaType);
        Assert.Equal("utf-8", content.Charset);
        Assert.Equal("<b>é", await content.ReadTextAsync());
        Assert.Equal("hello", await opener.ReadTextAsync("data:;base64,aGVsbG8="));
        Assert.Equal("hello", await opener.ReadTextAsync("data:;base64,aGVsbG8"));
        await using UrlContent bare = await opener.OpenAsync("data:,A%20brief%20note");
        Assert.Equal("text/plain", bare.MediaType);
        Assert.Equal("US-ASCII", bare.Charset);
        Assert.Equal("A brief note", await bare.ReadTextAsync());
    }

    [Theory]
    [InlineData("data:text/plain")]
    [InlineData("data:;base64,a*b")]
    [InlineData("data:,%zz")]
    public async Task Malformed_data_urls_are_refused(string url)
    {
        await using UrlOpener opener = Opener();
        await Assert.ThrowsAsync<ArgumentException>(() => opener.OpenAsync(url).WaitAsync(Safety));
    }

    [Fact]
    public async Task Files_are_opened_and_listed_when_allowed()
    {
        string path = Path.Combine(_folder, "a b#c.txt");
        await File.WriteAllTextAsync(path, "here");
        await using UrlOpener opener = Opener(allowFile: true);
        string url = "file://" + Url.Quote(path);
        Assert.Equal("here", await opener.ReadTextAsync(url));
        Assert.Equal(4, (await opener.StatAsync(url)).Length);
        var entries = new List<UrlEntry>();
        await foreach (UrlEntry entry in opener.ListAsync("file://localhost" + Url.Quote(_folder))) entries.Add(entry);
        Assert.Equal("a b#c.txt", Assert.Single(entries).Name);
        Assert.Equal("here", await opener.ReadTextAsync(entries[0].Url.AbsoluteUri));
        await Assert.ThrowsAsync<FileNotFoundException>(() => opener.OpenAsync(url + "x"));
    }

    [Fact]
    public async Task A_named_file_is_retrieved_whole_with_progress_and_checksum()
    {
        byte[] body = RandomNumberGenerator.GetBytes(700_000);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n", stop);
            await stream.WriteAsync(body, stop);
        });
        await using UrlOpener opener = Opener();
        string path = Path.Combine(_folder, "out.bin");
        var progress = new Recorder();
        using RetrievedFile file = await opener.RetrieveAsync(server.Url, path, new RetrieveOptions
        {
            Checksum = "sha256:" + Convert.ToHexString(SHA256.HashData(body)),
            Progress = progress,
        }).WaitAsync(Safety);
        Assert.Equal(path, file.Path);
        Assert.Equal(body.Length, file.Length);
        Assert.False(file.IsTemporary);
        Assert.Equal(body, await File.ReadAllBytesAsync(path));
        Assert.Equal(new TransferProgress(0, body.Length) { Segments = 1 }, progress.Reports[0]);
        Assert.Equal((body.Length, TransferPhase.Done), (progress.Reports[^1].Bytes, progress.Reports[^1].Phase));
        Assert.Equal("out.bin", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder))));
    }

    [Fact]
    public async Task An_existing_file_is_kept_unless_overwriting_is_asked_for()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
        await using UrlOpener opener = Opener();
        string path = Path.Combine(_folder, "kept.txt");
        await File.WriteAllTextAsync(path, "old");
        await Assert.ThrowsAsync<IOException>(() => opener.RetrieveAsync(server.Url, path).WaitAsync(Safety));
        Assert.Empty(server.Heads);
        Assert.Equal("old", await File.ReadAllTextAsync(path));
        await opener.RetrieveAsync(server.Url, path, new() { Overwrite = true }).WaitAsync(Safety);
        Assert.Equal("new", await File.ReadAllTextAsync(path));
    }

    private sealed class Recorder : IProgress<TransferProgress>
    {
        public List<TransferProgress> Reports { get; } = [];

        public void Report(TransferProgress value) => Reports.Add(value);
    }
}
