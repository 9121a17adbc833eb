using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Http;

/// <summary>Sessions and openers on nginx.</summary>
public sealed class NginxTests(RealServers servers) : IAsyncLifetime
{
    private string Http => servers["NGINX_HTTP"];

    private string Https => servers["NGINX_HTTPS"];

    public async ValueTask InitializeAsync() => await servers.RequireAsync("nginx");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_text_is_read_by_http()
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Http + "/hello.txt");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("text/plain", reply.MediaType);
        Assert.Equal("hello, world\n", await reply.ReadTextAsync());
    }

    [Fact]
    public async Task Https_speaks_HTTP_2_with_the_trusted_authority()
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Https + "/echo");
        Assert.Equal(HttpVersion.Version20, reply.Version);
        Assert.StartsWith("GET /echo HTTP/2.0\n", await reply.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authority_that_is_not_trusted_ends_in_a_TLS_failure()
    {
        await using HttpSession session = Session(new TransportOptions { Proxy = ProxyOptions.None });
        TransportException thrown = await Assert.ThrowsAsync<TransportException>(() => session.GetAsync(Https + "/hello.txt"));
        Assert.Equal(TransportError.Tls, thrown.Error);
        Assert.False(thrown.IsTransient);
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_gets_ours_and_answers()
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(servers["FLEET_CLIENT_CERT"], servers["FLEET_CLIENT_KEY"]);
        TransportOptions trusting = servers.Trusting;
        await using HttpSession with = Session(trusting with { Tls = trusting.Tls with { ClientCertificate = pem } });
        await using HttpSession without = Session(trusting);

        using HttpReply served = await with.GetAsync(servers["NGINX_MTLS"] + "/hello.txt");
        using HttpReply refused = await without.GetAsync(servers["NGINX_MTLS"] + "/hello.txt");

        Assert.Equal("hello, world\n", await served.ReadTextAsync());
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
    }

    [Theory]
    [InlineData("bytes=7-11", "world")]
    [InlineData("bytes=-6", "world\n")]
    public async Task A_range_is_served_as_206(string range, string expected)
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Http + "/hello.txt", new HttpCallOptions { Headers = [("Range", range)] });
        Assert.Equal(HttpStatusCode.PartialContent, reply.Status);
        Assert.Equal(expected, await reply.ReadTextAsync());
    }

    [Fact]
    public async Task A_gzipped_text_arrives_as_it_was()
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Http + "/big.txt");
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(servers["FLEET_WWW"], "big.txt")), await reply.ReadTextAsync());

        await using HttpSession plain = Session(decoding: DecodingOptions.None);
        using HttpReply asked = await plain.GetAsync(Http + "/big.txt", new HttpCallOptions { Headers = [("Accept-Encoding", "gzip")] });
        byte[] raw = await asked.ReadBytesAsync();
        Assert.Equal([0x1f, 0x8b], raw[..2]);
    }

    [Fact]
    public async Task Basic_credentials_open_what_is_closed_without()
    {
        await using HttpSession without = Session();
        using HttpReply refused = await without.GetAsync(Https + "/basic/hello.txt");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);

        await using HttpSession with = Session(credentials: servers.Credentials);
        using HttpReply served = await with.GetAsync(Https + "/basic/hello.txt");
        Assert.Equal("hello, world\n", await served.ReadTextAsync());

        await using HttpSession wrong = Session(credentials: new Credentials("fleet", "wrong"));
        await Assert.ThrowsAsync<AuthenticationFailedException>(async () =>
            (await wrong.GetAsync(Https + "/basic/hello.txt")).EnsureSuccess());
    }

    [Fact]
    public async Task A_redirect_is_followed_a_loop_and_another_scheme_are_not()
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Http + "/redirect");
        Assert.Equal("hello, world\n", await reply.ReadTextAsync());
        Assert.Equal(Http + "/hello.txt", reply.FinalUrl.ToString());
        Assert.Equal(HttpStatusCode.Redirect, Assert.Single(reply.History).Status);

        var loop = await Assert.ThrowsAsync<HttpRedirectException>(() => session.GetAsync(Http + "/loop"));
        Assert.Equal(HttpRedirectRefusal.TooMany, loop.Reason);
        var scheme = await Assert.ThrowsAsync<HttpRedirectException>(() => session.GetAsync(Http + "/redirect-to-file"));
        Assert.Equal(HttpRedirectRefusal.Scheme, scheme.Reason);
    }

    [Fact]
    public async Task What_is_not_there_is_a_status_and_a_typed_exception()
    {
        await using HttpSession session = Session();
        using HttpReply reply = await session.GetAsync(Http + "/nothing");
        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Equal(HttpStatusCode.NotFound, Assert.Throws<HttpStatusException>(reply.EnsureSuccess).Status);
    }

    [Fact]
    public async Task A_body_is_put_read_back_and_deleted()
    {
        await using HttpSession session = Session();
        string url = Http + "/put/" + Guid.NewGuid().ToString("N") + ".txt";
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes("what was put"));

        using HttpReply put = await session.PutAsync(url, body);
        using HttpReply got = await session.GetAsync(url);
        using HttpReply deleted = await session.DeleteAsync(url);
        using HttpReply gone = await session.GetAsync(url);

        Assert.Equal(HttpStatusCode.Created, put.Status);
        Assert.Equal("what was put", await got.ReadTextAsync());
        Assert.Equal(HttpStatusCode.NoContent, deleted.Status);
        Assert.Equal(HttpStatusCode.NotFound, gone.Status);
    }

    [Theory]
    [InlineData("NGINX_HTTP", "1m.bin")]
    [InlineData("NGINX_HTTPS", "1m.bin")]
    [InlineData("NGINX_HTTP", "64m.bin")]
    public async Task A_file_is_retrieved_byte_by_byte_the_same(string server, string name)
    {
        string folder = Directory.CreateTempSubdirectory("retrieved-").FullName;
        try
        {
            await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = servers.Trusting });
            string path = Path.Combine(folder, name);
            using RetrievedFile file = await opener.RetrieveAsync(servers[server] + "/" + name, path);
            Assert.Equal(await HashAsync(Path.Combine(servers["FLEET_WWW"], name)), await HashAsync(path));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_no_file_behind()
    {
        string folder = Directory.CreateTempSubdirectory("retrieved-").FullName;
        try
        {
            await using var opener = new UrlOpener(new UrlOpenerOptions { Transport = servers.Trusting });
            var options = new RetrieveOptions { Checksum = Checksum.Parse("sha256:" + new string('0', 64)) };
            await Assert.ThrowsAsync<IntegrityException>(() => opener.RetrieveAsync(Http + "/1m.bin", Path.Combine(folder, "x"), options));
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> HashAsync(string path)
    {
        await using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }

    private HttpSession Session(TransportOptions? transport = null, Credentials? credentials = null, DecodingOptions? decoding = null)
    {
        return new HttpSession(new HttpSessionOptions
        {
            Transport = transport ?? servers.Trusting,
            Credentials = credentials,
            Decoding = decoding ?? DecodingOptions.Default,
        });
    }
}
