using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.HttpTests;

public class HttpSessionTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static HttpSession Session(Func<HttpSessionOptions, HttpSessionOptions>? change = null)
    {
        var options = new HttpSessionOptions { Resilience = ResilienceOptions.None };
        options = options with { Transport = options.Transport with { Proxy = ProxyOptions.None } };
        return new HttpSession(change is null ? options : change(options));
    }

    [Fact]
    public async Task Get_gives_status_headers_and_text()
    {
        await using var server = new RawServer(Hello);
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(server.Url + "a?b=c#d").WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("OK", reply.Reason);
        Assert.Equal("text/plain", reply.MediaType);
        Assert.Equal("utf-8", reply.Charset);
        Assert.Equal(5, reply.Length);
        Assert.Equal("hello", await reply.ReadTextAsync());
        Assert.Equal(server.Url + "a?b=c#d", reply.FinalUrl.AbsoluteUri);
        Assert.StartsWith("GET /a?b=c HTTP/1.1\r\n", Assert.Single(server.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_gives_the_length_and_no_body()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        await using HttpSession http = Session();
        using HttpReply reply = await http.HeadAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(12345, reply.Length);
        Assert.Empty(await reply.ReadBytesAsync());
    }

    [Fact]
    public async Task Post_and_put_send_the_body()
    {
        await using var server = new RawServer(Hello);
        await using HttpSession http = Session();
        using (await http.PostAsync(server.Url, new StringContent("abc")).WaitAsync(Safety))
        {
        }

        using (await http.PutAsync(server.Url, new ReplayableContent(_ => new(new MemoryStream("xyz"u8.ToArray())), 3)).WaitAsync(Safety))
        {
        }

        string[] heads = [.. server.Heads];
        Assert.StartsWith("POST / ", heads[0], StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nabc", heads[0], StringComparison.Ordinal);
        Assert.StartsWith("PUT / ", heads[1], StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nxyz", heads[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_port_is_a_connect_failure_that_was_not_sent()
    {
        await using HttpSession http = Session();
        // Bound and not listening: nobody else can take the port meanwhile.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => http.GetAsync($"http://127.0.0.1:{port}/").WaitAsync(Safety));
        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_an_integrity_failure()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", stop);
            throw new RawServer.CloseException();
        });
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(() => reply.ReadBytesAsync().WaitAsync(Safety));
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_status_is_an_answer_until_success_is_asked_for()
    {
        await using var server = new RawServer("HTTP/1.1 404 Not Here\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nno such");
        await using HttpSession http = Session();
        using HttpReply reply = await http.GetAsync(server.Url + "x?token=t").WaitAsync(Safety);
        HttpStatusException refusal = Assert.Throws<HttpStatusException>(() => reply.EnsureSuccess());
        Assert.Equal(HttpStatusCode.NotFound, refusal.Status);
        Assert.Equal("no such", refusal.Excerpt);
        Assert.Equal($"404 Not Here: {server.Url}x", refusal.Message);
        Assert.False(refusal.IsTransient);
        Assert.Equal("no such", await reply.ReadTextAsync());
    }
}
