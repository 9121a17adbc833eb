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

    [Theory]
    [InlineData("", "31d6cfe0d16ae931b73c59d7e0c089c0")]
    [InlineData("a", "bde52cb31de33e46245e05fbdbd6fb24")]
    [InlineData("abc", "a448017aaf21d8525fc10ae87aa6729d")]
    [InlineData("message digest", "d9130a8164549fe818874806e1c7014b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "e33b4ddc9c38f2199c3e7b164fcc0536")]
    public void The_vectors_of_MD4_come_out(string text, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Md4.Hash(System.Text.Encoding.ASCII.GetBytes(text))));

    [Theory]
    [InlineData(0, "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a")]
    [InlineData(111, "bd209f60b0d04102a09175297fd255367e54b5a5605b928635c606306914363f")]
    [InlineData(112, "2cafeb0882cc405167e9a255b8581a66dc683212474902dd453dbca20a94e61a")]
    [InlineData(300, "e8c6690786f704dcd81e091a37ade62feec7150ecdf56885de3c50c01136d17c")]
    public void The_second_SHA_512_256_agrees_with_the_standards(int length, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(MockSha512T256.Hash([.. Enumerable.Range(0, length).Select(static i => (byte)i)])));

    [Fact]
    public async Task A_count_that_does_not_rise_is_refused()
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync();
        server.Routes.Get("/d").Protect(MockAuthentication.Digest("u", "p")).Respond("in");
        string asked = await Raw.GetAsync(server, "/d");
        string nonce = asked[(asked.IndexOf("nonce=\"", StringComparison.Ordinal) + 7)..][..32];
        string Answer(string count) => DigestAnswer("u", "p", nonce, count);
        Assert.StartsWith("HTTP/1.1 200", await Raw.GetAsync(server, "/d", Answer("00000005")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401", await Raw.GetAsync(server, "/d", Answer("00000004")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401", await Raw.GetAsync(server, "/d", Answer("00000005")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401", await Raw.GetAsync(server, "/d", Answer("00000000")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await Raw.GetAsync(server, "/d", Answer("00000006")), StringComparison.Ordinal);
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

    private static string DigestAnswer(string user, string password, string nonce, string count)
    {
#pragma warning disable CA5351 // What the protocol's oldest algorithm is.
        static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
        string response = Hash($"{Hash($"{user}:mock:{password}")}:{nonce}:{count}:c:auth:{Hash("GET:/d")}");
        return $"Authorization: Digest username=\"{user}\", realm=\"mock\", nonce=\"{nonce}\", uri=\"/d\", response=\"{response}\", algorithm=MD5, "
            + $"qop=auth, nc={count}, cnonce=\"c\", opaque=\"6d6f636b\"\r\n";
    }

    private static async Task<HttpStatusCode> GetAsync(MockHttpServer server, string password)
    {
        using HttpMessageInvoker http = new(new SocketsHttpHandler { UseProxy = false, Credentials = new NetworkCredential("ann", password) });
        using var request = new HttpRequestMessage(HttpMethod.Get, server.UrlOf("/d"));
        using HttpResponseMessage reply = await http.SendAsync(request, default).WaitAsync(Raw.Safety);
        return reply.StatusCode;
    }
}
