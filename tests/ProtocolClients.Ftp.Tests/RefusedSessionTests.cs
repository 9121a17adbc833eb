using System.Security.Authentication;
using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>
/// A server that wants the data under the control connection's TLS session, and does not find it: nothing was done, so the transfer is made exactly once
/// more, over a fresh control connection under TLS 1.2.
/// </summary>
public sealed class RefusedSessionTests : IDisposable
{
    private const string Reuse = "522 SSL connection failed: session reuse required";
    private const string NoData = "425 Unable to build data connection: Operation not permitted";

    private static readonly byte[] Content = [.. Enumerable.Range(0, 30_000).Select(static i => (byte)(i % 251))];

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-refused-").FullName;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string what in (string[])["read", "stream", "content", "download", "list", "names", "stat", "upload", "seekable"])
            {
                data.Add(what, Reuse);
                data.Add(what, NoData);
            }

            return data;
        }
    }

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_transfer_refused_for_its_session_is_made_once_more_over_a_fresh_connection(string what, string reply)
    {
        await using MockFtpServer server = await StartAsync(what);
        MockFtpReplyRule rule = Refuse(server, what, reply).Once();
        await using FtpClient ftp = Client(server);
        await RunAsync(ftp, server, what);
        Assert.Equal(1, rule.Strikes);
        AssertMoved(server, what, 2);
        // From now on new connections have the older TLS from the beginning, and this one goes on.
        await ftp.ReadBytesAsync("a.bin");
        Assert.Equal(2, server.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_server_that_refuses_again_is_not_asked_a_third_time(string what, string reply)
    {
        await using MockFtpServer server = await StartAsync(what);
        MockFtpReplyRule rule = Refuse(server, what, reply);
        await using FtpClient ftp = Client(server);
        FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => RunAsync(ftp, server, what));
        Assert.Equal(reply, refusal.Reply.Code + " " + refusal.Reply.Text);
        Assert.Equal(2, rule.Strikes);
        AssertMoved(server, what, 2);
        Assert.DoesNotContain("up.bin", server.Files.Select(static file => file.Key));
        Assert.Empty(Directory.GetFiles(_local, "came.bin"));
    }

    [Theory]
    [InlineData(Reuse)]
    [InlineData(NoData)]
    public async Task What_can_be_read_once_is_not_sent_again(string reply)
    {
        await using MockFtpServer server = await StartAsync("upload");
        MockFtpReplyRule rule = Refuse(server, "upload", reply);
        await using FtpClient ftp = Client(server);
        FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.UploadAsync(new OnceStream(Content), "up.bin"));
        Assert.Equal(reply[..3], refusal.Code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(1, rule.Strikes);
        await Assert.ThrowsAsync<FtpReplyException>(async () =>
        {
            await using Stream stream = await ftp.OpenWriteAsync("written.bin");
            await stream.WriteAsync(Content);
        });
        Assert.Equal(2, rule.Strikes);
        // Refused before it began, nothing of it was read: then it is.
        server.Replies.Clear();
        rule = server.Replies.On("STOR").Instead(Reuse).Once();
        await ftp.UploadAsync(new OnceStream(Content), "up.bin");
        Assert.Equal(1, rule.Strikes);
        Assert.Equal(Content, server.Files["up.bin"].ToArray());
        // No connection was used again on which a session was refused: the server may be closing it.
        Assert.Equal([1L, 2L, 3L, 4L], server.Calls.Of("STOR").Select(static call => call.ConnectionId));
    }

    [Fact]
    public async Task The_same_replies_mean_something_else_where_data_is_in_clear_or_on_its_way()
    {
        await using MockFtpServer server = await StartAsync("read");
        await using (FtpClient clear = Client(server, static options => options with { ProtectData = false }))
        {
            MockFtpReplyRule once = server.Replies.On("RETR").CutAfterBytes(0, NoData);
            await Assert.ThrowsAsync<FtpReplyException>(() => clear.ReadBytesAsync("a.bin"));
            Assert.Equal(1, once.Strikes);
            server.Replies.Clear();
        }

        await using FtpClient ftp = Client(server);
        // 425 before TLS began is about the way there.
        MockFtpReplyRule rule = server.Replies.On("RETR").Instead(NoData);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadBytesAsync("a.bin"));
        Assert.Equal(1, rule.Strikes);
        server.Replies.Clear();
        rule = server.Replies.On("RETR").CutAfterBytes(1000, NoData);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadBytesAsync("a.bin"));
        Assert.Equal(1, rule.Strikes);
    }

    [Fact]
    public async Task Connections_that_wait_in_the_pool_are_not_taken_for_a_fresh_one()
    {
        await using MockFtpServer server = await StartAsync("read");
        await using FtpClient ftp = Client(server, static options => options with { MaxConnections = 3 });
        await using (Stream first = await ftp.OpenReadAsync("a.bin"))
        await using (Stream second = await ftp.OpenReadAsync("a.bin"))
        {
            await first.CopyToAsync(Stream.Null);
            await second.CopyToAsync(Stream.Null);
        }

        Assert.Equal(2, server.ConnectionCount);
        Refuse(server, "read", NoData).Once();
        await ftp.ReadBytesAsync("a.bin");
        Assert.Equal(3, server.Calls.Last(static call => call.Verb == "RETR").ConnectionId);
    }

    [Fact]
    public async Task A_session_goes_on_in_its_directory()
    {
        await using MockFtpServer server = await StartAsync("read");
        server.Files["pub/b.bin"] = Content;
        await using FtpClient ftp = Client(server);
        await using FtpSession session = await ftp.OpenSessionAsync();
        await session.ChangeDirectoryAsync("pub");
        Refuse(server, "read", Reuse).Once();
        Assert.Equal(Content, await session.ReadBytesAsync("b.bin"));
        Assert.Equal("/pub", session.WorkingDirectory.ToString());
    }

    [Fact]
    public async Task Who_wants_nothing_below_TLS_1_3_gets_a_fresh_connection_of_it()
    {
        await using MockFtpServer server = await StartAsync("read");
        Refuse(server, "read", NoData).Once();
        await using FtpClient ftp = Client(server, static options => options with
        {
            Transport = options.Transport with { Tls = options.Transport.Tls with { MinimumVersion = SslProtocols.Tls13 } },
        });
        Assert.Equal(Content, await ftp.ReadBytesAsync("a.bin"));
        Assert.All(server.Calls.Of("RETR"), static call => Assert.Equal(SslProtocols.Tls13, call.TlsVersion));
    }

    [Fact]
    public async Task A_stream_is_where_its_reader_stands_and_an_empty_one_ends()
    {
        await using MockFtpServer server = await StartAsync("read");
        server.Files["empty"] = Array.Empty<byte>();
        await using FtpClient ftp = Client(server);
        await using (Stream stream = await ftp.OpenReadAsync("a.bin"))
        {
            Assert.Equal(0, stream.Position);
            byte[] some = new byte[100];
            await stream.ReadExactlyAsync(some);
            Assert.Equal(100, stream.Position);
            Assert.Equal(Content[..100], some);
        }

        await using (Stream stream = await ftp.OpenReadAsync("empty"))
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[10]));
            Assert.Equal(0, await stream.ReadAsync(new byte[10]));
        }

        Assert.Empty(await ftp.ListAsync("empty-directory").ToListAsync());
        // The one that was left in its middle cost its connection at most.
        Assert.InRange(server.ConnectionCount, 1, 2);
    }

    private static string VerbOf(string what) => what switch
    {
        "list" or "stat" => "LIST",
        "names" => "NLST",
        "upload" or "seekable" => "STOR",
        _ => "RETR",
    };

    private static void AssertMoved(MockFtpServer server, string what, int times)
    {
        MockFtpCall[] calls = [.. server.Calls.Of(VerbOf(what))];
        Assert.Equal(times, calls.Length);
        Assert.Equal((SslProtocols.Tls13, true, true), (calls[0].TlsVersion, calls[0].IsDataTls, calls[0].IsDataTlsResumed));
        Assert.Equal((SslProtocols.Tls12, true, true), (calls[1].TlsVersion, calls[1].IsDataTls, calls[1].IsDataTlsResumed));
        Assert.NotEqual(calls[0].ConnectionId, calls[1].ConnectionId);
    }

    // As the servers do it that ask for it: the handshake is well, the data ends, and the reply tells. vsftpd closes the control connection, too.
    private static MockFtpReplyRule Refuse(MockFtpServer server, string what, string reply)
    {
        MockFtpReplyRule rule = server.Replies.On(VerbOf(what)).CutAfterBytes(0, reply);
        return reply == Reuse ? rule.ThenClose() : rule;
    }

    private async Task<MockFtpServer> StartAsync(string what)
    {
        MockFtpServer server = await MockFtpServer.StartAsync(new() { RequireTls = true, RequireTlsReuse = true, Without = what is "list" or "stat" ? ["MLSD", "MLST"] : [] });
        server.Files["a.bin"] = Content;
        server.Files.AddDirectory("empty-directory");
        await File.WriteAllBytesAsync(Path.Combine(_local, "source.bin"), Content);
        return server;
    }

    private static FtpClient Client(MockFtpServer server, Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        FtpClientOptions options = server.ClientOptions with { MaxConnections = 1 };
        return new FtpClient(server.Url, change?.Invoke(options) ?? options);
    }

    private async Task RunAsync(FtpClient ftp, MockFtpServer server, string what)
    {
        switch (what)
        {
            case "read":
                Assert.Equal(Content, await ftp.ReadBytesAsync("a.bin"));
                break;
            case "stream":
            case "content":
                await using (Stream stream = what == "stream" ? await ftp.OpenReadAsync("a.bin") : (await ftp.OpenContentAsync("a.bin")).Stream)
                {
                    var came = new MemoryStream();
                    await stream.CopyToAsync(came);
                    Assert.Equal(Content, came.ToArray());
                }

                break;
            case "download":
                await ftp.DownloadAsync("a.bin", Path.Combine(_local, "came.bin"));
                Assert.Equal(Content, await File.ReadAllBytesAsync(Path.Combine(_local, "came.bin")));
                break;
            case "list":
                Assert.Equal(["a.bin", "empty-directory"], (await ftp.ListAsync().ToListAsync()).Select(static entry => entry.Name).Order(StringComparer.Ordinal));
                break;
            case "names":
                Assert.Equal(2, (await ftp.ListNamesAsync().ToListAsync()).Count);
                break;
            case "stat":
                Assert.Equal(FtpEntryKind.Directory, (await ftp.StatAsync("empty-directory")).Kind);
                break;
            case "upload":
                await ftp.UploadAsync(Path.Combine(_local, "source.bin"), "up.bin");
                Assert.Equal(Content, server.Files["up.bin"].ToArray());
                break;
            default:
                await ftp.UploadAsync(new MemoryStream(Content), "up.bin");
                Assert.Equal(Content, server.Files["up.bin"].ToArray());
                break;
        }
    }
}
