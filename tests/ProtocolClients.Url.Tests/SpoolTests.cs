using System.Security.Cryptography;

namespace ProtocolClients.UrlTests;

public sealed class SpoolTests
{
    private static readonly Uri Address = new("http://h/x");

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1000, 1000, false)]
    [InlineData(1001, 1000, true)]
    [InlineData(1, 0, true)]
    [InlineData(3_000_000, 1_000_000, true)]
    public async Task Content_goes_to_memory_and_beyond_the_limit_to_a_file(int length, int memory, bool isFile)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(length);
        var source = new Source(bytes);
        var content = new UrlContent(source, Address) { MediaType = "text/plain", Charset = "utf-8", Headers = new HttpFields([new("X", "y")]) };
        UrlContent spooled = await content.SpoolAsync(memory);
        Assert.True(source.IsDisposed);
        string? path = (spooled.Stream as FileStream)?.Name;
        Assert.Equal(isFile, path is not null);
        Assert.Equal((length, "text/plain", "utf-8", "y", Address), (spooled.Length, spooled.MediaType, spooled.Charset, spooled.Headers["X"], spooled.FinalUrl));
        Assert.Equal(bytes, await spooled.ReadBytesAsync());
        spooled.Stream.Position = length / 2;
        Assert.Equal(bytes[(length / 2)..], await spooled.ReadBytesAsync());
        if (path is not null && !OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        await spooled.DisposeAsync();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task More_than_the_limit_is_refused_and_leaves_nothing()
    {
        string[] before = Temporary();
        var source = new Source(new byte[5_000_000]);
        WireLimitException refusal = await Assert.ThrowsAsync<WireLimitException>(() => new UrlContent(source, Address).SpoolAsync(1000, limit: 4_999_999));
        Assert.Equal(4_999_999, refusal.Value);
        Assert.True(source.IsDisposed);
        Assert.Equal(before, Temporary());
        await using UrlContent whole = await new UrlContent(new Source(new byte[5_000_000]), Address).SpoolAsync(1000, limit: 5_000_000);
        Assert.Equal(5_000_000, whole.Length);
    }

    [Fact]
    public async Task A_reading_that_breaks_off_leaves_nothing()
    {
        string[] before = Temporary();
        var source = new Source(new byte[5_000_000]) { FailAt = 3_000_000 };
        await Assert.ThrowsAsync<IOException>(() => new UrlContent(source, Address).SpoolAsync(1000));
        Assert.True(source.IsDisposed);
        Assert.Equal(before, Temporary());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new UrlContent(new Source(new byte[10]), Address).SpoolAsync(cancellationToken: new CancellationToken(true)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new UrlContent(new Source([]), Address).SpoolAsync(-1));
    }

    [Fact]
    public async Task The_text_can_be_read_twice()
    {
        await using UrlContent spooled = await (await Url.OpenAsync("data:;charset=utf-8,%C3%A9")).SpoolAsync();
        Assert.Equal("é", await spooled.ReadTextAsync());
        spooled.Stream.Position = 0;
        Assert.Equal("é", await spooled.ReadTextAsync());
    }

    /// <summary>Spool files of this process: other tests may spool at the same time, but none as large as these.</summary>
    private static string[] Temporary() =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(TemporaryFolder.Current.NewName())!).Where(static file => file.EndsWith(".retrieved", StringComparison.Ordinal) && Length(file) > 2_000_000)];

    private static long Length(string file)
    {
        var info = new FileInfo(file);
        return info.Exists ? info.Length : 0;
    }

    private sealed class Source(byte[] bytes) : MemoryStream(bytes)
    {
        public bool IsDisposed { get; private set; }

        public int FailAt { get; init; } = int.MaxValue;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position >= FailAt ? throw new IOException("broken") : base.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
