using System.Net;
using System.Net.Sockets;
using System.Text;
using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>Active mode, IPv6, what servers lack, and names in other encodings.</summary>
public sealed class DataModeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("127.0.0.1", false, MockFtpDataMode.ExtendedActive)]
    [InlineData("127.0.0.1", true, MockFtpDataMode.Active)]
    [InlineData("::1", false, MockFtpDataMode.ExtendedActive)]
    public async Task The_server_connects_to_an_active_client(string address, bool old, MockFtpDataMode mode)
    {
        await using MockFtpServer server = await StartAsync(address, old ? ["EPRT"] : []);
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server, static options => options with { DataMode = FtpDataMode.Active });
        Assert.Equal("hello", await ftp.ReadTextAsync("a"));
        await ftp.UploadAsync(new MemoryStream("up"u8.ToArray()), "b");
        Assert.Equal(["a", "b"], (await ftp.ListAsync().ToListAsync()).Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(server.Calls.Where(static call => call.Verb is "RETR" or "STOR" or "MLSD"), call => Assert.Equal(mode, call.DataMode));
        // The older form is remembered.
        if (old) server.Calls.AssertCount(1, "EPRT");
        else server.Calls.AssertNoProblems();
    }

    [Fact]
    public async Task An_active_client_keeps_to_its_ports_and_says_when_none_is_free()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await using MockFtpServer server = await StartAsync("127.0.0.1", []);
        server.Files["a"] = "hello";
        await using (FtpClient ftp = Client(server, options => options with { DataMode = FtpDataMode.Active, ActivePorts = (port, port) }))
        {
            TransportException none = await Assert.ThrowsAsync<TransportException>(() => ftp.ReadTextAsync("a"));
            Assert.Equal((TransportError.Connect, Delivery.NotSent), (none.Error, none.Delivery));
            // Nothing was said of it, and the connection is good for the next.
            await ftp.DeleteAsync("a");
            Assert.Equal(1, server.ConnectionCount);
        }

        taken.Dispose();
        server.Files["a"] = "hello";
        await using FtpClient free = Client(server, options => options with { DataMode = FtpDataMode.Active, ActivePorts = (port, port) });
        Assert.Equal("hello", await free.ReadTextAsync("a"));
        Assert.Contains($"|{port}|", server.Calls.Single("EPRT").Argument, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_who_is_faster_than_the_server_is_turned_away()
    {
        using ActivePort port = ActivePort.Open(IPAddress.Any, IPAddress.Loopback, null);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        stranger.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await stranger.ConnectAsync(IPAddress.Loopback, port.Port);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await server.ConnectAsync(IPAddress.Loopback, port.Port);
        await using Connection accepted = await port.AcceptAsync(server.LocalEndPoint!, default).AsTask().WaitAsync(Patience);
        Assert.Equal(server.LocalEndPoint, accepted.RemoteEndPoint);
        byte[] one = new byte[1];
        try
        {
            Assert.Equal(0, await stranger.ReceiveAsync(one).WaitAsync(Patience));
        }
        catch (SocketException reset)
        {
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }

    [Fact]
    public async Task An_active_client_needs_a_way_back_to_itself()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server, static options => options with { DataMode = FtpDataMode.Active });
        await Assert.ThrowsAsync<InvalidOperationException>(() => ftp.ReadTextAsync("a"));
    }

    [Fact]
    public async Task Passive_data_goes_over_IPv6_by_EPSV()
    {
        await using MockFtpServer server = await StartAsync("::1", []);
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server);
        Assert.Equal("hello", await ftp.ReadTextAsync("a"));
        Assert.Equal(MockFtpDataMode.ExtendedPassive, server.Calls.Single("RETR").DataMode);
        server.Calls.AssertNoProblems();
    }

    [Theory]
    [InlineData("MLSD")]
    [InlineData("MLSD,MLST")]
    [InlineData("MLSD,MLST,SIZE,MDTM")]
    [InlineData("FEAT")]
    [InlineData("EPSV,MLSD,MLST,REST,MFMT,FEAT,OPTS")]
    public async Task A_server_that_lacks_much_is_listed_and_told_about(string without)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Without = without.Split(',') });
        server.Files["pub/a.txt"] = "hello";
        server.Files["pub/sub/b.txt"] = "b";
        await using FtpClient ftp = Client(server);
        List<FtpEntry> entries = await ftp.ListAsync("/pub").ToListAsync();
        Assert.Equal([("a.txt", FtpEntryKind.File, 5L), ("sub", FtpEntryKind.Directory, -1)], entries.OrderBy(static entry => entry.Name, StringComparer.Ordinal).Select(static entry => (entry.Name, entry.Kind, entry.Kind == FtpEntryKind.File ? entry.Size ?? -2 : -1)));
        Assert.Equal((FtpEntryKind.File, 5L), ((await ftp.StatAsync("/pub/a.txt")).Kind, (await ftp.StatAsync("/pub/a.txt")).Size ?? -2));
        Assert.Equal(FtpEntryKind.Directory, (await ftp.StatAsync("/pub/sub")).Kind);
        // The working directory, by no name.
        Assert.Equal(FtpEntryKind.Directory, (await ftp.StatAsync(default)).Kind);
        Assert.Equal(["a.txt", "sub"], (await ftp.ListNamesAsync("/pub").ToListAsync()).Select(static path => path.ToString().Split('/')[^1]).Order(StringComparer.Ordinal));
        Assert.Equal("hello", await ftp.ReadTextAsync("/pub/a.txt"));
        // What was not there is not asked for again.
        foreach (string verb in (string[])["MLSD", "EPSV"]) Assert.True(server.Calls.Of(verb).Count(static call => call.Code == 500) <= 1, server.Calls.ToString());
    }

    [Fact]
    public async Task A_unique_name_is_the_servers()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        await using FtpClient ftp = Client(server);
        Assert.Equal("ftp.0001", (await ftp.UploadUniqueAsync(new MemoryStream("one"u8.ToArray()))).ToString());
        Assert.Equal("ftp.0002", (await ftp.UploadUniqueAsync(new OnceStream("two"u8.ToArray()))).ToString());
        Assert.Equal("two", server.Files["ftp.0002"].ToString());
    }

    [Fact]
    public async Task Names_in_Latin_1_are_text_to_who_says_so_and_bytes_to_all()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["pub/caf\udce9.txt"] = "coffee";
        await using (FtpClient latin = Client(server, static options => options with { Encoding = Encoding.Latin1 }))
        {
            Assert.Equal("café.txt", Assert.Single(await latin.ListAsync("/pub").ToListAsync()).Name);
            Assert.Equal("coffee", await latin.ReadTextAsync("/pub/café.txt"));
            await latin.RenameAsync("/pub/café.txt", "/pub/thé.txt");
            Assert.True(server.Files.Contains("pub/th\udce9.txt"));
            await Assert.ThrowsAnyAsync<ArgumentException>(() => latin.ReadTextAsync("/pub/\u20ac"));
        }

        await using FtpClient other = Client(server);
        FtpEntry entry = Assert.Single(await other.ListAsync("/pub").ToListAsync());
        Assert.True(entry.Path.IsExact);
        Assert.Equal("coffee", await other.ReadTextAsync(entry.Path));
        await other.DeleteAsync(entry.Path);
        Assert.False(server.Files.Contains("pub/th\udce9.txt"));
    }

    [Theory]
    [InlineData("ready", "a\\xFF\\xFFb")]
    [InlineData("(vsFTPd 3.0.3)", "a\\xFFb")]
    public async Task The_byte_of_Telnet_is_doubled_where_the_server_reads_Telnet(string greeting, string sent)
    {
        await using var server = new ScriptedFtp(ScriptedFtp.Login.Replace("ready", greeting, StringComparison.Ordinal) + $"\nC: DELE {sent}\nS: 250 gone");
        await using (FtpClient ftp = server.Client()) await ftp.DeleteAsync(FtpPath.FromBytes([(byte)'a', 0xFF, (byte)'b']));
        await server.DoneAsync();
    }

    private static Task<MockFtpServer> StartAsync(string address, string[] without) =>
        MockFtpServer.StartAsync(new() { EndPoint = new IPEndPoint(IPAddress.Parse(address), 0), Without = without });

    private static FtpClient Client(MockFtpServer server, Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        var options = new FtpClientOptions
        {
            Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            Resilience = ResilienceOptions.None,
        };
        return new FtpClient(server.Url, change?.Invoke(options) ?? options);
    }
}
