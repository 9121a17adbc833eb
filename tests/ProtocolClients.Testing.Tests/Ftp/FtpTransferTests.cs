using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>Data connections and what passes them.</summary>
public sealed class FtpTransferTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_are_sent_received_appended_and_resumed(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        server.Files["pub/a.txt"] = "0123456789"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("0123456789", await raw.GetAsync("RETR pub/a.txt"));
        await raw.ExpectAsync("REST 7", 350);
        Assert.Equal("789", await raw.GetAsync("RETR /pub/a.txt"));
        Assert.Equal("0123456789", await raw.GetAsync("RETR pub/../pub/a.txt"));

        await raw.PutAsync("STOR pub/b.txt", "hello");
        Assert.Equal("hello", server.Files["pub/b.txt"].ToString());
        await raw.PutAsync("APPE pub/b.txt", " world");
        Assert.Equal("hello world", server.Files["pub/b.txt"].ToString());
        await raw.ExpectAsync("REST 6", 350);
        await raw.PutAsync("STOR pub/b.txt", "W");
        Assert.Equal("hello World", server.Files["pub/b.txt"].ToString());
        Assert.Equal("213 11", await raw.AskAsync("SIZE pub/b.txt"));

        Assert.Equal("150 FILE: ftp.0001", await raw.PutAsync("STOU", "unique"));
        Assert.Equal("unique", server.Files["ftp.0001"].ToString());
        Assert.Equal("150 FILE: ftp.0002", await raw.PutAsync("STOU", "2"));

        MockFtpCall call = server.Calls.Of("RETR")[1];
        Assert.Equal((7, 3, 226, MockFtpDataMode.ExtendedPassive), (call.RestOffset, call.DataBytes, call.Code, call.DataMode));
        Assert.Equal(["150", "226"], call.Replies.Select(reply => reply[..3]));
        server.Calls.AssertNoProblems();
        Assert.Equal(8, server.DataConnectionCount);
    }

    [Fact]
    public async Task Type_A_carries_lines_and_type_I_bytes()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        server.Files["a.txt"] = "one\ntwo\r\nthree\rfour"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("one\ntwo\r\nthree\rfour", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("TYPE A", 200);
        Assert.Equal("one\r\ntwo\r\nthree\rfour", await raw.GetAsync("RETR a.txt"));
        await raw.ExpectAsync("SIZE a.txt", 550);
        await raw.ExpectAsync("REST 5", 350);
        Assert.Equal("two\r\nthree\rfour", await raw.GetAsync("RETR a.txt"));
        await raw.PutAsync("STOR b.txt", "one\r\ntwo\nthree\rfour\r");
        Assert.Equal("one\ntwo\nthree\rfour\r", server.Files["b.txt"].ToString());
    }

    [Fact]
    public async Task A_restart_behind_the_end_is_refused_and_one_at_the_end_sends_nothing()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        server.Files["a"] = "12345"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("REST 6", 350);
        await raw.ExpectAsync("RETR a", 554);
        await raw.ExpectAsync("REST 6", 350);
        await raw.ExpectAsync("STOR a", 554);
        await raw.ExpectAsync("REST 5", 350);
        Assert.Equal("", await raw.GetAsync("RETR a"));
        Assert.Equal("12345", await raw.GetAsync("RETR a"));
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("EPRT")]
    public async Task The_server_connects_to_where_the_client_listens(string command)
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["a"] = "active"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await raw.ExpectAsync(command == "PORT" ? $"PORT 127,0,0,1,{port >> 8},{port & 255}" : $"EPRT |1|127.0.0.1|{port}|", 200);
        await raw.SendAsync("RETR a\r\n");
        await using var data = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
        Assert.StartsWith("150 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(("active", false), await Raw.ReadToEndAsync(data));
        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(command == "PORT" ? MockFtpDataMode.Active : MockFtpDataMode.ExtendedActive, server.Calls.Single("RETR").DataMode);
    }

    [Fact]
    public async Task A_client_that_does_not_listen_is_told_so()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        await raw.ExpectAsync($"EPRT |1|127.0.0.1|{port}|", 200);
        await raw.ExpectAsync("RETR a", 425);
    }

    [Theory]
    [InlineData("PORT 10,0,0,1,200,1")]
    [InlineData("EPRT |1|10.0.0.1|5000|")]
    [InlineData("EPRT |2|::1|5000|")]
    [InlineData("PORT 127,0,0,1,0,25")]
    public async Task The_server_connects_to_nobody_but_its_client(string command)
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync(command, 501);
        Assert.Equal(0, server.DataConnectionCount);
    }

    [Fact]
    public async Task PASV_gives_the_servers_own_address_or_the_one_it_was_told()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        string[] numbers = (await raw.ExpectAsync("PASV", 227)).Split('(', ')')[1].Split(',');
        Assert.Equal("127,0,0,1", string.Join(',', numbers[..4]));
        int port = (int.Parse(numbers[4], CultureInfo.InvariantCulture) << 8) | int.Parse(numbers[5], CultureInfo.InvariantCulture);
        await using (Stream data = await raw.DialAsync(port))
        {
            await raw.ExpectAsync("RETR a", 150);
            Assert.Equal("x", (await Raw.ReadToEndAsync(data)).Text);
            Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        }

        await using MockFtpServer liar = await MockFtpServer.StartAsync(new() { PassiveAddress = IPAddress.Parse("10.0.0.1") });
        await using FtpRaw other = await FtpRaw.LoginAsync(liar);
        Assert.Contains("(10,0,0,1,", await other.ExpectAsync("PASV", 227), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_IPv6_there_is_EPSV_and_no_PASV()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { EndPoint = new IPEndPoint(IPAddress.IPv6Loopback, 0) });
        server.Files["a"] = "six"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("PASV", 425);
        await raw.ExpectAsync("EPSV 1", 522);
        await raw.ExpectAsync("EPSV 2", 229);
        Assert.Equal("six", await raw.GetAsync("RETR a"));
    }

    [Fact]
    public async Task After_EPSV_ALL_nothing_else_makes_data_connections()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("EPSV ALL", 200);
        await raw.ExpectAsync("PASV", 501);
        await raw.ExpectAsync("PORT 127,0,0,1,200,1", 501);
        await raw.ExpectAsync("EPRT |1|127.0.0.1|5000|", 501);
        Assert.Equal("x", await raw.GetAsync("RETR a"));
    }

    [Fact]
    public async Task A_data_connection_serves_one_transfer()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.GetAsync("RETR a");
        await raw.ExpectAsync("RETR a", 425);
    }

    [Fact]
    public async Task Nobody_listens_in_memory_where_no_EPSV_said_so()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        int port = int.Parse((await raw.ExpectAsync("EPSV", 229)).Split('|')[3], CultureInfo.InvariantCulture);
        await Assert.ThrowsAsync<TransportException>(() => raw.DialAsync(port + 1));
        await raw.ExpectAsync("EPSV", 229);
        await Assert.ThrowsAsync<TransportException>(() => raw.DialAsync(port));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transfer_without_its_data_connection_ends_with_time(bool memory)
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { InMemory = memory, TimeProvider = time });
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("EPSV", 229);
        await raw.SendAsync("RETR a\r\n");
        await time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("425 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABOR_ends_a_transfer_with_two_replies(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        server.Files["big"] = new byte[50_000_000];
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync("RETR big", 150);
        await raw.SendAsync("\u00FF\u00F4\u00FF\u00F2ABOR\r\n");
        Assert.StartsWith("426 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.True((await Raw.ReadToEndAsync(data)).Text.Length < 50_000_000);
        await raw.ExpectAsync("NOOP", 200);
        Assert.Equal(426, server.Calls.Single("RETR").Code);
    }

    [Fact]
    public async Task ABOR_also_ends_the_wait_for_a_data_connection()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("EPSV", 229);
        await raw.SendAsync("RETR a\r\n");
        await raw.ExpectAsync("ABOR", 426);
        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_wait_for_the_end_of_a_transfer_but_NOOP_does_not()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR a", 150);
            await raw.SendAsync("PWD\r\n");
            await raw.ExpectAsync("NOOP", 200);
            await Raw.SendAsync(data, "x");
        }

        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("257 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_may_read_nothing_while_it_transfers()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { AnswersDuringTransfers = false });
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR a", 150);
            await raw.SendAsync("NOOP\r\nPWD\r\n");
            await server.Calls.WaitForAsync(call => call.Verb == "PWD").WaitAsync(Raw.Safety);
        }

        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("200 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("257 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_port_may_be_one_where_nobody_listens(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        server.Files["a"] = "x"u8;
        server.Replies.On("EPSV").Deaf().Once();
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await Assert.ThrowsAnyAsync<Exception>(raw.PassiveAsync);
        Assert.Equal("x", await raw.GetAsync("RETR a"));
    }

    [Fact]
    public async Task A_data_connection_from_another_address_is_not_taken()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        int port = int.Parse((await raw.ExpectAsync("EPSV", 229)).Split('|')[3], CultureInfo.InvariantCulture);
        using var thief = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        thief.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await thief.ConnectAsync(IPAddress.Loopback, port);
        await using var stolen = new NetworkStream(thief, ownsSocket: false);
        Assert.Equal("", (await Raw.ReadToEndAsync(stolen)).Text);
        await using Stream data = await raw.DialAsync(port);
        await raw.ExpectAsync("RETR a", 150);
        Assert.Equal("x", (await Raw.ReadToEndAsync(data)).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_came_of_an_upload_that_was_cut_stays_unless_it_is_not_to(bool keep)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { KeepPartialUploads = keep });
        server.Files["a"] = "before"u8;
        FaultRule rule = server.DataFaults.ResetAfterBytes(3).Receiving().On("STOR").Once();
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Equal("before", await raw.GetAsync("RETR a"));
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync("STOR a", 150);
        await Raw.SendAsync(data, "new text");
        Assert.StartsWith("426 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(keep ? "new" : "before", server.Files["a"].ToString());
        Assert.Equal(1, rule.Strikes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Faults_strike_data_connections_and_leave_the_control_connection(bool memory)
    {
        await using MockFtpServer server = await StartAsync(memory);
        server.Files["a"] = "0123456789"u8;
        server.DataFaults.TruncateAfterBytes(4).On("RETR").Once();
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.Contains(" a", await raw.GetAsync("LIST"), StringComparison.Ordinal);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("RETR a", 150);
            Assert.Equal("0123", (await Raw.ReadToEndAsync(data)).Text);
            Assert.StartsWith("426 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        }

        Assert.Equal("0123456789", await raw.GetAsync("RETR a"));
    }

    [Fact]
    public async Task Faults_strike_the_control_connection_by_command()
    {
        await using MockFtpServer server = await StartAsync(memory: true);
        server.Faults.TruncateAfterBytes(5).On("PWD");
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("NOOP", 200);
        await raw.SendAsync("PWD\r\n");
        Assert.Equal("257 \"", (await Raw.ReadToEndAsync(raw.Control)).Text);
    }

    [Fact]
    public async Task A_client_that_goes_ends_its_transfer()
    {
        await using MockFtpServer server = await StartAsync(memory: false);
        server.Files["big"] = new byte[50_000_000];
        FtpRaw raw = await FtpRaw.LoginAsync(server);
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync("RETR big", 150);
        await raw.DisposeAsync();
        await server.Calls.Single("RETR").WaitForReplyAsync().WaitAsync(Raw.Safety);
        Assert.True((await Raw.ReadToEndAsync(data)).Text.Length < 50_000_000);
    }

    private static Task<MockFtpServer> StartAsync(bool memory) => memory ? MockFtpServer.StartInMemoryAsync() : MockFtpServer.StartAsync();
}
