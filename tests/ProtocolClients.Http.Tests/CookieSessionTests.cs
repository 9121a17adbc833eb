using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Cookies and HSTS of a session: hop by hop, on names that lead to this machine.</summary>
public class CookieSessionTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static HttpSessionOptions Options(params string[] names) => new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with
        {
            Proxy = ProxyOptions.None,
            Hosts = [.. names.Select(name => new HostMapping(name, IPAddress.Loopback))],
            Tls = TlsOptions.Default with { Roots = [TestCertificates.Shared.Authority], ServerName = "localhost" },
        },
    };

    [Fact]
    public async Task Every_answer_of_a_chain_sets_cookies_and_every_hop_sends_its_own()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/start").Redirect("/login").Header("Set-Cookie", "step=1; Path=/").Header("Set-Cookie", "only=start; Path=/start");
        server.Routes.Get("/login").Respond(401).Header("WWW-Authenticate", "Basic realm=\"x\"").Header("Set-Cookie", "step=2; Path=/")
            .Then.Respond("in").Header("Set-Cookie", "step=3; Path=/");
        server.Routes.Get("/next").Respond("done");
        await using var http = new HttpSession(Options() with { Credentials = new Credentials("user", "secret") });
        using HttpReply reply = await http.GetAsync(server.UrlOf("/start").AbsoluteUri).WaitAsync(Safety);
        Assert.Equal("in", await reply.ReadTextAsync());
        using HttpReply next = await http.GetAsync(server.UrlOf("/next").AbsoluteUri).WaitAsync(Safety);
        Assert.Equal(["", "step=1", "step=2", "step=3"], server.Calls.Select(call => call["Cookie"]));
        Assert.Equal(["step=3", "only=start"], http.Cookies.Cookies.Select(cookie => $"{cookie.Name}={cookie.Value}"));
    }

    [Fact]
    public async Task The_callers_own_header_is_sent_alone()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond("ok").Header("Set-Cookie", "jar=1");
        await using var http = new HttpSession(Options());
        for (int i = 0; i < 2; i++) (await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)).Dispose();
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri, new() { Headers = [("Cookie", "mine=2")] }).WaitAsync(Safety);
        Assert.Equal(["", "jar=1", "mine=2"], server.Calls.Select(call => call["Cookie"]));
    }

    [Fact]
    public async Task Bytes_go_back_as_they_came()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nSet-Cookie: a=caf\u00c3\u00a9\u00ff\u0080\r\nContent-Length: 2\r\n\r\nok");
        await using var http = new HttpSession(Options());
        (await http.GetAsync(server.Url).WaitAsync(Safety)).Dispose();
        (await http.GetAsync(server.Url).WaitAsync(Safety)).Dispose();
        (await http.GetAsync(server.Url, new() { Headers = [("Cookie", "own=\u00e9")] }).WaitAsync(Safety)).Dispose();
        Assert.Contains("Cookie: a=caf\u00c3\u00a9\u00ff\u0080\r\n", server.Heads.ElementAt(1), StringComparison.Ordinal);
        Assert.Contains("Cookie: own=\u00c3\u00a9\r\n", server.Heads.ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switched_off_nothing_is_sent_and_nothing_learned()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond("ok").Header("Set-Cookie", "jar=1");
        var jar = new CookieJar();
        jar.Add(server.Url, "old=1");
        await using var http = new HttpSession(Options() with { Cookies = jar, UseCookies = false });
        for (int i = 0; i < 2; i++) (await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)).Dispose();
        Assert.All(server.Calls, call => Assert.Empty(call["Cookie"]));
        Assert.Equal("old", Assert.Single(jar.Cookies).Name);
        Assert.Same(jar, http.Cookies);
    }

    [Fact]
    public async Task Two_sessions_share_a_jar_and_others_have_their_own()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond("ok").Header("Set-Cookie", "jar=1");
        var jar = new CookieJar();
        await using var one = new HttpSession(Options() with { Cookies = jar });
        await using var two = new HttpSession(Options() with { Cookies = jar });
        await using var other = new HttpSession(Options());
        foreach (HttpSession http in (HttpSession[])[one, two, other]) (await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)).Dispose();
        Assert.Equal(["", "jar=1", ""], server.Calls.Select(call => call["Cookie"]));
    }

    [Fact]
    public async Task A_redirect_from_another_site_carries_no_strict_cookies_and_an_unsafe_one_no_lax_ones()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true });
        int port = server.Url.Port;
        server.Routes.On("GET", "/away").Redirect($"https://shop.test:{port}/in", 307);
        server.Routes.On("POST", "/away").Redirect($"https://shop.test:{port}/in", 307);
        server.Routes.On("GET", "/inside").Redirect($"https://www.shop.test:{port}/in", 307);
        server.Routes.On("GET", "/back").Redirect($"https://evil.test:{port}/away", 307);
        server.Routes.On("GET", "/in").Respond("in");
        server.Routes.On("POST", "/in").Respond("in");
        await using var http = new HttpSession(Options("shop.test", "www.shop.test", "evil.test"));
        foreach (string field in (string[])["none=1; SameSite=None; Secure; Domain=shop.test", "lax=1; Domain=shop.test", "strict=1; SameSite=Strict; Domain=shop.test"])
        {
            Assert.True(http.Cookies.Add("https://shop.test/", field));
        }

        async Task<string> CookieAsync(HttpMethod method, string url, HttpCallOptions? call = null)
        {
            using HttpReply reply = await http.SendAsync(method, url, null, call).WaitAsync(Safety);
            Assert.Equal("in", await reply.ReadTextAsync());
            return server.Calls.Last()["Cookie"];
        }

        const string all = "none=1; lax=1; strict=1";
        Assert.Equal(all, await CookieAsync(HttpMethod.Get, $"https://shop.test:{port}/in"));
        Assert.Equal(all, await CookieAsync(HttpMethod.Get, $"https://shop.test:{port}/inside"));
        Assert.Equal("none=1; lax=1", await CookieAsync(HttpMethod.Get, $"https://evil.test:{port}/away"));
        Assert.Equal("none=1", await CookieAsync(HttpMethod.Post, $"https://evil.test:{port}/away"));
        Assert.Equal("none=1; lax=1", await CookieAsync(HttpMethod.Get, $"https://shop.test:{port}/back"));
        var evil = new Uri("https://evil.test/page");
        Assert.Equal("none=1; lax=1", await CookieAsync(HttpMethod.Get, $"https://shop.test:{port}/in", new() { Initiator = evil }));
        Assert.Equal("none=1", await CookieAsync(HttpMethod.Post, $"https://shop.test:{port}/in", new() { Initiator = evil }));
        Assert.Equal("none=1", await CookieAsync(HttpMethod.Get, $"https://shop.test:{port}/in", new() { Initiator = evil, TopLevel = false }));
        Assert.Equal(all, await CookieAsync(HttpMethod.Post, $"https://shop.test:{port}/in", new() { Initiator = new Uri("https://www.shop.test/") }));
    }

    [Fact]
    public async Task Cookies_are_secrets_in_the_wire_log()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/").Respond("ok").Header("Set-Cookie", "sid=geheim");
        var log = new RecordingWireLog();
        await using var http = new HttpSession(Options() with { WireLog = log });
        for (int i = 0; i < 2; i++) (await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)).Dispose();
        Assert.Equal("sid=geheim", server.Calls.Last()["Cookie"]);
        Assert.Contains("Cookie: ***", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_asks_for_tls_gets_it_from_then_on()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = true });
        server.Routes.Get("/").Respond("ok").Header("Strict-Transport-Security", "max-age=60; includeSubDomains").Header("Strict-Transport-Security", "max-age=0");
        server.Routes.Get("/down").Redirect($"http://a.shop.test:{server.Url.Port}/");
        var time = new VirtualTime();
        await using var http = new HttpSession(Options("shop.test", "a.shop.test") with { Hsts = new HstsStore(time), Credentials = new("user", "secret"), PreAuthenticate = true });
        (await http.GetAsync($"https://shop.test:{server.Url.Port}/").WaitAsync(Safety)).Dispose();
        Assert.Equal(new HstsHost("shop.test", true, time.GetUtcNow().AddSeconds(60)), Assert.Single(http.Hsts.Hosts));

        using HttpReply first = await http.GetAsync($"http://shop.test:{server.Url.Port}/").WaitAsync(Safety);
        Assert.Equal($"https://shop.test:{server.Url.Port}/", first.FinalUrl.AbsoluteUri);
        Assert.StartsWith("Basic ", server.Calls.Last()["Authorization"], StringComparison.Ordinal);
        // A redirect to http is one to https, before it could be refused.
        using HttpReply next = await http.GetAsync($"http://shop.test:{server.Url.Port}/down").WaitAsync(Safety);
        Assert.Equal($"https://a.shop.test:{server.Url.Port}/", next.FinalUrl.AbsoluteUri);

        await using var off = new HttpSession(Options("shop.test") with { Hsts = http.Hsts, UseHsts = false });
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => off.GetAsync($"http://shop.test:{server.Url.Port}/").WaitAsync(Safety));
    }
}
