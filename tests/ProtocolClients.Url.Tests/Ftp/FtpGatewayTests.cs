using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using ProtocolClients.HttpTests;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.UrlTests;

/// <summary>URLs of FTP behind an HTTP proxy: who is asked, in which form, and what the proxy gets to see.</summary>
public sealed class FtpGatewayTests : IAsyncDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<string> _heads = new();
    private readonly RawServer _proxy;
    private Func<string, string> _answer = static _ => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nLast-Modified: Wed, 04 Mar 2026 05:06:07 GMT\r\n\r\nhello";

    public FtpGatewayTests() => _proxy = new RawServer(AnswerAsync);

    private string Asked => Assert.Single(_heads).Split("\r\n")[0];

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    private async Task AnswerAsync(string head, NetworkStream stream, CancellationToken stop)
    {
        _heads.Enqueue(head);
        await RawServer.WriteAsync(stream, _answer(head), stop);
    }

    private UrlOpener Opener(
        TlsMode tls = TlsMode.ByScheme, string user = "", bool tunnel = false, string scheme = "http", Credentials? credentials = null, string? noProxy = null) => new(new UrlOpenerOptions
        {
            Resilience = ResilienceOptions.None,
            TunnelFtp = tunnel,
            Credentials = credentials,
            Transport = TransportOptions.Default with
            {
                Proxy = new ProxyOptions { Url = new Uri($"{scheme}://{user}{new Uri(_proxy.Url).Authority}"), NoProxy = noProxy },
                Tls = TlsOptions.Default with { Mode = tls },
            },
        });

    [Theory]
    [InlineData("ftp://ftp.example/pub/a.txt", "GET ftp://ftp.example/pub/a.txt;type=i HTTP/1.1")]
    [InlineData("ftp://ftp.example:2121/a%20b?c", "GET ftp://ftp.example:2121/a%20b%3Fc;type=i HTTP/1.1")]
    [InlineData("ftp://ftp.example/%2Fetc/motd;type=a", "GET ftp://ftp.example/%2Fetc/motd;type=a HTTP/1.1")]
    [InlineData("ftp://[2001:db8::1]/x;type=i", "GET ftp://[2001:db8::1]/x;type=i HTTP/1.1")]
    [InlineData("ftp://anonymous:me%40h@ftp.example/pub/", "GET ftp://ftp.example/pub/ HTTP/1.1")]
    public async Task The_proxy_is_asked_for_the_whole_url(string url, string line)
    {
        await using UrlOpener opener = Opener();
        await using UrlContent content = await opener.OpenAsync(url).WaitAsync(Safety);
        Assert.Equal(line, Asked);
        Assert.Equal("hello", await content.ReadTextAsync());
        Assert.Equal(("text/plain", 5L, "ftp"), (content.MediaType, content.Length, content.FinalUrl.Scheme));
        Assert.Equal(FtpUrl.Parse(url).Uri, content.FinalUrl);
    }

    [Fact]
    public async Task One_connection_serves_several_requests_and_facts_are_asked_by_head()
    {
        await using UrlOpener opener = Opener();
        for (int i = 0; i < 3; i++) Assert.Equal("hello", await opener.ReadTextAsync("ftp://ftp.example/a").WaitAsync(Safety));
        Assert.Equal(1, _proxy.Connections);
        _answer = static _ => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLast-Modified: Wed, 04 Mar 2026 05:06:07 GMT\r\n\r\n";
        UrlInfo info = await opener.StatAsync("ftp://ftp.example/a").WaitAsync(Safety);
        Assert.Equal((5L, new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), "ftp://ftp.example/a"), (info.Length, info.LastModified, info.FinalUrl.AbsoluteUri));
        Assert.All(_heads.Take(3), head => Assert.StartsWith("GET ftp://ftp.example/a;type=i HTTP/1.1\r\n", head, StringComparison.Ordinal));
        Assert.StartsWith("HEAD ftp://ftp.example/a;type=i HTTP/1.1\r\n", _heads.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_links_is_a_listing()
    {
        _answer = static _ =>
        {
            const string Page = "<html><a href=\"..\">up</a><a href=\"a.txt\">a.txt</a><a href=\"a.txt;type=i\">get</a> <A HREF=\"/pub/sub/\">sub</A> <a href=\"http://evil/x\">x</a></html>";
            return $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {Page.Length}\r\n\r\n{Page}";
        };
        await using UrlOpener opener = Opener();
        List<UrlEntry> entries = await opener.ListAsync("ftp://ftp.example/pub/").ToListAsync();
        Assert.Equal(["ftp://ftp.example/pub/a.txt", "ftp://ftp.example/pub/sub/"], entries.Select(entry => entry.Url.AbsoluteUri));
    }

    [Theory]
    [InlineData(TlsMode.ByScheme, "ftp://ann:s3cret@ftp.example/x", false)]
    [InlineData(TlsMode.StartTls, "ftp://ftp.example/x", false)]
    [InlineData(TlsMode.ByScheme, "ftps://ftp.example/x", false)]
    [InlineData(TlsMode.ByScheme, "ftp://ftp.example/x", true)]
    public async Task What_the_proxy_must_not_read_goes_through_a_tunnel(TlsMode mode, string url, bool tunnel)
    {
        _answer = static _ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        await using UrlOpener opener = Opener(mode, tunnel: tunnel);
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => opener.ReadTextAsync(url).WaitAsync(Safety));
        Assert.Equal(TransportError.Proxy, refusal.Error);
        Assert.StartsWith($"CONNECT ftp.example:{(url.StartsWith("ftps", StringComparison.Ordinal) ? 990 : 21)} HTTP/1.1", Asked, StringComparison.Ordinal);
        Assert.DoesNotContain(_heads, static head => head.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_in_clear_text_that_the_caller_named_is_the_servers_and_stands_in_no_url()
    {
        await using UrlOpener opener = Opener(TlsMode.None);
        await opener.ReadTextAsync("ftp://ann:s3cret@ftp.example/x").WaitAsync(Safety);
        Assert.Equal("GET ftp://ftp.example/x;type=i HTTP/1.1", Asked);
        Assert.Contains($"\r\nAuthorization: Basic {Base64("ann:s3cret")}\r\n", _heads.Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-Authorization", _heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic realm=\"p\"", "Basic cDpwdw==")]
    [InlineData("Digest realm=\"p\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256", "Digest ")]
    public async Task The_proxys_credentials_are_shown_when_it_asks_and_to_it_alone(string challenge, string shown)
    {
        _answer = head => head.Contains("\r\nProxy-Authorization: ", StringComparison.Ordinal)
            ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            : $"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n";
        await using UrlOpener opener = Opener(user: "p:pw@");
        Assert.Equal("ok", await opener.ReadTextAsync("ftp://ftp.example/x").WaitAsync(Safety));
        Assert.Equal("ok", await opener.ReadTextAsync("ftp://ftp.example/y").WaitAsync(Safety));
        Assert.Equal(3, _heads.Count);
        Assert.DoesNotContain("Authorization", _heads.First(), StringComparison.Ordinal);
        Assert.All(_heads.Skip(1), head => Assert.Contains("\r\nProxy-Authorization: " + shown, head, StringComparison.Ordinal));
        Assert.All(_heads, head => Assert.DoesNotContain("\r\nAuthorization:", head, StringComparison.Ordinal));
        if (shown.StartsWith("Digest", StringComparison.Ordinal)) Assert.Contains("uri=\"ftp://ftp.example/x;type=i\"", _heads.ElementAt(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("p:wrong@")]
    public async Task A_proxy_that_does_not_let_us_through_is_no_refusal_of_the_servers(string user)
    {
        _answer = static _ => "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
        await using UrlOpener opener = Opener(user: user);
        AuthenticationFailedException refusal = await Assert.ThrowsAsync<AuthenticationFailedException>(() => opener.ReadTextAsync("ftp://ftp.example/x").WaitAsync(Safety));
        Assert.Contains("proxy", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refusal.ToString(), StringComparison.Ordinal);
        Assert.Equal(user.Length > 0 ? 2 : 1, _heads.Count);
    }

    [Fact]
    public async Task A_refusal_names_the_ftp_url()
    {
        _answer = static _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        await using UrlOpener opener = Opener();
        HttpStatusException refusal = await Assert.ThrowsAsync<HttpStatusException>(() => opener.ReadTextAsync("ftp://ftp.example/x").WaitAsync(Safety));
        Assert.Equal("404 Not Found: ftp://ftp.example/x", refusal.Message);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    public async Task A_redirect_of_the_proxy_is_not_followed(int status)
    {
        _answer = head => head.StartsWith("GET ftp://ftp.example/x", StringComparison.Ordinal)
            ? $"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
            : throw new InvalidOperationException("It was followed.");
        await using UrlOpener opener = Opener(TlsMode.None);
        await Assert.ThrowsAsync<HttpStatusException>(() => opener.ReadTextAsync("ftp://ann:s3cret@ftp.example/x").WaitAsync(Safety));
        Assert.Single(_heads);
    }

    [Fact]
    public async Task No_proxy_is_direct_and_a_dead_proxy_is_named()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["x"] = "direct"u8;
        await using (UrlOpener opener = Opener(noProxy: "127.0.0.1")) Assert.Equal("direct", await opener.ReadTextAsync(server.UrlOf("/x").AbsoluteUri).WaitAsync(Safety));
        Assert.Empty(_heads);
        await _proxy.DisposeAsync();
        await using UrlOpener gone = Opener();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => gone.ReadTextAsync("ftp://ftp.example/x").WaitAsync(Safety));
        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Contains("The proxy http://127.0.0.1:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tunnel_leads_to_the_server_itself()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        await using MockProxyServer proxy = await MockProxyServer.StartAsync();
        server.Files["x"] = "through a tunnel"u8;
        await using var opener = new UrlOpener(new UrlOpenerOptions
        {
            TunnelFtp = true,
            Resilience = ResilienceOptions.None,
            Transport = TransportOptions.Default with { Proxy = new ProxyOptions { Url = proxy.Url } },
        });
        Assert.Equal("through a tunnel", await opener.ReadTextAsync(server.UrlOf("/x").AbsoluteUri).WaitAsync(Safety));
        // The control connection, and that of the data.
        Assert.Equal(2, proxy.Calls.Count);
    }

    [Fact]
    public async Task The_rest_is_asked_for_by_a_range()
    {
        await using UrlOpener opener = Opener();
        _answer = static head => head.Contains("\r\nRange: bytes=", StringComparison.Ordinal)
            ? "HTTP/1.1 206 Partial\r\nETag: \"1\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nworld"
            : "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\nhello";
        await using UrlContent rest = await opener.HandlerOf("ftp").OpenAsync(new UrlRequest(UrlText.Parse("ftp://ftp.example/x")) { Offset = 5, Validator = "\"1\"", Verbatim = true });
        Assert.Equal((5L, 10L, "\"1\""), (rest.Offset, rest.Total, rest.Validator));
        Assert.Equal("world", await rest.ReadTextAsync());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
