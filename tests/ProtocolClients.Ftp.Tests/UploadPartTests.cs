using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>What an upload goes on with: never with a part of another content.</summary>
public sealed class UploadPartTests : IDisposable
{
    private static readonly string[] Hashes = ["HASH", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512"];
    private static readonly ResilienceOptions Twice = ResilienceOptions.Default with { Attempts = 2, BaseDelay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero };
    private static readonly DateTime Then = new(2025, 6, 1, 10, 20, 30, DateTimeKind.Utc);

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-part-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [InlineData(true, 3 << 20)]
    [InlineData(false, 3 << 20)]
    [InlineData(false, 300_000)]
    public async Task A_part_of_another_content_is_not_gone_on_with(bool hashes, int size)
    {
        await using MockFtpServer server = await StartAsync(hashes);
        await using FtpClient ftp = Client(server);
        string file = Write(size, 1, Then);
        server.DataFaults.ResetAfterBytes(size / 2).Receiving().On("STOR").Once();
        await Assert.ThrowsAnyAsync<Exception>(() => ftp.UploadAsync(file, "app.bin"));
        // Another build, of the same size, whose time is older than that of what is there.
        Write(size, 2, Then.AddYears(-1));
        TransferResult result = await ftp.UploadAsync(file, "app.bin");
        Assert.Equal((0L, size), (result.ResumedFrom, result.Bytes));
        Assert.True(IsStored(server, file));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_of_the_same_content_is_gone_on_with_by_another_run(bool hashes)
    {
        await using MockFtpServer server = await StartAsync(hashes);
        string file = Write(3 << 20, 1, Then);
        server.DataFaults.ResetAfterBytes(2 << 20).Receiving().On("STOR").Once();
        await using (FtpClient broken = Client(server)) await Assert.ThrowsAnyAsync<Exception>(() => broken.UploadAsync(file, "app.bin"));
        await using FtpClient ftp = Client(server);
        Assert.InRange((await ftp.UploadAsync(file, "app.bin")).ResumedFrom, 1, 2 << 20);
        Assert.True(IsStored(server, file));
        Assert.Equal(["app.bin"], server.Files.Select(served => served.Key));
    }

    [Fact]
    public async Task Contents_that_differ_at_their_ends_only_have_parts_of_their_own()
    {
        await using MockFtpServer server = await StartAsync(hashes: false);
        await using FtpClient ftp = Client(server);
        string file = Path.Combine(_local, "app.bin");
        byte[] content = new byte[3 << 20];
        foreach (int at in (int[])[5, (3 << 20) - 5])
        {
            content[at] = 1;
            await File.WriteAllBytesAsync(file, content);
            File.SetLastWriteTimeUtc(file, Then);
            server.DataFaults.ResetAfterBytes(1 << 20).Receiving().On("STOR").Once();
            await Assert.ThrowsAnyAsync<Exception>(() => ftp.UploadAsync(file, "app.bin"));
        }

        Assert.Equal(2, server.Files.Count);
        Assert.All(server.Files, part => Assert.EndsWith(".part", part.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(200)]
    public async Task A_retry_joins_nothing_to_what_somebody_else_left(int left)
    {
        await using MockFtpServer server = await StartAsync(hashes: false, keepsParts: false);
        byte[] content = [.. Enumerable.Repeat((byte)'n', 1000)];
        foreach (FtpTransferOptions options in (FtpTransferOptions[])
            [new(), new() { Continue = false }, new() { UploadAside = false, WhenExists = ExistingFile.Overwrite }])
        {
            foreach (string name in (string[])["f", "f.part"]) server.Files[name] = Enumerable.Repeat((byte)'o', left).ToArray();
            if (options.UploadAside) server.Files.Remove("f");
            server.DataFaults.ResetAfterBytes(300).Receiving().On("STOR").Once();
            await using FtpClient ftp = Client(server, Twice);
            TransferResult result = await ftp.UploadAsync(new MemoryStream(content), "f", options);
            Assert.Equal(2, result.Attempts);
            Assert.Equal(new string('n', 1000), server.Files["f"].ToString());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_goes_on_with_what_it_wrote(bool continues)
    {
        await using MockFtpServer server = await StartAsync(hashes: false);
        byte[] content = new byte[3 << 20];
        new Random(3).NextBytes(content);
        server.DataFaults.ResetAfterBytes(2 << 20).Receiving().On("STOR").Once();
        await using FtpClient ftp = Client(server, Twice);
        await ftp.UploadAsync(new MemoryStream(content), "f", new() { Continue = continues });
        Assert.True(server.Files["f"].ToArray().AsSpan().SequenceEqual(content));
        Assert.InRange(server.Calls.Of("STOR")[1].RestOffset, 1, 2 << 20);
    }

    private static bool IsStored(MockFtpServer server, string file) => server.Files["app.bin"].ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(file));

    private static Task<MockFtpServer> StartAsync(bool hashes, bool keepsParts = true) =>
        MockFtpServer.StartAsync(new() { Without = hashes ? [] : Hashes, KeepPartialUploads = keepsParts });

    private static FtpClient Client(MockFtpServer server, ResilienceOptions? resilience = null) =>
        new(server.Url, new() { Transport = server.Transport, Resilience = resilience ?? ResilienceOptions.None, MaxConnections = 1 });

    private string Write(int size, int seed, DateTime modified)
    {
        string file = Path.Combine(_local, "app.bin");
        byte[] content = new byte[size];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(file, content);
        File.SetLastWriteTimeUtc(file, modified);
        return file;
    }
}
