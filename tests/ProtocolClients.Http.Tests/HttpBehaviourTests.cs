using System.IO.Compression;
using System.Net;
using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

public class HttpBehaviourTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Challenge = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    private static readonly ResilienceOptions Thrice = ResilienceOptions.None with { Attempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) };

    private static string Redirect(string target, int status) => $"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n";

    // RFC 9110 §15.4: method before, status, method after, whether the body goes along.
    [Theory]
    [InlineData("POST", 301, "GET", false)]
    [InlineData("POST", 302, "GET", false)]
    [InlineData("POST", 303, "GET", false)]
    [InlineData("POST", 307, "POST", true)]
    [InlineData("POST", 308, "POST", true)]
    [InlineData("PUT", 301, "PUT", true)]
    [InlineData("PUT", 302, "PUT", true)]
    [InlineData("PUT", 303, "GET", false)]
    [InlineData("HEAD", 303, "HEAD", false)]
    [InlineData("DELETE", 307, "DELETE", false)]
    public async Task Redirects_change_the_method_as_the_rfc_says(string before, int status, string after, bool body)
    {
        await using var server = new RawServer(Redirect("/b", status), before == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : Ok);
        await using var http = new HttpSession(Options);
        StringContent? content = before is "POST" or "PUT" ? new StringContent("body") : null;
        using HttpReply reply = await http.SendAsync(new HttpMethod(before), server.Url, content).WaitAsync(Safety);
        string second = server.Heads.Last();
        Assert.StartsWith($"{after} /b ", second, StringComparison.Ordinal);
        Assert.Equal(body, second.EndsWith("\r\n\r\nbody", StringComparison.Ordinal));
        Assert.Equal(server.Url + "b", reply.FinalUrl.AbsoluteUri);
    }

    [Fact]
    public async Task A_loop_of_redirects_ends_at_the_limit_and_none_are_followed_when_off()
    {
        await using var server = new RawServer(Redirect("/", 302));
        await using var http = new HttpSession(Options with { Redirects = new RedirectPolicy { Limit = 5 } });
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(HttpRedirectRefusal.TooMany, refusal.Reason);
        Assert.Equal(6, server.Heads.Count);
        using HttpReply reply = await http.GetAsync(server.Url, new() { Redirects = RedirectPolicy.None }).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Found, reply.Status);
    }

    [Fact]
    public async Task A_body_that_can_be_had_only_once_is_not_asked_for_twice()
    {
        await using var server = new RawServer(Redirect("/b", 307), Challenge);
        await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "p") });
        HttpRedirectException redirect = await Assert.ThrowsAsync<HttpRedirectException>(() => http.PostAsync(server.Url, new StreamContent(new MemoryStream([1, 2]))).WaitAsync(Safety));
        Assert.Equal(HttpRedirectRefusal.Body, redirect.Reason);
        await Assert.ThrowsAsync<AuthenticationFailedException>(() => http.PostAsync(server.Url, new StreamContent(new MemoryStream([1, 2]))).WaitAsync(Safety));
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact]
    public async Task Basic_waits_to_be_asked_and_is_remembered_for_the_origin()
    {
        await using var server = new RawServer(Challenge, Ok, Ok);
        await using var http = new HttpSession(Options with { Credentials = new Credentials("Aladdin", "open sesame") });
        using (HttpReply reply = await http.PostAsync(server.Url, new StringContent("b")).WaitAsync(Safety)) Assert.True(reply.IsSuccess);
        using (await http.GetAsync(server.Url + "more").WaitAsync(Safety))
        {
        }

        string[] heads = [.. server.Heads];
        Assert.DoesNotContain("Authorization", heads[0], StringComparison.Ordinal);
        // The example of RFC 7617 §2.
        Assert.Contains("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n", heads[1], StringComparison.Ordinal);
        Assert.Contains("Authorization: Basic ", heads[2], StringComparison.Ordinal);
        Assert.Equal(3, heads.Length);
    }

    [Fact]
    public async Task A_refused_password_is_asked_for_once_and_is_an_authentication_failure()
    {
        await using var server = new RawServer(Challenge);
        await using var http = new HttpSession(Options with { Credentials = new Credentials("u", "wrong"), Resilience = Thrice });
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Throws<AuthenticationFailedException>(() => reply.EnsureSuccess());
        Assert.Equal(2, server.Heads.Count);
    }

    [Fact]
    public async Task Row_02_credentials_do_not_go_over_clear_text_unless_it_is_said_by_name()
    {
        await using var server = new RawServer(Ok);
        // A name that is not loopback, dialed to the loopback server.
        var dialer = new Redial(server.Port);
        HttpSessionOptions options = Options with { Credentials = new Credentials("u", "p"), PreAuthenticate = true, Transport = Options.Transport with { Dialer = dialer } };
        await using var http = new HttpSession(options);
        CapabilityMissingException refusal = await Assert.ThrowsAsync<CapabilityMissingException>(() => http.GetAsync("http://example.test/").WaitAsync(Safety));
        Assert.Equal("TLS", refusal.Capability);
        Assert.Empty(server.Heads);
        await using var careless = new HttpSession(options with { AllowClearTextCredentials = true });
        using HttpReply reply = await careless.GetAsync("http://example.test/").WaitAsync(Safety);
        Assert.Contains("Authorization: Basic", server.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", 503, 3)]
    [InlineData("GET", 429, 3)]
    [InlineData("GET", 500, 1)]
    [InlineData("GET", 404, 1)]
    [InlineData("PUT", 503, 3)]
    [InlineData("POST", 503, 1)]
    [InlineData("POST", 429, 3)]
    public async Task Transient_statuses_are_tried_again_as_the_method_allows_and_the_last_is_the_answer(string method, int status, int requests)
    {
        await using var server = new RawServer($"HTTP/1.1 {status} No\r\nContent-Length: 4\r\n\r\nbusy");
        await using var http = new HttpSession(Options with { Resilience = Thrice });
        using HttpReply reply = await http.SendAsync(new HttpMethod(method), server.Url, method == "GET" ? null : new StringContent("b")).WaitAsync(Safety);
        Assert.Equal(status, (int)reply.Status);
        Assert.Equal("busy", await reply.ReadTextAsync());
        Assert.Equal(requests, server.Heads.Count);
    }

    [Theory]
    [InlineData("POST", 1)]
    [InlineData("GET", 3)]
    public async Task A_lost_connection_repeats_only_what_may_be_repeated(string method, int minimum)
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 2", stop);
            throw new RawServer.CloseException();
        });
        await using var http = new HttpSession(Options with { Resilience = Thrice });
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => http.SendAsync(new HttpMethod(method), server.Url).WaitAsync(Safety));
        Assert.Equal(TransportError.ConnectionLost, failure.Error);
        Assert.Equal(minimum, server.Heads.Count);
    }

    [Fact]
    public async Task A_post_without_a_body_is_not_repeated_by_the_platform_either()
    {
        await using var server = new RawServer((_, _, _) => throw new RawServer.CloseException());
        await using var http = new HttpSession(Options);
        await Assert.ThrowsAsync<TransportException>(() => http.PostAsync(server.Url, null).WaitAsync(Safety));
        Assert.Contains("Content-Length: 0\r\n", server.Heads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_server_misses_the_command_deadline_and_a_stalled_body_the_idle_one()
    {
        var time = new VirtualTime();
        await using var server = new RawServer(async (head, stream, stop) =>
        {
            if (head.StartsWith("GET /body", StringComparison.Ordinal)) await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await using var http = new HttpSession(Options with { TimeProvider = time });
        Task<HttpReply> silent = http.GetAsync(server.Url);
        await UntilAsync(() => !server.Heads.IsEmpty);
        time.Advance(TimeSpan.FromSeconds(101));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => silent.WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Command), (missed.Error, missed.Phase));

        using HttpReply reply = await http.GetAsync(server.Url + "body").WaitAsync(Safety);
        await using Stream body = await reply.OpenReadAsync();
        byte[] buffer = new byte[16];
        Assert.Equal(3, await body.ReadAtLeastAsync(buffer, 3));
        ValueTask<int> reading = body.ReadAsync(buffer);
        time.Advance(TimeSpan.FromSeconds(61));
        missed = await Assert.ThrowsAsync<TransportException>(() => reading.AsTask().WaitAsync(Safety));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Idle), (missed.Error, missed.Phase));
    }

    [Fact]
    public async Task Cancelling_is_the_callers_and_stays_so()
    {
        await using var server = new RawServer((_, _, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        await using var http = new HttpSession(Options with { Resilience = Thrice });
        using var cancel = new CancellationTokenSource();
        Task<HttpReply> asking = http.GetAsync(server.Url, null, cancel.Token);
        await UntilAsync(() => !server.Heads.IsEmpty);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Safety));
        Assert.Single(server.Heads);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zlib")]
    [InlineData("deflate")]
    [InlineData("gzip, br")]
    public async Task Encoded_bodies_are_decoded(string coding)
    {
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("hello ", 1000)));
        byte[] encoded = coding switch
        {
            "gzip" => Encode(body, s => new GZipStream(s, CompressionMode.Compress)),
            "br" => Encode(body, s => new BrotliStream(s, CompressionMode.Compress)),
            "zlib" => Encode(body, s => new ZLibStream(s, CompressionMode.Compress)),
            "deflate" => Encode(body, s => new DeflateStream(s, CompressionMode.Compress)),
            _ => Encode(Encode(body, s => new GZipStream(s, CompressionMode.Compress)), s => new BrotliStream(s, CompressionMode.Compress)),
        };
        string name = coding == "zlib" ? "deflate" : coding;
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: {encoded.Length}\r\n\r\n", stop);
            await stream.WriteAsync(encoded, stop);
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(body, await reply.ReadBytesAsync());
        Assert.Contains("Accept-Encoding: gzip, deflate, br\r\n", server.Heads.First(), StringComparison.Ordinal);
        using HttpReply verbatim = await http.GetAsync(server.Url, new() { Decoding = DecodingOptions.None }).WaitAsync(Safety);
        Assert.Equal(encoded, await verbatim.ReadBytesAsync());
        Assert.Equal(encoded.Length, verbatim.Length);
    }

    [Fact]
    public async Task Damage_in_an_encoded_body_is_told_as_such()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip now");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAsync<WireFormatException>(() => reply.ReadBytesAsync().WaitAsync(Safety));
    }

    [Fact]
    public async Task Bodies_in_memory_are_limited_and_large_ones_stream()
    {
        await using var server = new RawServer($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{new string('x', 100_000)}");
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        await Assert.ThrowsAsync<WireLimitException>(() => reply.ReadTextAsync(limit: 99_999).WaitAsync(Safety));
        using HttpReply again = await http.GetAsync(server.Url).WaitAsync(Safety);
        var copy = new MemoryStream();
        await (await again.OpenReadAsync()).CopyToAsync(copy).WaitAsync(Safety);
        Assert.Equal(100_000, copy.Length);
        await Assert.ThrowsAsync<InvalidOperationException>(() => again.ReadTextAsync());
    }

    private static byte[] Encode(byte[] bytes, Func<Stream, Stream> encoder)
    {
        var encoded = new MemoryStream();
        using (Stream stream = encoder(encoded)) stream.Write(bytes);
        return encoded.ToArray();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (!condition())
        {
            safety.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Redial(int port) : Transport.IDialer
    {
        public ValueTask<Transport.Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default) =>
            new Transport.SocketDialer().DialAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
    }
}
