using System.Net.Security;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>Servers that answer otherwise than they should.</summary>
public sealed class FtpReplyRuleTests : IAsyncLifetime
{
    private readonly VirtualTime _time = new();
    private MockFtpServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockFtpServer.StartInMemoryAsync(new() { TimeProvider = _time, ExplicitTls = true });
        _server.Files["a"] = "0123456789"u8;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_command_is_answered_so_until_that_is_taken_back()
    {
        _server.Replies["RETR"] = "425 No";
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("425 No", await raw.AskAsync("RETR a"));
        _server.Replies["retr"] = "450-Not\n450 now";
        Assert.Equal("450-Not\n450 now", await raw.AskAsync("RETR a"));
        _server.Replies["RETR"] = null;
        Assert.Equal("0123456789", await raw.GetAsync("RETR a"));
        Assert.Equal([425, 450, 226], _server.Calls.Of("RETR").Select(call => call.Code));
    }

    [Fact]
    public async Task Commands_of_ones_own_are_answered_by_whole_words()
    {
        _server.Replies.On("SITE WHO").Instead(call => "200 You are " + call.User);
        _server.Replies.On("XTRA").Instead("299 Extra").Times(2);
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("200 You are ann", await raw.AskAsync("site who"));
        await raw.ExpectAsync("SITE WHOLE", 504);
        await raw.ExpectAsync("XTRA", 299);
        await raw.ExpectAsync("XTRA 1", 299);
        await raw.ExpectAsync("XTRA", 500);
    }

    [Fact]
    public async Task A_final_reply_is_changed_or_another()
    {
        _server.Replies.On("SIZE").Rewrite(reply => reply + "0").Once();
        MockFtpReplyRule rule = _server.Replies.On("STOR").Finally("552 Full").Once();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("213 100", await raw.AskAsync("SIZE a"));
        Assert.Equal("213 10", await raw.AskAsync("SIZE a"));
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR b", 150);
            await Raw.SendAsync(data, "x");
        }

        Assert.Equal("552 Full", await raw.ReplyAsync());
        Assert.Equal(1, rule.Strikes);
    }

    [Fact]
    public async Task A_transfer_may_never_be_said_to_be_done()
    {
        _server.Replies.On("RETR").NoFinal();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync("RETR a", 150);
        Assert.Equal("0123456789", (await Raw.ReadToEndAsync(data)).Text);
        await _server.Calls.Single("RETR").WaitForReplyAsync().WaitAsync(Raw.Safety);
        await raw.ExpectAsync("NOOP", 200);
    }

    [Fact]
    public async Task Replies_come_in_the_wrong_order()
    {
        _server.Replies.On("RETR").FinalFirst();
        _server.Replies.On("PWD").AfterNext();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("RETR a", 226);
            Assert.StartsWith("150 ", await raw.ReplyAsync(), StringComparison.Ordinal);
            Assert.Equal("0123456789", (await Raw.ReadToEndAsync(data)).Text);
        }

        await raw.SendAsync("PWD\r\nNOOP\r\n");
        Assert.StartsWith("200 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("257 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("426 Aborted.")]
    [InlineData("451 Disk.")]
    [InlineData("552 Full.")]
    [InlineData("226 A lie.")]
    public async Task Transfers_end_in_their_middle(string reply)
    {
        _server.Replies.On("RETR").CutAfterBytes(4, reply).Once();
        _server.Replies.On("STOR").CutAfterBytes(3, reply).Once();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("RETR a", 150);
            Assert.Equal(("0123", false), await Raw.ReadToEndAsync(data));
            Assert.Equal(reply, await raw.ReplyAsync());
        }

        await using (Stream data = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR b", 150);
            await Raw.SendAsync(data, "abcdef");
            Assert.Equal(reply, await raw.ReplyAsync());
        }

        Assert.Equal("abc", _server.Files["b"].ToString());
        Assert.Equal("0123456789", await raw.GetAsync("RETR a"));
    }

    [Fact]
    public async Task A_reply_may_never_end()
    {
        _server.Replies.On("FEAT").Endless();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        await raw.SendAsync("FEAT\r\n");
        for (int i = 0; i < 1000; i++) Assert.StartsWith("211-", await raw.LineAsync(), StringComparison.Ordinal);
        await raw.Control.DisposeAsync();
    }

    [Fact]
    public async Task Plain_text_may_come_in_one_piece_with_the_go_ahead_for_TLS()
    {
        _server.Replies.On("AUTH").Followed("230 injected\r\n");
        await using FtpRaw raw = await FtpRaw.ConnectAsync(_server);
        await raw.SendAsync("AUTH TLS\r\n");
        byte[] piece = new byte[200];
        int count = await raw.Control.ReadAsync(piece).AsTask().WaitAsync(Raw.Safety);
        Assert.Equal("234 Begin TLS.\r\n230 injected\r\n", System.Text.Encoding.Latin1.GetString(piece, 0, count));
        await using var tls = new SslStream(raw.Control, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(Raw.TlsOptions()).WaitAsync(Raw.Safety);
    }

    [Fact]
    public async Task Stray_replies_late_replies_and_the_end()
    {
        _server.Replies.On("NOOP").Preceded("220 stray\r\n").Once();
        _server.Replies.On("PWD").Delayed(TimeSpan.FromSeconds(7)).ThenClose();
        await using FtpRaw raw = await FtpRaw.LoginAsync(_server);
        Assert.Equal("220 stray", await raw.AskAsync("NOOP"));
        Assert.StartsWith("200 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        await raw.SendAsync("PWD\r\n");
        await _time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.StartsWith("257 ", (await Raw.ReadToEndAsync(raw.Control)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_greeting_too_is_a_reply()
    {
        _server.Replies.OnConnect().Instead("421 Closed today.").Once();
        _server.Replies.OnConnect().Instead("hello").Once();
        await using FtpRaw strange = await FtpRaw.ConnectAsync(_server);
        Assert.Equal("hello", strange.Greeting);
        await using FtpRaw closed = await FtpRaw.ConnectAsync(_server);
        Assert.Equal("421 Closed today.", closed.Greeting);
        Assert.Equal("", (await Raw.ReadToEndAsync(closed.Control)).Text);
        await using FtpRaw good = await FtpRaw.ConnectAsync(_server);
        Assert.StartsWith("220 ", good.Greeting, StringComparison.Ordinal);
    }
}
