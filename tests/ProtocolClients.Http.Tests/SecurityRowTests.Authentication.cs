using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>The rows about who we say we are, and to whom.</summary>
public partial class SecurityRowTests
{
    private static readonly Credentials Ann = new("ann", "ann's secret");

    [Fact]
    public async Task Row_06_credentials_of_the_options_are_for_the_origin_of_the_base_address_alone()
    {
        const string Who = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
        await using var other = new RawServer(Who);
        await using var server = new RawServer(Ok);
        await using var http = new HttpSession(Options with { BaseAddress = new Uri(server.Url), Credentials = new Credentials("user", "secret"), PreAuthenticate = true });
        using HttpReply own = await http.GetAsync("a").WaitAsync(Safety);
        using HttpReply elsewhere = await http.GetAsync(other.Url).WaitAsync(Safety);
        Assert.Contains("Authorization: Basic ", server.Heads.Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.Status);
        Assert.DoesNotContain("Authorization", other.Heads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_06_credentials_of_the_options_follow_no_redirect_beside_a_store_and_a_netrc_either()
    {
        const string Who = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
        await using var other = new RawServer(Who);
        await using var server = new RawServer(Redirect(other.Url));
        await using var http = new HttpSession(Options with
        {
            Credentials = new Credentials("user", "secret"),
            CredentialStore = new CredentialStore { { "https://third.test/", new Credentials("third", "secret") } },
            Netrc = Netrc.Parse("machine third.test login third password secret"),
        });
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.DoesNotContain("Authorization", other.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Digest")]
    [InlineData("NTLM")]
    public async Task Row_06_and_07_no_scheme_follows_a_redirect_to_another_origin(string scheme)
    {
        await using MockHttpServer other = await MockHttpServer.StartAsync();
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        MockAuthentication Asked() => scheme switch
        {
            "Basic" => MockAuthentication.Basic("ann", "ann's secret"),
            "Digest" => MockAuthentication.Digest("ann", "ann's secret", "SHA-256"),
            _ => MockAuthentication.Ntlm("ann", "ann's secret"),
        };
        server.Authentication = Asked();
        other.Authentication = Asked();
        server.Routes.Get("/").Redirect(other.UrlOf("/x").AbsoluteUri);
        other.Routes.Get("/x").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { BaseAddress = server.Url, Credentials = Ann });
        using HttpReply reply = await http.GetAsync("/").WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal(302, server.Calls.Last().Status);
        Assert.Equal("", Assert.Single(other.Calls)["Authorization"]);
    }

    [Fact]
    public async Task Row_08_a_proxys_digest_and_its_nonces_never_reach_an_origin()
    {
        await using MockHttpServer proxy = await MockHttpServer.StartAsync();
        await using MockHttpServer origin = await MockHttpServer.StartAsync();
        proxy.ProxyAuthentication = MockAuthentication.Digest("puser", "ppass", "SHA-256");
        proxy.Routes.Get("/").Redirect(origin.UrlOf("/x").AbsoluteUri);
        origin.Authentication = MockAuthentication.Digest("puser", "ppass", "SHA-256");
        await using var http = new HttpSession(proxy.ClientOptions with
        {
            Transport = proxy.Transport with { Proxy = new ProxyOptions { Url = proxy.Url, Credentials = new("puser", "ppass"), NoProxy = "127.0.0.1" } },
        });
        using HttpReply reply = await http.GetAsync("http://origin.test/").WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        MockHttpCall call = Assert.Single(origin.Calls);
        Assert.Equal("", call["Proxy-Authorization"] + call["Authorization"]);
    }

    [Fact]
    public async Task Row_09_the_netrc_is_asked_by_the_host_that_is_dialed_and_not_by_what_stands_before_the_at_sign()
    {
        await using MockHttpServer evil = await MockHttpServer.StartAsync();
        evil.Authentication = MockAuthentication.Basic("good", "x");
        evil.Routes.Get("/").Respond("in");
        Netrc netrc = Netrc.Parse("machine good.test login ann password stolen");
        await using var http = new HttpSession(evil.ClientOptions with { Netrc = netrc });
        foreach (string user in (string[])["good.test:x@", "good.test@", "ann@"])
        {
            using HttpReply reply = await http.GetAsync(evil.Url.AbsoluteUri.Replace("//", "//" + user, StringComparison.Ordinal)).WaitAsync(Safety);
            Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        }

        string stolen = Convert.ToBase64String("ann:stolen"u8);
        Assert.All(evil.Calls, call => Assert.DoesNotContain(stolen, call["Authorization"], StringComparison.Ordinal));
        Assert.DoesNotContain(evil.Calls, static call => Decoded(call).Contains("stolen", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("machine localhost login bob", null)]
    [InlineData("machine localhost password p", null)]
    [InlineData("machine localhost login bob default login d password e", null)]
    [InlineData("machine 127.0.0.1 login ann password a", null)]
    [InlineData("machine localhost login bob password b", "bob:b")]
    [InlineData("default login d password e", "d:e")]
    public async Task Row_09_each_hop_has_its_own_entry_or_nothing(string entries, string? shown)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Redirect($"http://localhost:{server.Url.Port}/next");
        server.Routes.Get("/next").Respond("in");
        string first = entries.StartsWith("machine 127", StringComparison.Ordinal) ? "" : "machine 127.0.0.1 login ann password a\n";
        await using var http = new HttpSession(server.ClientOptions with { Netrc = Netrc.Parse(first + entries), PreAuthenticate = true });
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.Equal("ann:a", Decoded(server.Calls.Single("GET", "/")));
        Assert.Equal(shown ?? "", Decoded(server.Calls.Single("GET", "/next")));
    }

    [Fact]
    public async Task Row_40_two_origins_and_two_users_share_no_challenge()
    {
        await using MockHttpServer one = await MockHttpServer.StartAsync();
        await using MockHttpServer two = await MockHttpServer.StartAsync();
        foreach (MockHttpServer server in (MockHttpServer[])[one, two])
        {
            server.Authentication = MockAuthentication.Digest("ann", "ann's secret", "SHA-256", realm: "same");
            server.Routes.On("*", "/**").Respond("in");
        }

        await using var http = new HttpSession(one.ClientOptions with { Credentials = Ann });
        foreach (MockHttpServer server in (MockHttpServer[])[one, two, one, two])
        {
            using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal([401, 200, 200], one.Calls.Select(static call => call.Status));
        Assert.Equal([401, 200, 200], two.Calls.Select(static call => call.Status));
        Assert.Equal("", two.Calls.First()["Authorization"]);
        Assert.DoesNotContain(one.Calls.Select(Nonce).Intersect(two.Calls.Select(Nonce)), static nonce => nonce.Length > 0);

        // Another user on the same origin starts from nothing, and is not the first one.
        using HttpReply other = await http.GetAsync(one.Url.AbsoluteUri.Replace("//", "//bob:guess@", StringComparison.Ordinal)).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, other.Status);
        Assert.Equal(["", "bob"], one.Calls.TakeLast(2).Select(static call => call["Authorization"].Split("username=\"").Last().Split('"')[0]));
    }

    [Fact]
    public async Task Row_40_two_proxies_share_no_challenge()
    {
        await using MockHttpServer one = await MockHttpServer.StartAsync();
        await using MockHttpServer two = await MockHttpServer.StartAsync();
        foreach (MockHttpServer proxy in (MockHttpServer[])[one, two])
        {
            proxy.ProxyAuthentication = MockAuthentication.Digest("p", "p", "SHA-256", realm: "same");
            proxy.Routes.Get("/").Respond("in");
            await using var http = new HttpSession(proxy.ClientOptions with
            {
                Transport = proxy.Transport with { Proxy = new ProxyOptions { Url = proxy.Url, Credentials = new("p", "p") } },
            });
            using HttpReply reply = await http.GetAsync("http://origin.test/").WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
            Assert.Equal([407, 200], proxy.Calls.Select(static call => call.Status));
        }
    }

    [Fact]
    public async Task Row_41_two_users_of_one_session_never_share_a_connection()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/open").Respond("open");
        server.Routes.Get("/private").Protect(MockAuthentication.Ntlm(("ann", "a"), ("bob", "b"))).Respond("in");
        await using var http = new HttpSession(server.ClientOptions);
        string As(string user) => server.UrlOf("/private").AbsoluteUri.Replace("//", $"//{user}@", StringComparison.Ordinal);
        var used = new Dictionary<string, HashSet<long>> { ["ann:a"] = [], ["bob:b"] = [], ["mallory:m"] = [], [""] = [] };
        foreach (string user in (string[])["ann:a", "bob:b", "ann:a", "", "mallory:m", "bob:b", "", "ann:a"])
        {
            int before = server.Calls.Count;
            using HttpReply reply = await http.GetAsync(user.Length == 0 ? server.UrlOf("/private").AbsoluteUri : As(user)).WaitAsync(Safety);
            Assert.Equal(user is "ann:a" or "bob:b" ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, reply.Status);

            // The connection whose answer counts; the first question may come on one that belongs to nobody.
            if (user.Length > 0) used[user].Add(server.Calls.Last().ConnectionId);
            else used[""].UnionWith(server.Calls.Skip(before).Select(static call => call.ConnectionId));
        }

        Assert.Single(used["ann:a"]);
        Assert.Single(used["bob:b"]);
        Assert.Equal(used.Values.Sum(static ids => ids.Count), used.Values.SelectMany(static ids => ids).Distinct().Count());
    }

    [Fact]
    public async Task Row_41_requests_side_by_side_prove_a_connection_each_and_give_it_back()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Ntlm(("ann", "a"), ("bob", "b"));
        server.Routes.Get("/").Respond("in");
        await using var http = new HttpSession(server.ClientOptions);
        async Task OneAsync(int i)
        {
            string user = i % 2 == 0 ? "ann:a" : "bob:b";
            using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri.Replace("//", $"//{user}@", StringComparison.Ordinal)).WaitAsync(Safety);
            Assert.Equal("in", await reply.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }

        await Task.WhenAll(Enumerable.Range(0, 24).Select(OneAsync));
        for (int i = 0; i < 4; i++) await OneAsync(i);
        Assert.Equal(28, server.Calls.Count(static call => call.Status == 200));
        Assert.All(server.Calls.TakeLast(4), static call => Assert.Equal("", call["Authorization"]));
    }

    [Fact]
    public async Task Row_42_a_session_that_verifies_uses_no_connection_of_one_that_does_not()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true, Certificate = CertificateKind.SelfSigned });
        server.Routes.Get("/").Respond("in");
        TransportOptions blind = server.Transport with { Tls = new TlsOptions { DangerousAcceptAnyCertificate = true } };
        await using var careless = new HttpSession(server.ClientOptions with { Transport = blind });
        using (HttpReply reply = await careless.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)) Assert.True(reply.IsSuccess);
        await using var careful = new HttpSession(server.ClientOptions);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => careful.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety));
        Assert.Equal(TransportError.Tls, failure.Error);
        Assert.Single(server.Calls);
    }

    private static string Nonce(MockHttpCall call) => call["Authorization"].Split("nonce=\"").ElementAtOrDefault(1)?.Split('"')[0] ?? "";

    private static string Decoded(MockHttpCall call)
    {
        string field = call["Authorization"];
        return field.StartsWith("Basic ", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(field[6..])) : field;
    }
}
