using System.Net;
using System.Net.Http;
using System.Text;

namespace ProtocolClients.HttpTests;

/// <summary>
/// What a session does on any server that serves files: the same tests on the mock server and on real ones. The server has
/// <c>/hello.txt</c> ("hello, world" and a line end), the same file below <c>/basic/</c> for who says who he is, a redirect at
/// <c>/redirect</c> to the first, and a folder whose files can be put and deleted.
/// </summary>
public abstract class HttpServerBehaviour
{
    protected const string Text = "hello, world\n";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    /// <summary>The server's address without a slash at its end.</summary>
    protected abstract string Address { get; }

    /// <summary>The path of the folder that takes PUT and DELETE, with a slash at both ends.</summary>
    protected abstract string Writable { get; }

    protected abstract Credentials Credentials { get; }

    protected abstract TransportOptions Transport { get; }

    [Fact]
    public async Task A_file_is_read_with_its_facts()
    {
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(Address + "/hello.txt").WaitAsync(Safety);
        Assert.Equal((HttpStatusCode.OK, "text/plain"), (reply.Status, reply.MediaType));
        Assert.NotNull(reply.Headers["ETag"]);
        Assert.Equal(Text, await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task The_head_alone_has_the_length_and_no_body_and_its_connection_goes_on()
    {
        await using HttpSession http = Session();
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.HeadAsync(Address + "/hello.txt").WaitAsync(Safety);
            Assert.Equal((HttpStatusCode.OK, (long?)Text.Length), (reply.Status, reply.Length));
            Assert.Empty(await reply.ReadBytesAsync().WaitAsync(Safety));
        }
    }

    [Theory]
    [InlineData("bytes=0-4", "hello")]
    [InlineData("bytes=7-", "world\n")]
    [InlineData("bytes=-6", "world\n")]
    public async Task A_part_is_served_alone(string range, string expected)
    {
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(Address + "/hello.txt", new() { Headers = [("Range", range)] }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.PartialContent, reply.Status);
        Assert.Matches("^bytes [0-9]+-[0-9]+/13$", reply.Headers["Content-Range"]);
        Assert.Equal(expected, await reply.ReadTextAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task A_part_that_is_not_there_and_a_state_that_is_known_are_said_so()
    {
        await using HttpSession http = Session();
        using HttpReply beyond = await http.GetAsync(Address + "/hello.txt", new() { Headers = [("Range", "bytes=100-")] }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.Status);
        // How long it is should be said (RFC 9110 §14.4), and Apache does not.
        Assert.True(beyond.Headers["Content-Range"] is null or "bytes */13", beyond.Headers["Content-Range"]);
        using HttpReply plain = await http.HeadAsync(Address + "/hello.txt").WaitAsync(Safety);
        using HttpReply known = await http.GetAsync(Address + "/hello.txt", new() { Headers = [("If-None-Match", plain.Headers["ETag"]!)] }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.NotModified, known.Status);
        // Another state: the whole of it instead of a part.
        using HttpReply other = await http.GetAsync(Address + "/hello.txt", new() { Headers = [("Range", "bytes=0-4"), ("If-Range", "\"other\"")] }).WaitAsync(Safety);
        Assert.Equal((HttpStatusCode.OK, Text), (other.Status, await other.ReadTextAsync().WaitAsync(Safety)));
    }

    [Fact]
    public async Task A_redirect_is_followed_and_remembered_or_answered()
    {
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(Address + "/redirect").WaitAsync(Safety);
        Assert.Equal(Text, await reply.ReadTextAsync().WaitAsync(Safety));
        Assert.Equal((Address + "/hello.txt", HttpStatusCode.Found), (reply.FinalUrl.AbsoluteUri, Assert.Single(reply.History).Status));
        using HttpReply answered = await http.GetAsync(Address + "/redirect", new() { Redirects = RedirectPolicy.None }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Found, answered.Status);
    }

    [Fact]
    public async Task Who_says_who_he_is_is_let_in_once_asked()
    {
        await using HttpSession nobody = Session();
        using HttpReply refused = await nobody.GetAsync(Address + "/basic/hello.txt").WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        await using HttpSession somebody = Session(Credentials);
        for (int i = 0; i < 2; i++)
        {
            using HttpReply reply = await somebody.GetAsync(Address + "/basic/hello.txt").WaitAsync(Safety);
            Assert.Equal(Text, await reply.ReadTextAsync().WaitAsync(Safety));
        }

        await using HttpSession impostor = Session(new Credentials(Credentials.User, "wrong"));
        using HttpReply wrong = await impostor.GetAsync(Address + "/basic/hello.txt").WaitAsync(Safety);
        Assert.Throws<AuthenticationFailedException>(wrong.EnsureSuccess);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_put_is_served_replaced_and_deleted(bool known)
    {
        byte[] content = new byte[300_000];
        new Random(7).NextBytes(content);
        string url = Address + Writable + Guid.NewGuid().ToString("N") + ".bin";
        await using HttpSession http = Session();
        using (HttpReply put = await http.PutAsync(url, Body(content, known)).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.Created, put.Status);
        using (HttpReply got = await http.GetAsync(url).WaitAsync(Safety)) Assert.Equal(content, await got.ReadBytesAsync().WaitAsync(Safety));
        using (HttpReply put = await http.PutAsync(url, Body("short"u8.ToArray(), known)).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.NoContent, put.Status);
        using (HttpReply got = await http.GetAsync(url).WaitAsync(Safety)) Assert.Equal("short", await got.ReadTextAsync().WaitAsync(Safety));
        using (HttpReply gone = await http.DeleteAsync(url).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.NoContent, gone.Status);
        using (HttpReply missing = await http.GetAsync(url).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.NotFound, missing.Status);
        using (HttpReply again = await http.DeleteAsync(url).WaitAsync(Safety)) Assert.Equal(HttpStatusCode.NotFound, again.Status);
    }

    [Fact]
    public async Task A_name_is_found_at_the_address_that_the_options_give()
    {
        Uri address = new(Address);
        if (Transport.Dialer is not null) return;
        var hosts = new HostMapping("files.example", IPAddress.Loopback) { ToPort = address.Port };
        await using HttpSession http = Session(transport: Transport with { Hosts = [hosts], Tls = Transport.Tls with { ServerName = address.Host } });
        using HttpReply reply = await http.GetAsync($"{address.Scheme}://files.example/hello.txt").WaitAsync(Safety);
        Assert.Equal(Text, await reply.ReadTextAsync().WaitAsync(Safety));
    }

    private static ReplayableContent Body(byte[] content, bool known) =>
        new(_ => ValueTask.FromResult<Stream>(new MemoryStream(content)), known ? content.Length : null);

    private HttpSession Session(Credentials? credentials = null, TransportOptions? transport = null) => new(new()
    {
        Transport = transport ?? Transport,
        Credentials = credentials,
        Decoding = DecodingOptions.None,
    });
}
