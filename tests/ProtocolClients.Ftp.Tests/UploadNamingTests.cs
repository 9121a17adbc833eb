using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>The end of an upload: what it replaces is lost in no case, and what is wrong gets no name.</summary>
public sealed class UploadNamingTests
{
    private static readonly FtpTransferOptions Over = new() { WhenExists = ExistingFile.Overwrite };
    private static readonly ResilienceOptions Twice = ResilienceOptions.Default with { Attempts = 2, BaseDelay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero };

    [Theory]
    [InlineData("450 busy")]
    [InlineData("452 quota")]
    [InlineData("550 no")]
    [InlineData("553 no")]
    public async Task A_file_that_cannot_be_replaced_stays(string reply)
    {
        await using MockFtpServer server = await StartAsync();
        server.Files["f"] = "old"u8;
        server.Replies.On("RNTO").Instead(reply);
        await using FtpClient ftp = Client(server);
        FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.UploadAsync(Content("new"), "f", Over));
        Assert.Equal(reply[..3], refusal.Code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("old", server.Files["f"].ToString());
        Assert.Empty(server.Calls.Of("DELE"));
    }

    [Fact]
    public async Task A_server_that_replaces_nothing_by_a_rename_gets_the_old_file_out_of_the_way()
    {
        await using MockFtpServer server = await StartAsync();
        server.Files["f"] = "old"u8;
        server.Replies.On(line => line == "RNTO f" && server.Files.Contains("f")).Instead("553 it is there");
        await using FtpClient ftp = Client(server);
        await ftp.UploadAsync(Content("new"), "f", Over);
        Assert.Equal("new", server.Files["f"].ToString());
        Assert.Equal(["f"], server.Files.Select(file => file.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MLST,MLSD")]
    public async Task A_directory_that_has_the_name_stays(string without)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = without.Split(',', StringSplitOptions.RemoveEmptyEntries) });
        server.Files["d/in.txt"] = "in"u8;
        await using FtpClient ftp = Client(server);
        Assert.Equal("RNTO", (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.UploadAsync(Content("new"), "d", Over))).Command);
        Assert.Equal(["d.part", "d/in.txt"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_old_file_comes_back_when_the_new_one_may_not_have_its_name()
    {
        await using MockFtpServer server = await StartAsync();
        server.Files["f"] = "old"u8;
        bool fromPart = false;
        server.Replies.On(line =>
        {
            if (line.StartsWith("RNFR", StringComparison.Ordinal)) fromPart = line == "RNFR f.part";
            return line == "RNTO f" && fromPart;
        }).Instead("553 never");
        await using FtpClient ftp = Client(server);
        Assert.Equal(553, (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.UploadAsync(Content("new"), "f", Over))).Code);
        Assert.Equal("old", server.Files["f"].ToString());
        Assert.Equal(["f", "f.part"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.Empty(server.Calls.Of("DELE"));
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_the_old_file_is_out_of_the_way_loses_nothing()
    {
        await using MockFtpServer server = await StartAsync();
        server.Files["f"] = "old"u8;
        server.Replies.On(line => line == "RNTO f" && server.Files.Contains("f")).Instead("553 it is there");
        server.Replies.On(line => line.EndsWith(".old.part", StringComparison.Ordinal) && line.StartsWith("RNTO", StringComparison.Ordinal)).ThenClose().Once();
        await using FtpClient ftp = Client(server, Twice);
        TransferResult result = await ftp.UploadAsync(Content("new"), "f", Over);
        Assert.Equal(2, result.Attempts);
        Assert.Equal("new", server.Files["f"].ToString());
        Assert.Equal(["f"], server.Files.Select(file => file.Key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_content_that_is_not_of_its_checksum_gets_no_name_in_any_run(bool isWhole)
    {
        await using MockFtpServer server = await StartAsync();
        await using FtpClient ftp = Client(server);
        var options = new FtpTransferOptions { Checksum = "sha256:" + new string('0', 64) };
        // What is there already is all of it, so that nothing is sent.
        if (isWhole) server.Files["f.part"] = "content"u8;
        for (int run = 0; run < 2; run++)
        {
            await Assert.ThrowsAsync<IntegrityException>(() => ftp.UploadAsync(Content("content"), "f", options));
            Assert.Empty(server.Files);
        }

        Assert.Equal(isWhole ? 1 : 2, server.Calls.Of("STOR").Count);
    }

    private static MemoryStream Content(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static Task<MockFtpServer> StartAsync() => MockFtpServer.StartAsync();

    private static FtpClient Client(MockFtpServer server, ResilienceOptions? resilience = null) =>
        new(server.Url, new() { Transport = server.Transport, Resilience = resilience ?? ResilienceOptions.None, MaxConnections = 1 });
}
