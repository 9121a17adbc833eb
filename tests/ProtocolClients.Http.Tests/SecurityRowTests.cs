using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.HttpTests;

/// <summary>Rows of the list of advisories that concern HTTP.</summary>
public partial class SecurityRowTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    private static string Redirect(string target, int status = 302) => $"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData("same", true)]
    [InlineData("relative", true)]
    [InlineData("port", false)]
    [InlineData("host", false)]
    [InlineData("userinfo", false)]
    public async Task Row_06_secrets_are_bound_to_scheme_host_and_port(string change, bool kept)
    {
        await using var other = new RawServer(Ok);
        RawServer? self = null;
        int asked = 0;
        await using var server = new RawServer((_, stream, stop) => RawServer.WriteAsync(stream, Interlocked.Increment(ref asked) > 1 ? Ok : Redirect(change switch
        {
            "same" => self!.Url + "next",
            "relative" => "/next",
            "port" => other.Url + "next",
            "host" => $"http://localhost:{self!.Port}/next",
            _ => $"http://evil:pass@127.0.0.1:{other.Port}/next",
        }), stop));
        self = server;
        await using var http = new HttpSession(Options with { SecretHeaders = ["X-Token"], Headers = [("X-Token", "marked"), ("X-Plain", "plain")] });
        var call = new HttpCallOptions { Headers = [("Authorization", "Bearer abc"), ("Cookie", "a=b"), ("Referer", server.Url), ("Proxy-Authorization", "Basic eA==")] };
        using HttpReply reply = await http.GetAsync(server.Url, call).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(server.Url, Assert.Single(reply.History).Url.AbsoluteUri);
        string head = server.Heads.Concat(other.Heads).Last();
        Assert.StartsWith("GET /next ", head, StringComparison.Ordinal);
        Assert.Contains("X-Plain: plain", head, StringComparison.Ordinal);
        foreach (string secret in (string[])["Authorization: Bearer abc", "Cookie: a=b", "X-Token: marked", "Referer: "])
        {
            Assert.Equal(kept, head.Contains(secret, StringComparison.Ordinal));
        }

        Assert.DoesNotContain("Proxy-Authorization", string.Concat(server.Heads.Concat(other.Heads)), StringComparison.Ordinal);

        Assert.DoesNotContain("evil", head, StringComparison.Ordinal);
        Assert.DoesNotContain("ZXZpbDpwYXNz", head, StringComparison.Ordinal);
        Assert.Empty(reply.FinalUrl.UserInfo);
    }

    [Fact]
    public async Task Row_06_what_was_dropped_stays_dropped_on_the_way_back()
    {
        RawServer? first = null;
        await using var other = new RawServer((_, stream, stop) => RawServer.WriteAsync(stream, Redirect(first!.Url + "back"), stop));
        await using var server = new RawServer(Redirect(other.Url), Ok);
        first = server;
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url, new() { Headers = [("Authorization", "Bearer abc")] }).WaitAsync(Safety);
        Assert.Contains("Authorization", server.Heads.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", server.Heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_06_credentials_from_the_url_and_the_options_stay_with_their_origin()
    {
        await using var other = new RawServer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
        await using var server = new RawServer(Redirect(other.Url));
        await using var http = new HttpSession(Options with { Credentials = new Credentials("user", "secret"), PreAuthenticate = true });
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Contains("Authorization: Basic dXNlcjpzZWNyZXQ=", server.Heads.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", other.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("imap://127.0.0.1/")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("data:,x")]
    [InlineData("local_file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1/")]
    public async Task Row_07_a_redirect_never_leaves_the_protocol(string target)
    {
        await using var server = new RawServer(Redirect(target));
        await using var http = new HttpSession(Options);
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        // What has no scheme by the grammar is a relative reference, or malformed; either way nothing else was opened.
        Assert.True(refusal.Reason is HttpRedirectRefusal.Scheme or HttpRedirectRefusal.Malformed or HttpRedirectRefusal.TooMany);
    }

    [Fact]
    public async Task Row_08_a_proxys_credentials_stay_on_its_hop()
    {
        await using var proxy = new RawServer(
            "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n", Redirect("http://other.test/next"), Ok, Ok);
        await using var origin = new RawServer(Ok);
        var through = new ProxyOptions { Url = new Uri(proxy.Url), Credentials = new Credentials("puser", "ppass"), NoProxy = "127.0.0.1" };
        await using var http = new HttpSession(Options with { Transport = Options.Transport with { Proxy = through } });
        using HttpReply reply = await http.GetAsync("http://origin.test/a?b").WaitAsync(Safety);
        Assert.True(reply.IsSuccess);
        string[] heads = [.. proxy.Heads];
        Assert.StartsWith("GET http://origin.test/a?b HTTP/1.1\r\n", heads[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-Authorization", heads[0], StringComparison.Ordinal);
        string expected = "Proxy-Authorization: Basic " + Convert.ToBase64String("puser:ppass"u8);
        Assert.Contains(expected, heads[1], StringComparison.Ordinal);
        Assert.StartsWith("GET http://other.test/next HTTP/1.1\r\n", heads[2], StringComparison.Ordinal);
        Assert.Contains(expected, heads[2], StringComparison.Ordinal);
        using HttpReply direct = await http.GetAsync(origin.Url).WaitAsync(Safety);
        Assert.StartsWith("GET / HTTP/1.1\r\n", origin.Heads.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-Authorization", origin.Heads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_14_a_bomb_of_compression_is_stopped_by_ratio_and_by_output()
    {
        byte[] bomb = Compress(new byte[64 * 1024 * 1024]);
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n", stop);
            await stream.WriteAsync(bomb, stop);
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Null(reply.Length);
        WireLimitException ratio = await Assert.ThrowsAsync<WireLimitException>(() => reply.ReadBytesAsync(long.MaxValue).WaitAsync(Safety));
        Assert.Equal("Ratio", ratio.Limit);
        using HttpReply again = await http.GetAsync(server.Url, new() { Decoding = new() { Output = 1000 } }).WaitAsync(Safety);
        WireLimitException output = await Assert.ThrowsAsync<WireLimitException>(() => again.ReadBytesAsync(long.MaxValue).WaitAsync(Safety));
        Assert.Equal("Output", output.Limit);
    }

    [Fact]
    public async Task Row_14_fifty_encodings_over_fifty_headers_are_refused()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("Content-Encoding: gzip\r\n", 50)) + "Content-Length: 2\r\n\r\nok");
        await using var http = new HttpSession(Options);
        WireLimitException limit = await Assert.ThrowsAsync<WireLimitException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal("Layers", limit.Limit);
    }

    [Theory]
    [InlineData("X-A: b\r\n", nameof(WireLimits.Lines))]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", nameof(WireLimits.Message))]
    public async Task Row_15_an_endless_head_is_cut_off(string piece, string reached)
    {
        string block = string.Concat(Enumerable.Repeat(piece, 1000));
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nX: ", stop);
            while (true) await RawServer.WriteAsync(stream, block, stop);
        });
        await using var http = new HttpSession(Options);
        WireLimitException limit = await Assert.ThrowsAsync<WireLimitException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(reached, limit.Limit);
        Assert.False(limit.IsTransient);
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")]
    public async Task Row_17_endless_interim_answers_are_cut_off(string interim)
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            while (true) await RawServer.WriteAsync(stream, interim, stop);
        });
        await using var http = new HttpSession(Options);
        await Assert.ThrowsAsync<WireLimitException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, nameof(WireLimits.IntermediateReplies))]
    public async Task Row_17_interim_answers_are_counted(int count, string? limit)
    {
        await using var server = new RawServer(string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", count)) + Ok);
        await using var http = new HttpSession(Options);
        for (int i = 0; i < 2; i++)
        {
            if (limit is null)
            {
                // Each answer has a count of its own.
                using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
                Assert.True(reply.IsSuccess);
                await reply.ReadTextAsync();
                continue;
            }

            WireLimitException failure = await Assert.ThrowsAsync<WireLimitException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
            Assert.Equal((limit, 100L), (failure.Limit, failure.Value));
        }
    }

    [Fact]
    public async Task Row_18_line_ends_and_nul_are_refused_in_every_input_and_one_request_is_on_the_wire()
    {
        await using var server = new RawServer(Ok);
        await using var http = new HttpSession(Options);
        foreach (string evil in (string[])["\r\nX-Evil: 1", "\nX-Evil: 1", "\r", "\0", "a\rb"])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync(server.Url + evil).WaitAsync(Safety));
            await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync($"http://127.0.0.1{evil}:{server.Port}/").WaitAsync(Safety));
            await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync(server.Url + "?q=" + evil).WaitAsync(Safety));
            Assert.Throws<ArgumentException>(() => new HttpCallOptions { Headers = [("X-A", "b" + evil)] });
            Assert.Throws<ArgumentException>(() => new HttpCallOptions { Headers = [("X-A" + evil, "b")] });
            Assert.Throws<ArgumentException>(() => new HttpSessionOptions { Headers = [("X-A", "b" + evil)] });
            Assert.ThrowsAny<Exception>(() => new HttpMethod("GET" + evil));
            var message = new HttpRequestMessage(HttpMethod.Get, server.Url);
            if (message.Headers.TryAddWithoutValidation("X-A", "b" + evil))
            {
                await Assert.ThrowsAsync<ArgumentException>(() => http.SendAsync(message).WaitAsync(Safety));
            }
        }

        using (await http.GetAsync(server.Url).WaitAsync(Safety))
        {
        }

        Assert.Single(server.Heads);
    }

    [Theory]
    [InlineData("http://℀.com/")]
    [InlineData("http://a\uFF03b.com/")]
    [InlineData("http://a%2Fb/")]
    [InlineData("http://a%23@b%40c/")]
    [InlineData("http://127.1/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://010.0.0.1/")]
    public async Task Row_27_a_host_that_maps_or_decodes_to_something_else_is_refused(string url)
    {
        await using var http = new HttpSession(Options);
        await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync(url).WaitAsync(Safety));
    }

    [Theory]
    [InlineData(" http://a/")]
    [InlineData("http://a/ ")]
    [InlineData("\thttp://a/")]
    [InlineData("http://a/\tb")]
    [InlineData("http://a\t/")]
    [InlineData("http:\\\\a/")]
    [InlineData("http://a\\@b/")]
    [InlineData("ht\ntp://a/")]
    [InlineData("http:/a/")]
    [InlineData("http:///a")]
    [InlineData("javascript:alert(1)")]
    [InlineData("//a/")]
    [InlineData("")]
    [InlineData("http://a:99999/")]
    [InlineData("http://a:8a/")]
    [InlineData("http://[::1/")]
    [InlineData("http://[::g]/")]
    public async Task Row_28_what_parsers_disagree_about_is_refused(string url)
    {
        await using var http = new HttpSession(Options);
        await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync(url).WaitAsync(Safety));
    }

    [Fact]
    public async Task Row_36_no_referer_is_made_up_and_the_callers_own_stays_with_its_origin()
    {
        await using var server = new RawServer(Redirect("/b"), Ok, Ok);
        await using var http = new HttpSession(Options);
        using (await http.GetAsync(server.Url.Replace("//", "//u:p@", StringComparison.Ordinal) + "a#frag").WaitAsync(Safety))
        {
        }

        Assert.All(server.Heads, head => Assert.DoesNotContain("Referer", head, StringComparison.OrdinalIgnoreCase));
        Assert.All(server.Heads, head => Assert.DoesNotContain("frag", head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_37_userinfo_ends_at_the_last_at_sign_and_reaches_neither_host_nor_log()
    {
        await using var server = new RawServer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", Ok);
        var log = new RecordingWireLog();
        await using var http = new HttpSession(Options with { WireLog = log });
        using HttpReply reply = await http.GetAsync($"http://u:p@ss@127.0.0.1:{server.Port}/").WaitAsync(Safety);
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        string[] heads = [.. server.Heads];
        Assert.Contains($"\r\nHost: 127.0.0.1:{server.Port}\r\n", heads[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", heads[0], StringComparison.Ordinal);
        Assert.Contains("Authorization: Basic " + Convert.ToBase64String("u:p@ss"u8), heads[1], StringComparison.Ordinal);
        Assert.Equal($"http://127.0.0.1:{server.Port}/", reply.FinalUrl.AbsoluteUri);
        Assert.DoesNotContain("ss@", log.Text, StringComparison.Ordinal);
        // A # ends the authority wherever it stands: what is left is no host and port, and is not asked for.
        ArgumentException refusal = await Assert.ThrowsAsync<ArgumentException>(() => http.GetAsync($"http://u:p#w@127.0.0.1:{server.Port}/").WaitAsync(Safety));
        Assert.DoesNotContain("p#w", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_52_no_form_of_a_secret_stands_in_any_log_or_exception()
    {
        const string Password = "s3cr=t/pä";
        await using var server = new RawServer("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nSet-Cookie: sid=c00kie\r\nContent-Length: 0\r\n\r\n");
        var log = new RecordingWireLog();
        using var logger = new ListLogger();
        await using var http = new HttpSession(Options with
        {
            WireLog = log,
            LoggerFactory = logger,
            SecretHeaders = ["X-Key"],
            Headers = [("X-Key", "k3y"), ("Cookie", "sid=c00kie")],
        });
        string text = string.Empty;
        string[] urls = [$"http://user:{Uri.EscapeDataString(Password)}@127.0.0.1:{server.Port}/?q=1", $"http://user:{Uri.EscapeDataString(Password)}@127.0.0.1:1/"];
        foreach (string url in urls)
        {
            try
            {
                using HttpReply reply = await http.GetAsync(url).WaitAsync(Safety);
                reply.EnsureSuccess();
            }
            catch (ProtocolClientException failure)
            {
                text += failure;
            }
        }

        Assert.Contains("Authorization: Basic ", string.Concat(server.Heads), StringComparison.Ordinal);
        text += log.Text + string.Join('\n', logger.Lines) + http.Options;
        Assert.Contains("Authorization: ***", text, StringComparison.Ordinal);
        Assert.Contains("X-Key: ***", text, StringComparison.Ordinal);
        string[] forms = [Password, Uri.EscapeDataString(Password), Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + Password)), "k3y", "c00kie"];
        foreach (string form in forms) Assert.DoesNotContain(form, text, StringComparison.OrdinalIgnoreCase);
    }

    private static byte[] Compress(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, System.IO.Compression.CompressionLevel.SmallestSize)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    private sealed class ListLogger : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines) Lines.Add(formatter(state, exception) + exception);
        }
    }
}
