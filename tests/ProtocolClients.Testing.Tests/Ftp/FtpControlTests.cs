namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>What the server makes of command lines: form, order, arguments.</summary>
public sealed class FtpControlTests : IAsyncLifetime
{
    private MockFtpServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MockFtpServer.StartInMemoryAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_session_is_noted_command_by_command_without_the_password()
    {
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        Assert.StartsWith("220 ", raw.Greeting, StringComparison.Ordinal);
        await raw.ExpectAsync("user ann", 331);
        await raw.ExpectAsync("PASS top secret", 230);
        await raw.ExpectAsync("NOOP", 200);
        await raw.ExpectAsync("QUIT", 221);
        Assert.Equal(("", false), await Raw.ReadToEndAsync(raw.Control));
        _server.Calls.AssertAll("USER ann", "PASS ***", "NOOP", "QUIT");
        _server.Calls.AssertNoProblems();
        Assert.Equal([331, 230, 200, 221], _server.Calls.Select(call => call.Code));
        Assert.Equal("ann", _server.Calls.Single("NOOP").User);
        Assert.DoesNotContain("secret", _server.Transcript.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _server.Calls.ToString(), StringComparison.Ordinal);
        Assert.Contains("C: PASS ***\nS: 230 ", _server.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("XFOO", 500)]
    [InlineData("", 500)]
    [InlineData("USER", 501)]
    [InlineData("USER ", 501)]
    [InlineData("NOOP now", 501)]
    [InlineData("QUIT now", 501)]
    [InlineData("PASS early", 503)]
    [InlineData("CWD pub", 530)]
    [InlineData("PASV", 530)]
    [InlineData("RETR a", 530)]
    public async Task Before_the_login_what_is_out_of_form_or_order_is_refused_and_noted(string line, int code)
    {
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        await raw.ExpectAsync(line, code);
        Assert.NotNull(Assert.Single(_server.Calls.Problems).Problem);
        Assert.Throws<MockAssertionException>(_server.Calls.AssertNoProblems);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Theory]
    [InlineData("TYPE X", 501)]
    [InlineData("TYPE E", 504)]
    [InlineData("TYPE A N", 200)]
    [InlineData("TYPE L 8", 200)]
    [InlineData("MODE S", 200)]
    [InlineData("MODE B", 504)]
    [InlineData("MODE Q", 501)]
    [InlineData("STRU F", 200)]
    [InlineData("STRU R", 504)]
    [InlineData("STRU Q", 501)]
    [InlineData("REST -1", 501)]
    [InlineData("REST abc", 501)]
    [InlineData("REST 10", 350)]
    [InlineData("RNTO b", 503)]
    [InlineData("RNFR missing", 550)]
    [InlineData("CWD missing", 550)]
    [InlineData("DELE missing", 550)]
    [InlineData("RMD missing", 550)]
    [InlineData("SIZE missing", 550)]
    [InlineData("MDTM missing", 550)]
    [InlineData("MFMT 2026 a", 501)]
    [InlineData("MLST missing", 550)]
    [InlineData("MLSD missing", 550)]
    [InlineData("MLSD a", 501)]
    [InlineData("LIST missing", 550)]
    [InlineData("RETR missing", 550)]
    [InlineData("STOR missing/a", 553)]
    [InlineData("RETR a", 425)]
    [InlineData("STOR a", 425)]
    [InlineData("PORT 127,0,0,1", 501)]
    [InlineData("PORT 127,0,0,1,300,1", 501)]
    [InlineData("EPRT |1|127.0.0.1|", 501)]
    [InlineData("EPRT |3|127.0.0.1|2000|", 522)]
    [InlineData("EPRT |2|127.0.0.1|2000|", 501)]
    [InlineData("EPSV x", 501)]
    [InlineData("EPSV 2", 522)]
    [InlineData("EPSV 1", 229)]
    [InlineData("OPTS UTF8 ON", 200)]
    [InlineData("OPTS NOTHING", 501)]
    [InlineData("ALLO 10", 202)]
    [InlineData("ABOR", 226)]
    [InlineData("MKD a", 550)]
    public async Task After_the_login_arguments_are_judged(string line, int code)
    {
        _server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.ExpectAsync(line, code);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Theory]
    [InlineData("NOOP\n")]
    [InlineData("NO\rOP\r\n")]
    [InlineData("NO\0OP\r\n")]
    public async Task A_line_that_does_not_end_as_it_must_is_no_command(string line)
    {
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        await raw.SendAsync(line);
        Assert.StartsWith("500 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("", Assert.Single(_server.Calls.Problems).Verb);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_refused_once_and_to_its_end()
    {
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        await raw.ExpectAsync("USER " + new string('a', 4091), 331);
        await raw.ExpectAsync("USER " + new string('a', 4092), 500);
        await raw.ExpectAsync("USER " + new string('a', 100_000), 500);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Fact]
    public async Task Telnet_commands_are_taken_out_and_a_doubled_IAC_is_a_byte_of_a_name()
    {
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.SendAsync("\u00FF\u00F4\u00FF\u00F2NO\u00FF\u00FD\u0001OP\r\n");
        Assert.StartsWith("200 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("257 \"/\u00FF\"", await raw.AskAsync("MKD \u00FF\u00FF"), StringComparison.Ordinal);
        Assert.Equal("\uDCFF", _server.Calls.Single("MKD").Argument);
    }

    [Fact]
    public async Task Commands_sent_at_once_are_answered_in_order()
    {
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        await raw.SendAsync("USER a\r\nPASS b\r\nPWD\r\nQUIT\r\n");
        string text = (await Raw.ReadToEndAsync(raw.Control)).Text;
        Assert.Equal(["331", "230", "257", "221"], text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line[..3]));
    }

    [Fact]
    public async Task A_command_that_the_server_is_told_not_to_know_is_unknown_and_no_feature()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Without = ["epsv", "MLSD", "MLST"] });
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("EPSV", 500);
        await raw.ExpectAsync("MLSD", 500);
        string features = await raw.ExpectAsync("FEAT", 211);
        Assert.DoesNotContain("EPSV", features, StringComparison.Ordinal);
        Assert.DoesNotContain("MLST", features, StringComparison.Ordinal);
        Assert.Contains("\n EPRT\n", features, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_greeting_of_several_lines_is_one_reply()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Greeting = "Welcome\n220 is not the end\nready" });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        Assert.Equal("220-Welcome\n220 is not the end", raw.Greeting);
        Assert.Equal("220 ready", await raw.ReplyAsync());
    }
}
