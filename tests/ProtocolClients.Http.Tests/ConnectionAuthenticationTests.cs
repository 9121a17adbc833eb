using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>NTLM, and Negotiate with NTLM inside, against the mock server's own verification.</summary>
public class ConnectionAuthenticationTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_connection_is_proved_once_and_used_again(bool negotiate, bool tls)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = tls });
        server.Authentication = MockAuthentication.Ntlm("ann", "sécret", negotiate);
        server.Routes.On("*", "/").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "sécret") });
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.PostAsync(server.Url.AbsoluteUri, new StringContent("body")).WaitAsync(Safety);
            Assert.Equal("in", await reply.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }

        Assert.Equal(tls ? [401, 401, 401, 200, 200, 200] : [401, 401, 200, 200, 200], server.Calls.Select(static call => call.Status));
        Assert.Equal(2, server.Calls.Select(static call => call.ConnectionId).Distinct().Count());
        Assert.Single(server.Calls.Skip(1).Select(static call => call.ConnectionId).Distinct());
        Assert.All(server.Calls.Where(static call => call.Status == 200), static call => Assert.Equal("body", call.BodyText));
        Assert.All(server.Calls.TakeLast(2), static call => Assert.Equal("", call["Authorization"]));
    }

    [Theory]
    [InlineData("ann", "guess", false)]
    [InlineData("ann", "guess", true)]
    [InlineData("bob", "secret", false)]
    public async Task Wrong_credentials_are_refused_after_one_handshake(string user, string password, bool negotiate)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret", negotiate);
        server.Routes.Get("/").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new(user, password) });
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.Throws<AuthenticationFailedException>(() => reply.EnsureSuccess());
        Assert.Equal([401, 401, 401], server.Calls.Select(static call => call.Status));
    }

    [Fact]
    public async Task A_user_with_a_domain_is_known_by_both()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        server.Routes.Get("/").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new(@"CORP\ann", "secret") });
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
    }

    [Fact]
    public async Task A_lost_connection_is_proved_anew()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        server.Routes.Get("/").Respond("in").Header("Connection", "close");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "secret") });
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
            Assert.Equal("in", await reply.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }
    }

    [Fact]
    public async Task A_reply_that_is_still_open_keeps_its_connection_from_others()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm("ann", "secret");
        server.Routes.Get("/").Respond(new byte[5_000_000]);
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "secret") });
        using HttpReply open = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        using HttpReply other = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.Equal(5_000_000, (await other.ReadBytesAsync().WaitAsync(Safety)).Length);
        Assert.Equal(5_000_000, (await open.ReadBytesAsync().WaitAsync(Safety)).Length);
    }

    [Fact]
    public async Task The_strongest_wins_and_may_be_left_out()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.AnyOf(
            MockAuthentication.Basic("ann", "secret"), MockAuthentication.Digest("ann", "secret", "SHA-512-256"), MockAuthentication.Ntlm("ann", "secret"));
        server.Routes.Get("/").Respond("in");
        Assert.StartsWith("NTLM ", await ShownAsync(HttpAuthenticationSchemes.All), StringComparison.Ordinal);
        Assert.StartsWith("Digest ", await ShownAsync(HttpAuthenticationSchemes.All & ~HttpAuthenticationSchemes.Ntlm), StringComparison.Ordinal);

        async Task<string> ShownAsync(HttpAuthenticationSchemes schemes)
        {
            await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "secret"), Schemes = schemes });
            using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
            return server.Calls.Last()["Authorization"];
        }
    }

    [Fact]
    public async Task A_platform_without_it_takes_the_next_best_and_else_names_what_is_missing()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/only").Protect(MockAuthentication.Ntlm("ann", "secret")).Respond("in");
        server.Routes.Get("/both").Protect(MockAuthentication.AnyOf(MockAuthentication.Ntlm("ann", "secret"), MockAuthentication.Digest("ann", "secret"))).Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "secret") }, static (_, _) => false);
        CapabilityMissingException failure = await Assert.ThrowsAsync<CapabilityMissingException>(
            () => http.GetAsync(server.UrlOf("/only").AbsoluteUri).WaitAsync(Safety));
        Assert.Equal("NTLM", failure.Capability);
        Assert.Contains("System.Net.Security.UseManagedNtlm", failure.Message, StringComparison.Ordinal);
        Assert.Contains("gss-ntlmssp", failure.Message, StringComparison.Ordinal);
        using HttpReply reply = await http.GetAsync(server.UrlOf("/both").AbsoluteUri).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.StartsWith("Digest ", server.Calls.Last()["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_handed_the_url_may_ask_for_it_too()
    {
        await using MockHttpServer proxy = await MockHttpServer.StartAsync();
        proxy.ProxyAuthentication = MockAuthentication.Ntlm("puser", "ppass");
        proxy.Routes.Get("/").Respond("in");
        await using var http = new HttpSession(proxy.ClientOptions with
        {
            Transport = proxy.Transport with { Proxy = new ProxyOptions { Url = proxy.Url, Credentials = new("puser", "ppass") } },
        });
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.GetAsync($"http://origin{i}.test/").WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal([407, 407, 200, 200, 200], proxy.Calls.Select(static call => call.Status));
        Assert.All(proxy.Calls, static call => Assert.Equal("", call["Authorization"]));
    }

    [Fact]
    public async Task A_proxy_is_proved_to_by_its_own_name()
    {
        await using MockHttpServer proxy = await MockHttpServer.StartAsync();
        proxy.ProxyAuthentication = MockAuthentication.Ntlm("puser", "ppass");
        proxy.Routes.Get("/").Respond("in");
        List<string> asked = [];
        HttpSessionOptions options = proxy.ClientOptions with
        {
            Transport = proxy.Transport with { Proxy = new ProxyOptions { Url = proxy.Url, Credentials = new("puser", "ppass") } },
        };
        await using var http = new HttpSession(options, (by, host) =>
        {
            asked.Add(host);
            return by.CanBegin(host);
        });
        using HttpReply reply = await http.GetAsync("http://origin.test/").WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.Equal([proxy.Url.IdnHost], asked.Distinct());
        // The last message holds the name of whom it is meant for (MS-NLMP §2.2.2.1, MsvAvTargetName).
        byte[] proof = Convert.FromBase64String(proxy.Calls.Last(static call => call["Proxy-Authorization"].Length > 0)["Proxy-Authorization"].Split(' ')[1]);
        Assert.True(proof.AsSpan().IndexOf(Encoding.Unicode.GetBytes("HTTP/" + proxy.Url.IdnHost)) > 0);
        Assert.True(proof.AsSpan().IndexOf(Encoding.Unicode.GetBytes("origin.test")) < 0);
    }

    [Fact]
    public async Task A_server_that_asks_for_ever_is_left()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond(401).Header("WWW-Authenticate", "NTLM");
        server.Routes.Get("/token").Respond(401).Header("WWW-Authenticate", "NTLM TlRMTVNTUAACAAAA");
        server.Routes.Get("/basic").Respond(401).Header("WWW-Authenticate", "Basic realm=x");
        server.Routes.Get("/stale").Respond(401).Header("WWW-Authenticate", "Digest realm=r, nonce=n, stale=true");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "secret") });
        foreach (string path in (string[])["/", "/token", "/basic", "/stale"])
        {
            using HttpReply reply = await http.GetAsync(server.UrlOf(path).AbsoluteUri).WaitAsync(Safety);
            Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
            Assert.InRange(server.Calls.Of("GET", path).Count, 2, 5);
        }
    }
}
