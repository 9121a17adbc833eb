using System.Net.Security;
using System.Security.Authentication;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>The platform keeps one session of TLS for each name of a server, and there is one localhost: nothing else runs beside what resumes one.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>AUTH, PBSZ, PROT, CCC, and sessions resumed on data connections.</summary>
[Collection("alone")]
public sealed class FtpTlsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_under_TLS_protects_its_data(bool memory)
    {
        await using MockFtpServer server = await StartAsync(new() { InMemory = memory });
        server.Files["a"] = "secret text"u8;
        await using FtpRaw raw = await LoginAsync(server);
        await using (Stream plain = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("RETR a", 150);
            await using SslStream data = await SecureAsync(plain);
            Assert.Equal(("secret text", false), await Raw.ReadToEndAsync(data));
            Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        }

        await using (Stream plain = await raw.PassiveAsync())
        {
            await raw.ExpectAsync("STOR b", 150);
            await using SslStream data = await SecureAsync(plain);
            await Raw.SendAsync(data, "upload");
            await data.ShutdownAsync();
        }

        Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("upload", server.Files["b"].ToString());
        MockFtpCall call = server.Calls.Single("STOR");
        Assert.Equal((true, true, true, true, 6), (call.IsTls, call.IsDataProtected, call.IsDataTls, call.DataEndedInOrder, call.DataBytes));
        await raw.ExpectAsync("PROT C", 200);
        Assert.Equal("secret text", await raw.GetAsync("RETR a"));
        server.Calls.AssertNoProblems();
        Assert.Contains("C: PASS ***\nS: 230", server.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_upload_that_just_ends_is_told_from_one_that_says_so(SslProtocols version)
    {
        await using MockFtpServer server = await StartAsync(new() { TlsVersions = version });
        await using FtpRaw raw = await LoginAsync(server);
        foreach (bool says in new[] { false, true })
        {
            await using (Stream plain = await raw.PassiveAsync())
            {
                await raw.ExpectAsync("STOR a", 150);
                SslStream data = await SecureAsync(plain);
                await Raw.SendAsync(data, "upload");
                if (says) await data.ShutdownAsync();
            }

            Assert.StartsWith("226 ", await raw.ReplyAsync(), StringComparison.Ordinal);
            Assert.Equal(says, server.Calls.Last().DataEndedInOrder);
        }
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "localhost", true)]
    [InlineData(SslProtocols.Tls13, "localhost", true)]
    [InlineData(SslProtocols.Tls12, "127.0.0.1", false)]
    [InlineData(SslProtocols.Tls13, "127.0.0.1", false)]
    public async Task A_data_connection_may_have_to_resume_the_session_of_the_control_connection(SslProtocols version, string host, bool resumes)
    {
        await using MockFtpServer server = await StartAsync(new() { TlsVersions = version, RequireTlsReuse = true });
        server.Files["a"] = "reused"u8;
        await using FtpRaw raw = await LoginAsync(server);
        await using Stream plain = await raw.PassiveAsync();
        await raw.ExpectAsync("RETR a", 150);
        SslClientAuthenticationOptions options = Raw.TlsOptions();
        options.TargetHost = host;
        await using var data = new SslStream(plain);
        await data.AuthenticateAsClientAsync(options).WaitAsync(Raw.Safety);
        Assert.Equal(resumes ? "reused" : "", (await Raw.ReadToEndAsync(data)).Text);
        Assert.StartsWith(resumes ? "226 " : "522 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(resumes, server.Calls.Single("RETR").IsDataTlsResumed);
        if (!resumes) Assert.Equal("", (await Raw.ReadToEndAsync(raw.Control)).Text);
    }

    [Fact]
    public async Task TLS_from_the_first_byte_is_a_scheme_of_its_own()
    {
        await using MockFtpServer server = await StartAsync(new() { Tls = true });
        Assert.Equal("ftps", server.Url.Scheme);
        await using SslStream stream = await Raw.ConnectTlsAsync(server);
        Assert.StartsWith("220 ", await Raw.ReadUntilAsync(stream, "\r\n"), StringComparison.Ordinal);
        await Raw.SendAsync(stream, "AUTH TLS\r\n");
        Assert.StartsWith("503 ", await Raw.ReadUntilAsync(stream, "\r\n"), StringComparison.Ordinal);
        Assert.True(server.Calls.Single("AUTH").IsTls);
    }

    [Fact]
    public async Task TLS_is_offered_only_by_a_server_that_was_told_to()
    {
        await using MockFtpServer plain = await MockFtpServer.StartInMemoryAsync();
        await using FtpRaw raw = await FtpRaw.ConnectAsync(plain);
        Assert.DoesNotContain("AUTH", await raw.AskAsync("FEAT"), StringComparison.Ordinal);
        await raw.ExpectAsync("AUTH TLS", 502);
        await using MockFtpServer secure = await MockFtpServer.StartInMemoryAsync(new() { RequireProtectedData = true });
        await using FtpRaw other = await FtpRaw.ConnectAsync(secure);
        Assert.Contains("\n AUTH TLS\n PBSZ\n PROT\n", await other.AskAsync("FEAT"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_order_of_the_security_commands_is_kept()
    {
        await using MockFtpServer server = await StartAsync(new());
        await using FtpRaw raw = await FtpRaw.LoginAsync(server);
        await raw.ExpectAsync("PBSZ 0", 503);
        await raw.ExpectAsync("PROT P", 503);
        await raw.ExpectAsync("CCC", 533);
        await raw.ExpectAsync("AUTH KERBEROS_V4", 504);
        await raw.ExpectAsync("AUTH TLS", 234);
        raw.Control = await SecureAsync(raw.Control);
        await raw.ExpectAsync("PWD", 530);
        await raw.ExpectAsync("PROT P", 503);
        await raw.ExpectAsync("PBSZ x", 501);
        await raw.ExpectAsync("PBSZ 100", 200);
        await raw.ExpectAsync("PROT S", 536);
        await raw.ExpectAsync("PROT X", 504);
        await raw.ExpectAsync("PROT P", 200);
    }

    [Fact]
    public async Task Plain_text_behind_AUTH_is_thrown_away_and_noted()
    {
        await using MockFtpServer server = await StartAsync(new() { InMemory = true });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.SendAsync("AUTH TLS\r\nUSER evil\r\n");
        Assert.StartsWith("234 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        raw.Control = await SecureAsync(raw.Control);
        await raw.ExpectAsync("NOOP", 200);
        server.Calls.AssertAll("AUTH TLS", "NOOP");
        Assert.Single(server.Calls.Problems);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task CCC_goes_back_to_plain_text_and_AUTH_to_TLS_again(SslProtocols version, bool saysGoodbye)
    {
        await using MockFtpServer server = await StartAsync(new() { TlsVersions = version });
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        Stream plain = raw.Control;
        await raw.ExpectAsync("AUTH TLS", 234);
        var tls = new SslStream(plain, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(Raw.TlsOptions()).WaitAsync(Raw.Safety);
        raw.Control = tls;
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PASS secret", 230);
        await raw.ExpectAsync("CCC", 200);
        Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(Raw.Safety));
        if (saysGoodbye) await tls.ShutdownAsync();
        raw.Control = plain;
        await raw.ExpectAsync("PWD", 257);
        Assert.False(server.Calls.Single("PWD").IsTls);
        await raw.ExpectAsync("AUTH TLS", 234);
        raw.Control = await SecureAsync(plain);
        await raw.ExpectAsync("NOOP", 200);
        Assert.True(server.Calls.Single("NOOP").IsTls);
    }

    [Fact]
    public async Task TLS_may_be_a_duty_for_logins_and_for_data()
    {
        await using MockFtpServer server = await StartAsync(new() { RequireTls = true, RequireProtectedData = true });
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("USER ann", 530);
        await raw.ExpectAsync("PASS secret", 503);
        await raw.ExpectAsync("AUTH TLS", 234);
        raw.Control = await SecureAsync(raw.Control);
        await raw.ExpectAsync("USER ann", 331);
        await raw.ExpectAsync("PASS secret", 230);
        await raw.ExpectAsync("EPSV", 229);
        await raw.ExpectAsync("RETR a", 522);
        await raw.ExpectAsync("PBSZ 0", 200);
        await raw.ExpectAsync("PROT C", 534);
        await raw.ExpectAsync("PROT P", 200);
        await raw.ExpectAsync("CCC", 534);
    }

    [Fact]
    public async Task A_client_that_trusts_nobody_ends_its_session()
    {
        await using MockFtpServer server = await StartAsync(new() { Certificate = CertificateKind.SelfSigned });
        await using FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("AUTH TLS", 234);
        await Assert.ThrowsAsync<AuthenticationException>(() => SecureAsync(raw.Control));
        server.Calls.AssertAll("AUTH TLS");
    }

    [Fact]
    public async Task Data_connections_that_fail_their_handshake_are_a_425()
    {
        await using MockFtpServer server = await StartAsync(new());
        server.Files["a"] = "x"u8;
        await using FtpRaw raw = await LoginAsync(server);
        await using Stream data = await raw.PassiveAsync();
        await raw.ExpectAsync("RETR a", 150);
        await Raw.SendAsync(data, "this is no TLS, whatever it may be");
        Assert.StartsWith("425 ", await raw.ReplyAsync(), StringComparison.Ordinal);
        await raw.ExpectAsync("NOOP", 200);
    }

    private static Task<MockFtpServer> StartAsync(MockFtpServerOptions options) => MockFtpServer.StartAsync(options with { ExplicitTls = true });

    private static async Task<SslStream> SecureAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(Raw.TlsOptions()).WaitAsync(Raw.Safety);
        return tls;
    }

    private static async Task<FtpRaw> LoginAsync(MockFtpServer server)
    {
        FtpRaw raw = await FtpRaw.ConnectAsync(server);
        await raw.ExpectAsync("AUTH TLS", 234);
        raw.Control = await SecureAsync(raw.Control);
        foreach ((string line, int code) in new[] { ("USER ann", 331), ("PASS secret", 230), ("PBSZ 0", 200), ("PROT P", 200), ("TYPE I", 200) })
        {
            await raw.ExpectAsync(line, code);
        }

        return raw;
    }
}
