using System.Globalization;
using System.Security.Cryptography;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>A server whose hash or size after a transfer is another than what came or went: the transfer failed, and no file stands under its final name.</summary>
public sealed class VerificationTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 3000).Select(static i => (byte)(i % 251))];

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-verify-").FullName;

    public static TheoryData<string, string> Hashes => new()
    {
        // The command, and what FEAT lacks so that it is the one.
        { "HASH", "" },
        { "XSHA256", "HASH" },
        { "XSHA512", "HASH,XSHA256" },
        { "XSHA1", "HASH,XSHA256,XSHA512" },
        { "XMD5", "HASH,XSHA256,XSHA512,XSHA1" },
        { "XCRC", "HASH,XSHA256,XSHA512,XSHA1,XMD5" },
    };

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [MemberData(nameof(Hashes))]
    public async Task A_wrong_hash_fails_a_download_and_nothing_has_its_name(string command, string without)
    {
        await using MockFtpServer server = await StartAsync(without);
        await using FtpClient ftp = Client(server);
        string local = Path.Combine(_local, "a.bin");
        var options = new FtpTransferOptions { Verify = FtpVerification.Hash };
        server.Replies.On(command).Rewrite(AnotherHash).Once();
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(() => ftp.DownloadAsync("a.bin", local, options));
        Assert.False(failure.IsTransient);
        // Nor is anything left that a later run would go on with.
        Assert.Empty(Directory.GetFileSystemEntries(_local));
        server.Calls.AssertCount(1, command);
        Assert.Equal(Content.Length, (await ftp.DownloadAsync("a.bin", local, options)).Bytes);
        Assert.Equal(Content, await File.ReadAllBytesAsync(local));
        server.Calls.AssertCount(2, command);
    }

    [Theory]
    [MemberData(nameof(Hashes))]
    public async Task A_wrong_hash_fails_an_upload_and_nothing_has_its_name(string command, string without)
    {
        await using MockFtpServer server = await StartAsync(without);
        await using FtpClient ftp = Client(server);
        var options = new FtpTransferOptions { Verify = FtpVerification.Hash };
        server.Replies.On(command).Rewrite(AnotherHash).Once();
        await Assert.ThrowsAsync<IntegrityException>(() => ftp.UploadAsync(new MemoryStream(Content), "up.bin", options));
        Assert.False(server.Files.Contains("up.bin"));
        Assert.Empty(server.Calls.Of("RNTO"));
        await ftp.UploadAsync(new MemoryStream(Content), "up.bin", options);
        Assert.Equal(Content, server.Files["up.bin"].ToArray());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_wrong_size_fails_a_download_and_nothing_has_its_name(int by)
    {
        await using MockFtpServer server = await StartAsync("");
        await using FtpClient ftp = Client(server);
        string local = Path.Combine(_local, "a.bin");
        server.Replies.On("SIZE").Instead(Another(Content.Length, by)).Once();
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(() => ftp.DownloadAsync("a.bin", local));
        // What is too short may come whole another time; what is too long is not of the file.
        Assert.Equal(by > 0, failure.IsTransient);
        Assert.DoesNotContain("a.bin", Directory.GetFiles(_local).Select(Path.GetFileName));
        Assert.Equal(Content.Length, (await ftp.DownloadAsync("a.bin", local)).Bytes);
        Assert.Equal(Content, await File.ReadAllBytesAsync(local));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_size_that_is_not_to_be_compared_fails_no_download(int by)
    {
        await using MockFtpServer server = await StartAsync("");
        await using FtpClient ftp = Client(server);
        string local = Path.Combine(_local, "a.bin");
        server.Replies.On("SIZE").Instead(Another(Content.Length, by));
        Assert.Equal(Content.Length, (await ftp.DownloadAsync("a.bin", local, new() { Verify = FtpVerification.None })).Bytes);
        Assert.Equal(Content, await File.ReadAllBytesAsync(local));
    }

    [Fact]
    public async Task A_size_of_bytes_says_nothing_of_text()
    {
        await using MockFtpServer server = await StartAsync("");
        server.Files["t/a.txt"] = "one\ntwo\nthree\n"u8;
        // It lists fewer bytes than its text has here, as one does whose lines end otherwise.
        server.ListingLines = (verb, path) => verb == "MLSD" && path == "/t" ? ["type=file;size=3;modify=20260101000000; a.txt"] : null;
        await using FtpClient ftp = Client(server);
        (await ftp.DownloadTreeAsync("t", Path.Combine(_local, "t"), new() { Transfer = new() { Type = FtpDataType.Ascii } })).EnsureSuccess();
        Assert.Equal("one\ntwo\nthree\n".ReplaceLineEndings(), await File.ReadAllTextAsync(Path.Combine(_local, "t", "a.txt")));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_wrong_size_fails_an_upload_and_nothing_has_its_name(int by)
    {
        await using MockFtpServer server = await StartAsync("");
        await using FtpClient ftp = Client(server);
        // Asked for twice before: of the name, and of a part that an earlier run left.
        server.Replies.On(line => line == "SIZE up.bin.part" && server.Calls.Of("STOR").Any()).Instead(Another(Content.Length, by)).Once();
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(() => ftp.UploadAsync(new MemoryStream(Content), "up.bin"));
        Assert.Equal(by < 0, failure.IsTransient);
        Assert.False(server.Files.Contains("up.bin"));
        Assert.Empty(server.Calls.Of("RNTO"));
        await ftp.UploadAsync(new MemoryStream(Content), "up.bin");
        Assert.Equal(Content, server.Files["up.bin"].ToArray());
    }

    [Fact]
    public async Task A_server_that_stored_other_bytes_of_the_same_size_is_found_out_by_a_hash_only()
    {
        await using MockFtpServer server = await StartAsync("");
        await using FtpClient ftp = Client(server);
        foreach (FtpVerification verify in (FtpVerification[])[FtpVerification.Hash, FtpVerification.Size])
        {
            byte[] other = [.. Content[1..], 0];
            server.Replies.Clear();
            server.Replies.On(line =>
            {
                // Behind the upload, before the first question about it.
                if (line is "HASH up.bin.part" or "SIZE up.bin.part" && server.Files.Contains("up.bin.part")) server.Files["up.bin.part"] = other;
                return false;
            });
            Task<TransferResult> run = ftp.UploadAsync(new MemoryStream(Content), "up.bin", new() { Verify = verify, Continue = false });
            if (verify == FtpVerification.Hash)
            {
                await Assert.ThrowsAsync<IntegrityException>(() => run);
                Assert.False(server.Files.Contains("up.bin"));
            }
            else
            {
                await run;
                Assert.Equal(Convert.ToHexString(SHA256.HashData(other)), Convert.ToHexString(SHA256.HashData(server.Files["up.bin"].ToArray())));
            }
        }
    }

    private static string Another(long size, int by) => string.Create(CultureInfo.InvariantCulture, $"213 {size + by}");

    // The last digit of the hash is another; a name may stand behind it.
    private static string AnotherHash(string reply)
    {
        char[] text = reply.ToCharArray();
        int at = -1;
        int run = 0;
        for (int i = 4; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsAsciiHexDigit(text[i]))
            {
                run++;
                continue;
            }

            if (run >= 8) at = i - 1;
            run = 0;
        }

        text[at] = text[at] == '0' ? '1' : '0';
        return new string(text);
    }

    private static async Task<MockFtpServer> StartAsync(string without)
    {
        MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Without = without.Split(',', StringSplitOptions.RemoveEmptyEntries) });
        server.Files["a.bin"] = Content;
        return server;
    }

    private static FtpClient Client(MockFtpServer server) => new(server.Url, server.ClientOptions with { MaxConnections = 1 });
}
