using System.Net;
using System.Net.Http;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Http;

/// <summary>Sessions on Apache httpd: what nginx has not.</summary>
public sealed class ApacheTests(RealServers servers) : IAsyncLifetime
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private string Http => servers["APACHE_HTTP"];

    public async ValueTask InitializeAsync() => await servers.RequireAsync("apache");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("APACHE_HTTP")]
    [InlineData("APACHE_HTTPS")]
    public async Task Digest_lets_in_with_one_challenge_for_many_requests(string address)
    {
        var log = new RecordingWireLog();
        await using var http = new HttpSession(Options with { Credentials = servers.Credentials, WireLog = log });
        for (int i = 0; i < 5; i++)
        {
            using HttpReply reply = await http.GetAsync(servers[address] + "/digest/hello.txt").WaitAsync(Safety);
            Assert.Equal("hello, world\n", await reply.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }

        Assert.Equal(1, log.Text.Split(" 401 ").Length - 1);
    }

    [Fact]
    public async Task Digest_refuses_a_wrong_password_and_nobody()
    {
        foreach (Credentials? credentials in (Credentials?[])[null, new("fleet", "wrong"), new("nobody", "wrong")])
        {
            await using var http = new HttpSession(Options with { Credentials = credentials });
            using HttpReply reply = await http.GetAsync(Http + "/digest/hello.txt").WaitAsync(Safety);
            Assert.Throws<AuthenticationFailedException>(reply.EnsureSuccess);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_goes_through_Digest_whole(bool known)
    {
        byte[] content = new byte[200_000];
        new Random(3).NextBytes(content);
        await using var http = new HttpSession(Options with { Credentials = servers.Credentials });
        var body = new ReplayableContent(_ => ValueTask.FromResult<Stream>(new MemoryStream(content)), known ? content.Length : null);
        using HttpReply reply = await http.PostAsync(Http + "/cgi/closed", body).WaitAsync(Safety);
        Assert.Equal(("POST", "Digest"), (reply.EnsureSuccess().Headers["X-Method"], reply.Headers["X-Auth"]));
        Assert.Equal(content, await reply.ReadBytesAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task A_body_follows_a_307_and_a_chunked_one_arrives()
    {
        await using var http = new HttpSession(Options);
        byte[] content = "chunked, since its length is not known"u8.ToArray();
        using HttpReply reply = await http.PostAsync(Http + "/cgi/moved", new ReplayableContent(_ => ValueTask.FromResult<Stream>(new MemoryStream(content)))).WaitAsync(Safety);
        Assert.Equal(content, await reply.EnsureSuccess().ReadBytesAsync().WaitAsync(Safety));
        Assert.Equal(Http + "/cgi/echo", reply.FinalUrl.AbsoluteUri);
    }

    [Fact]
    public async Task A_deflated_text_arrives_as_it_was()
    {
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(Http + "/big.txt").WaitAsync(Safety);
        Assert.Equal("gzip", reply.Headers["Content-Encoding"]);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(servers["FLEET_WWW"], "big.txt")), await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task WebDAV_answers_its_own_methods()
    {
        await using var http = new HttpSession(Options);
        string folder = $"{Http}/dav/{Guid.NewGuid():N}";
        using (HttpReply made = await http.SendAsync(new HttpMethod("MKCOL"), folder + "/").WaitAsync(Safety)) Assert.Equal(HttpStatusCode.Created, made.Status);
        using (HttpReply put = await http.PutAsync(folder + "/a", new ByteArrayContent([1])).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.Created, put.Status);
        using (HttpReply moved = await http.SendAsync(new HttpMethod("MOVE"), folder + "/a", null, new() { Headers = [("Destination", folder + "/b")] }).WaitAsync(Safety))
        {
            Assert.Equal(HttpStatusCode.Created, moved.Status);
        }

        using (HttpReply listed = await http.SendAsync(new HttpMethod("PROPFIND"), folder + "/", null, new() { Headers = [("Depth", "1")] }).WaitAsync(Safety))
        {
            Assert.Equal(HttpStatusCode.MultiStatus, listed.Status);
            Assert.Contains("/b</D:href>", await listed.ReadTextAsync().WaitAsync(Safety), StringComparison.Ordinal);
        }

        // A condition that does not hold changes nothing.
        using (HttpReply kept = await http.PutAsync(folder + "/b", new ByteArrayContent([2]), new() { Headers = [("If-None-Match", "*")] }).WaitAsync(Safety))
        {
            Assert.Equal(HttpStatusCode.PreconditionFailed, kept.Status);
        }

        using (HttpReply gone = await http.DeleteAsync(folder + "/").WaitAsync(Safety)) Assert.Equal(HttpStatusCode.NoContent, gone.Status);
    }

    [Fact]
    public async Task Https_speaks_HTTP_2()
    {
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(servers["APACHE_HTTPS"] + "/hello.txt").WaitAsync(Safety);
        Assert.Equal((HttpVersion.Version20, HttpStatusCode.OK), (reply.Version, reply.Status));
    }

    private HttpSessionOptions Options => new() { Transport = servers.Trusting };
}
