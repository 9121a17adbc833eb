using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests.Transcripts;

/// <summary>From the greeting to the login, byte by byte.</summary>
public sealed class LoginTests
{
    private const string Rest = """
        C: USER anonymous
        S: 331 any password
        C: PASS anonymous@
        S: 230 in
        C: FEAT
        S: 500 what
        """;

    [Theory]
    [InlineData("S: 220 ready")]
    [InlineData("S: 120 ready in 3 minutes\nS: 220 ready")]
    [InlineData("S: 120-soon\nS: 120 very soon\nS: 120 now\nS: 220 ready")]
    [InlineData("S: 220-first\nS: 220x no end\nS:  220 inner\nS: 230 another code\nS: 220-\nS: no code at all\nS: 220 ready")]
    [InlineData("S~ 220 bare end\\n")]
    [InlineData("S: 220 ready \\xFF\\x80\\x00 bytes")]
    public async Task Greetings_of_all_kinds_are_taken(string greeting)
    {
        await using var server = new ScriptedFtp(greeting + "\n" + Rest);
        await using (FtpClient ftp = server.Client()) await ftp.ConnectAsync();
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 421 too many", 421)]
    [InlineData("S: 120 wait\nS: 421 no", 421)]
    [InlineData("S: 530 not you", 530)]
    [InlineData("S: 300 what", 300)]
    public async Task A_greeting_that_refuses_is_a_refusal(string greeting, int code)
    {
        await using var server = new ScriptedFtp(greeting);
        await using FtpClient ftp = server.Client();
        FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ConnectAsync());
        Assert.Equal((code, "greeting", Delivery.Refused), (refusal.Code, refusal.Command, refusal.Delivery));
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("C: USER anonymous\nS: 230 come in")]
    [InlineData("C: USER anonymous\nS: 202 not needed here")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 202 not needed here")]
    [InlineData("C: USER anonymous\nS: 331-Please\nS: 331 password\nC: PASS anonymous@\nS: 230-Welcome\nS:  230 x\nS: 230 in")]
    public async Task Logins_need_no_more_than_the_server_asks_for(string login)
    {
        await using var server = new ScriptedFtp("S: 220 ready\n" + login + "\nC: FEAT\nS: 502 none");
        await using (FtpClient ftp = server.Client()) await ftp.ConnectAsync();
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("C: USER anonymous\nS: 332 account\nC: ACCT books\nS: 230 in")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 332 account\nC: ACCT books\nS: 230 in")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 332 account\nC: ACCT books\nS: 202 not needed")]
    public async Task An_account_is_given_where_it_is_asked_for(string login)
    {
        await using var server = new ScriptedFtp("S: 220 ready\n" + login + "\nC: FEAT\nS: 502 none");
        await using (FtpClient ftp = server.Client(options => options with { Account = new Secret("books") })) await ftp.ConnectAsync();
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("C: USER anonymous\nS: 332 account")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 332 account")]
    [InlineData("C: USER anonymous\nS: 530 no")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 530 no")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 331 again")]
    [InlineData("C: USER anonymous\nS: 331 password\nC: PASS anonymous@\nS: 430 wrong")]
    public async Task A_login_that_is_refused_is_not_tried_again(string login)
    {
        await using var server = new ScriptedFtp("S: 220 ready\n" + login);
        await using FtpClient ftp = server.Client(options => options with { Resilience = new() { BaseDelay = TimeSpan.Zero } });
        await Assert.ThrowsAsync<AuthenticationFailedException>(() => ftp.ConnectAsync());
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 500 what")]
    [InlineData("S: 504 not TLS")]
    [InlineData("S: 534 policy")]
    [InlineData("S: 334 go on with ADAT")]
    [InlineData("S: 220 ok")]
    public async Task Row_02_without_TLS_no_credential_is_sent(string refusal)
    {
        await using var server = new ScriptedFtp("S: 220 ready\nC: AUTH TLS\n" + refusal);
        await using FtpClient ftp = server.Client(WithPassword);
        CapabilityMissingException missing = await Assert.ThrowsAsync<CapabilityMissingException>(() => ftp.ConnectAsync());
        Assert.DoesNotContain("secret", missing.ToString(), StringComparison.Ordinal);
        // That nothing came behind AUTH, the end of the script says.
        await server.DoneAsync();
    }

    [Fact]
    public async Task Row_02_a_dismissal_instead_of_TLS_ends_it()
    {
        await using var server = new ScriptedFtp("S: 220 ready\nC: AUTH TLS\nS: 421 go away");
        await using FtpClient ftp = server.Client(WithPassword);
        Assert.Equal(421, (await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ConnectAsync())).Code);
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("S: 234 go\nS: 230 logged in")]
    [InlineData("S: 234 go\nS~ 2")]
    [InlineData("S: 234-go\nS: 234 go\nS~ \\x16\\x03\\x03")]
    public async Task Row_01_what_comes_behind_the_go_ahead_in_clear_text_ends_the_session(string injected)
    {
        await using var server = new ScriptedFtp("S: 220 ready\nC: AUTH TLS\n" + injected);
        await using FtpClient ftp = server.Client(WithPassword);
        await Assert.ThrowsAsync<WireFormatException>(() => ftp.ConnectAsync());
        await server.DoneAsync();
    }

    [Fact]
    public async Task Anonymous_goes_on_in_clear_text_where_there_is_no_TLS()
    {
        await using var server = new ScriptedFtp("S: 220 ready\nC: AUTH TLS\nS: 500 what\n" + Rest);
        await using (FtpClient ftp = server.Client(static options => WithPassword(options) with { Credentials = null })) await ftp.ConnectAsync();
        await server.DoneAsync();
    }

    [Fact]
    public async Task A_virtual_host_is_named_before_the_login_and_features_are_asked_for_behind_it()
    {
        await using var server = new ScriptedFtp("""
            S: 220 ready
            C: HOST ftp.example.org
            S: 220 ftp.example.org
            C: USER me
            S: 331 password
            C: PASS p\xC3\xA4ss
            S: 230 in
            C: FEAT
            S: 211-Features
            S:  UTF8
            S: 211 End
            C: OPTS UTF8 ON
            S: 501 always on
            """);
        await using (FtpClient ftp = server.Client(options => options with { VirtualHost = "ftp.example.org", Credentials = new("me", "päss") })) await ftp.ConnectAsync();
        await server.DoneAsync();
    }

    [Theory]
    [InlineData("a\r\nDELE x", "pw")]
    [InlineData("a\0", "pw")]
    [InlineData("a", "pw\r\nDELE x")]
    [InlineData("a", "p\nw")]
    public async Task Credentials_are_one_line_each(string user, string password)
    {
        await using var server = new ScriptedFtp(user == "a" ? "S: 220 ready\nC: USER a\nS: 331 password" : "S: 220 ready");
        await using FtpClient ftp = server.Client(options => options with { Credentials = new(user, password) });
        ArgumentException refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => ftp.ConnectAsync());
        Assert.DoesNotContain("DELE", refused.ToString(), StringComparison.Ordinal);
        await server.DoneAsync();
    }

    // TLS as the scheme and the credentials have it.
    private static FtpClientOptions WithPassword(FtpClientOptions options) => options with
    {
        Credentials = new("user", "secret"),
        Transport = options.Transport with { Tls = TlsOptions.Default with { Roots = [TestCertificates.Shared.Authority] } },
    };
}
