namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>Who gets in, how many, and what they may do.</summary>
public sealed class FtpLoginTests
{
    [Fact]
    public async Task Known_users_need_their_passwords_and_others_are_not_let_in()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { AllowAnonymous = false });
        server.Users["ann"] = "secret";
        server.Users["open"] = new MockFtpUser { NeedsPassword = false };
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PASS guess", 530);
        await raw.ExpectAsync("PASS secret", 503);
        await raw.ExpectAsync("USER bob", 331);
        await raw.ExpectAsync("PASS secret", 530);
        await raw.ExpectAsync("USER anonymous", 331);
        await raw.ExpectAsync("PASS a@b", 530);
        await raw.ExpectAsync("PWD", 530);
        await raw.ExpectAsync("USER open", 230);
        await raw.ExpectAsync("PWD", 257);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PWD", 530);
        await raw.ExpectAsync("PASS secret", 230);
        await raw.ExpectAsync("PASS secret", 503);
        Assert.DoesNotContain("secret", server.Transcript.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anonymous_gets_in_beside_known_users()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Users["ann"] = "secret";
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("USER anonymous", 331);
        await raw.ExpectAsync("PASS", 230);
    }

    [Fact]
    public async Task An_account_may_be_asked_for()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { KeepPasswords = true });
        server.Users["ann"] = new MockFtpUser { Password = "secret", Account = "billing" };
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("ACCT billing", 503);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PASS secret", 332);
        await raw.ExpectAsync("PWD", 530);
        await raw.ExpectAsync("ACCT wrong", 530);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PASS secret", 332);
        await raw.ExpectAsync("ACCT billing", 230);
        await raw.ExpectAsync("ACCT billing", 202);
        Assert.Equal("PASS secret", server.Calls.Of("PASS")[0] is var call ? call.Verb + " " + call.Argument : "");
        Assert.DoesNotContain("billing", server.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_only_user_or_server_changes_nothing_and_the_user_begins_at_home(bool userOnly)
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { WritableFiles = userOnly });
        server.Users["ann"] = new MockFtpUser { Password = "secret", IsReadOnly = userOnly, Home = "/home/ann" };
        server.Files["home/ann/a"] = "x";
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        Assert.StartsWith("257 \"/home/ann\"", await raw.AskAsync("PWD"), StringComparison.Ordinal);
        foreach (string line in new[]
        {
            "STOR b", "APPE a", "STOU", "DELE a", "MKD d", "RMD d", "RNFR a", "MFMT 20200101000000 a", "MFCT 20200101000000 a",
            "MFF modify=20200101000000; a", "SITE CHMOD 777 a", "SITE UTIME 20200101000000 a", "SITE SYMLINK a b",
        })
        {
            Assert.Contains("read-only", await raw.ExpectAsync(line, 550), StringComparison.Ordinal);
        }

        Assert.Equal("x", await raw.GetAsync("RETR a"));
        Assert.Contains("perm=r;", await raw.GetAsync("MLSD"), StringComparison.Ordinal);
        Assert.Equal(1, server.Files.Count);
    }

    [Fact]
    public async Task Connections_have_a_limit()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { MaxConnections = 2 });
        await using FtpRaw one = await FtpRaw.ConnectAsync(server);
        await using FtpRaw two = await FtpRaw.ConnectAsync(server);
        await using FtpRaw three = await FtpRaw.ConnectAsync(server);
        Assert.StartsWith("421 ", three.Greeting, StringComparison.Ordinal);
        Assert.Equal("", (await Raw.ReadToEndAsync(three.Control)).Text);
        await one.ExpectAsync("QUIT", 221);
        await Raw.ReadToEndAsync(one.Control);
    }

    [Fact]
    public async Task A_user_has_a_limit()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Users["ann"] = new MockFtpUser { Password = "secret", MaxConnections = 1 };
        await using FtpRaw one = await FtpRaw.LoginAsync(server);
        await using FtpRaw two = await FtpRaw.ConnectAsync(server);
        await two.ExpectAsync("USER ann", 331);
        await two.ExpectAsync("PASS secret", 421);
        Assert.Equal("", (await Raw.ReadToEndAsync(two.Control)).Text);
        await one.ExpectAsync("USER somebody", 331);
        await using FtpRaw three = await FtpRaw.LoginAsync(server);
        await three.ExpectAsync("NOOP", 200);
    }

    [Fact]
    public async Task REIN_begins_anew_and_ends_TLS()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { ExplicitTls = true });
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("REIN", 220);
        await raw.ExpectAsync("PWD", 530);
        Stream plain = raw.Control;
        await raw.ExpectAsync("AUTH TLS", 234);
        await using var tls = new System.Net.Security.SslStream(plain, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(Raw.TlsOptions()).WaitAsync(Raw.Safety);
        raw.Control = tls;
        await raw.ExpectAsync("REIN", 220);
        Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(Raw.Safety));
        raw.Control = plain;
        await raw.ExpectAsync("USER ann", 331);
        Assert.Equal('A', server.Calls.Last().Type);
        Assert.False(server.Calls.Last().IsTls);
    }

    [Fact]
    public async Task HOST_names_a_host_before_USER()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Hosts = ["ftp.example.org"] });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("HOST other.example.org", 504);
        await raw.ExpectAsync("HOST FTP.example.org", 220);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("HOST ftp.example.org", 503);
        Assert.Equal("FTP.example.org", server.Calls.Single("USER").Host);
    }

    [Fact]
    public async Task The_server_may_not_be_ready_yet()
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { ReadyAfter = TimeSpan.FromMinutes(3), TimeProvider = time });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        Assert.Equal("120 Service ready in 003 minutes.", raw.Greeting);
        await time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.StartsWith("220 ", await raw.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_silent_for_too_long_is_told_so()
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { IdleTimeout = TimeSpan.FromMinutes(5), TimeProvider = time });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        time.Advance(TimeSpan.FromMinutes(4));
        await raw.ExpectAsync("NOOP", 200);
        await time.WaitForTimerAsync().WaitAsync(Raw.Safety);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("421 Timeout.\r\n", (await Raw.ReadToEndAsync(raw.Control)).Text);
    }
}
