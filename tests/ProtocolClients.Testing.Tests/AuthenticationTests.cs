using System.Net;
using System.Net.Http;

namespace ProtocolClients.Testing.Tests;

public sealed class AuthenticationTests
{
    [Fact]
    public async Task Basic_lets_in_who_knows_the_password()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Authentication = MockAuthentication.Basic("ann", "pä:ss");
        server.Routes.Get("/").Respond("in");
        string refused = await Raw.GetAsync(server, "/");
        Assert.StartsWith("HTTP/1.1 401", refused, StringComparison.Ordinal);
        Assert.Contains("WWW-Authenticate: Basic realm=\"mock\", charset=\"UTF-8\"\r\n", refused, StringComparison.Ordinal);
        string right = Convert.ToBase64String("ann:pä:ss"u8);
        Assert.EndsWith("in", await Raw.GetAsync(server, "/", $"Authorization: basic {right}\r\n"), StringComparison.Ordinal);
        string wrong = Convert.ToBase64String("ann:pass"u8);
        Assert.StartsWith("HTTP/1.1 401", await Raw.GetAsync(server, "/", $"Authorization: Basic {wrong}\r\n"), StringComparison.Ordinal);
        Assert.DoesNotContain(right, server.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MD5")]
    [InlineData("SHA-256")]
    [InlineData("MD5-sess")]
    [InlineData("SHA-256, MD5")]
    public async Task Digest_takes_the_answer_of_the_platform_s_client(string algorithm)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/d").Protect(MockAuthentication.Digest("ann", "secret", algorithm)).Respond("in");
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server, "secret"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(server, "guess"));
        Assert.Contains("Digest ", server.Calls.Of("GET", "/d")[1]["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_digest_counted_twice_is_a_replay_and_a_nonce_used_up_is_stale()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/d").Protect(MockAuthentication.Digest("ann", "secret", uses: 1)).Respond("in");
        using HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false, Credentials = new NetworkCredential("ann", "secret") });
        for (int i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.UrlOf("/d"));
            using HttpResponseMessage reply = await http.SendAsync(request, default).WaitAsync(Raw.Safety);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }

        MockHttpCall accepted = server.Calls.First(call => call.Status == 200);
        string replayed = await Raw.GetAsync(server, "/d", $"Authorization: {accepted["Authorization"]}\r\n");
        Assert.StartsWith("HTTP/1.1 401", replayed, StringComparison.Ordinal);
        string forged = accepted["Authorization"].Replace("nonce=\"", "nonce=\"0", StringComparison.Ordinal);
        Assert.DoesNotContain("stale", await Raw.GetAsync(server, "/d", $"Authorization: {forged}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bearer_lets_in_who_has_the_token()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/b").Protect(MockAuthentication.Bearer("t0ken")).Respond("in");
        Assert.Contains("WWW-Authenticate: Bearer", await Raw.GetAsync(server, "/b"), StringComparison.Ordinal);
        Assert.EndsWith("in", await Raw.GetAsync(server, "/b", "Authorization: Bearer t0ken\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_are_malformed_or_doubled_are_nothing()
    {
        Assert.Equal("a\"b", DigestFields.Parse("x=1, name=\"a\\\"b\" , y=2")["name"]);
        Assert.Empty(DigestFields.Parse("x=1, x=2"));
        Assert.Empty(DigestFields.Parse("x=\"open"));
        Assert.Empty(DigestFields.Parse("novalue"));
    }

    private static async Task<HttpStatusCode> GetAsync(MockHttpServer server, string password)
    {
        using HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false, Credentials = new NetworkCredential("ann", password) });
        using var request = new HttpRequestMessage(HttpMethod.Get, server.UrlOf("/d"));
        using HttpResponseMessage reply = await http.SendAsync(request, default).WaitAsync(Raw.Safety);
        return reply.StatusCode;
    }
}
