using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Digest against the strict mock server, which shares no code with the client.</summary>
public class DigestTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly Credentials Ann = new("ann", "sécret");

    public static TheoryData<string, string, bool> Variants
    {
        get
        {
            var all = new TheoryData<string, string, bool>();
            foreach (string algorithm in (string[])["MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"])
            {
                foreach (string quality in (string[])["auth", "auth-int", "auth-int, auth", ""])
                {
                    all.Add(algorithm, quality, false);
                    all.Add(algorithm, quality, true);
                }
            }

            return all;
        }
    }

    private static HttpSessionOptions Options(MockHttpServer server) => server.ClientOptions with { Credentials = Ann };

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Every_variant_is_answered_counted_and_proved(string algorithm, string quality, bool userHash)
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Digest("ann", "sécret", new MockDigestOptions
        {
            Algorithms = algorithm,
            Quality = quality,
            UserHash = userHash,
            Proof = true,
            Realm = "zoné",
        });
        server.Routes.On("*", "/a").Respond("in");
        await using var http = new HttpSession(Options(server));
        for (int i = 0; i < 3; i++)
        {
            using HttpReply got = await http.GetAsync(server.UrlOf("/a?x=1").AbsoluteUri).WaitAsync(Safety);
            Assert.Equal("in", await got.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
            using HttpReply posted = await http.PostAsync(server.UrlOf("/a").AbsoluteUri, new StringContent("body")).WaitAsync(Safety);
            Assert.Equal("in", await posted.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }

        // One challenge, then each request brings its answer, with a count that rises.
        Assert.Equal([401, .. Enumerable.Repeat(200, 6)], server.Calls.Select(static call => call.Status));
        Assert.All(server.Calls.Skip(1), call => Assert.Contains($"algorithm={algorithm}", call["Authorization"], StringComparison.Ordinal));
        if (quality is "auth-int") Assert.All(server.Calls.Skip(1), static call => Assert.Contains("qop=auth-int", call["Authorization"], StringComparison.Ordinal));
        Assert.Equal(userHash, server.Calls.Last()["Authorization"].Contains("userhash=true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_strongest_hash_that_is_offered_is_taken_and_Basic_never_beside_it()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/").Respond("in");
        server.Authentication = MockAuthentication.AnyOf(
            MockAuthentication.Basic("ann", "sécret"), MockAuthentication.Digest("ann", "sécret", "MD5, SHA-256, SHA-512-256"));
        await using var http = new HttpSession(Options(server));
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.Contains("algorithm=SHA-512-256", server.Calls.Last()["Authorization"], StringComparison.Ordinal);
        await using var basic = new HttpSession(Options(server) with { Schemes = HttpAuthenticationSchemes.Basic });
        using HttpReply other = await basic.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.StartsWith("Basic ", server.Calls.Last()["Authorization"], StringComparison.Ordinal);
        await using var none = new HttpSession(Options(server) with { Schemes = HttpAuthenticationSchemes.None });
        using HttpReply refused = await none.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
    }

    [Fact]
    public async Task A_stale_nonce_is_replaced_without_a_word_and_the_next_nonce_saves_even_that()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/stale").Protect(MockAuthentication.Digest("ann", "sécret", "SHA-256", uses: 1)).Respond("in");
        server.Routes.Get("/next").Protect(MockAuthentication.Digest("ann", "sécret", new MockDigestOptions { NextNonce = true, Realm = "next" })).Respond("in");
        await using var http = new HttpSession(Options(server));
        foreach (string path in (string[])["/stale", "/next"])
        {
            for (int i = 0; i < 3; i++)
            {
                using HttpReply reply = await http.GetAsync(server.UrlOf(path).AbsoluteUri).WaitAsync(Safety);
                Assert.True(reply.IsSuccess);
            }
        }

        Assert.Equal([401, 200, 401, 200, 401, 200], server.Calls.Of("GET", "/stale").Select(static call => call.Status));
        Assert.Equal(3, server.Calls.Of("GET", "/next").Count(static call => call.Status == 200));
        Assert.InRange(server.Calls.Of("GET", "/next").Count, 4, 5);
    }

    [Fact]
    public async Task Wrong_credentials_are_shown_once_and_never_in_a_weaker_way()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Routes.Get("/").Respond("in");
        server.Authentication = MockAuthentication.AnyOf(MockAuthentication.Digest("ann", "other"), MockAuthentication.Basic("ann", "other"));
        await using var http = new HttpSession(Options(server));
        using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
        Assert.Throws<AuthenticationFailedException>(() => reply.EnsureSuccess());
        Assert.Equal(2, server.Calls.Count);
        Assert.DoesNotContain(server.Calls, static call => call["Authorization"].StartsWith("Basic", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auth")]
    [InlineData("auth-int")]
    public async Task A_server_that_does_not_know_the_password_is_found_out(string quality)
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Digest("ann", "sécret", new MockDigestOptions { Quality = quality, WrongProof = true });
        server.Routes.Get("/").Respond("in");
        await using var http = new HttpSession(Options(server));
        AuthenticationFailedException failure = await Assert.ThrowsAsync<AuthenticationFailedException>(async () =>
        {
            using HttpReply reply = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety);
            await reply.ReadTextAsync().WaitAsync(Safety);
        });
        Assert.Contains("rspauth", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_can_be_had_once_cannot_be_covered_and_one_that_is_opened_anew_can()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Digest("ann", "sécret", new MockDigestOptions { Quality = "auth-int", Algorithms = "SHA-512-256" });
        server.Routes.On("*", "/").Respond("in");
        await using var http = new HttpSession(Options(server));
        using (HttpReply asked = await http.GetAsync(server.Url.AbsoluteUri).WaitAsync(Safety)) Assert.True(asked.IsSuccess);
        int before = server.Calls.Count;
        using var once = new StreamContent(new MemoryStream([1, 2, 3]));
        AuthenticationFailedException failure = await Assert.ThrowsAsync<AuthenticationFailedException>(
            () => http.PutAsync(server.Url.AbsoluteUri, once).WaitAsync(Safety));
        Assert.Contains("auth-int", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, server.Calls.Count);

        byte[] big = new byte[300_000];
        new Random(5).NextBytes(big);
        int opened = 0;
        using var again = new ReplayableContent(_ => { opened++; return new(new MemoryStream(big)); }, big.Length);
        using HttpReply reply = await http.PutAsync(server.Url.AbsoluteUri, again).WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        Assert.Equal(2, opened);
        Assert.Equal(big, server.Calls.Last().Body.ToArray());
    }

    [Fact]
    public async Task The_protection_space_is_the_list_of_the_server_on_its_own_origin()
    {
        await using MockHttpServer server = await MockHttpServer.StartInMemoryAsync();
        server.Authentication = MockAuthentication.Digest("ann", "sécret", new MockDigestOptions { Domain = "/in/ http://other.test/x" });
        server.Routes.On("*", "/**").Respond("in");
        await using var http = new HttpSession(Options(server));
        foreach (string path in (string[])["/in/a", "/in/b", "/out"])
        {
            using HttpReply reply = await http.GetAsync(server.UrlOf(path).AbsoluteUri).WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal(["/in/a 401", "/in/a 200", "/in/b 200", "/out 401", "/out 200"], server.Calls.Select(static call => $"{call.Path} {call.Status}"));
    }

    [Fact]
    public async Task A_proxy_that_is_handed_the_url_is_answered_over_the_whole_of_it_and_the_origin_over_the_path()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.ProxyAuthentication = MockAuthentication.Digest("puser", "ppass", new MockDigestOptions { Algorithms = "SHA-512-256", Realm = "proxy", Proof = true, NextNonce = true });
        server.Routes.Get("/a").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with
        {
            Transport = server.Transport with { Proxy = new ProxyOptions { Url = server.Url, Credentials = new Credentials("puser", "ppass") } },
        });
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.GetAsync("http://origin.test/a?b").WaitAsync(Safety);
            Assert.True(reply.IsSuccess);
        }

        Assert.Equal([407, 200, 200, 200], server.Calls.Select(static call => call.Status));
        Assert.All(server.Calls.Skip(1), static call =>
        {
            Assert.Contains("uri=\"http://origin.test/a?b\"", call["Proxy-Authorization"], StringComparison.Ordinal);
            Assert.Empty(call["Authorization"]);
        });
    }
}
