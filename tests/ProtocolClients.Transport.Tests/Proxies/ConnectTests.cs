using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Testing;
using ProtocolClients.Transport;
using static ProtocolClients.Tests.Proxies.FakeProxy;

namespace ProtocolClients.Tests.Proxies;

public sealed class ConnectTests
{
    private const string Ask = "CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n";

    private static readonly EndPoint Host = new DnsEndPoint("host.example", 443);

    private static readonly string BasicLine = "Proxy-Authorization: Basic " + Convert.ToBase64String("user:secret"u8) + "\r\n";

    [Theory]
    [InlineData("HTTP/1.1 200 Connection established\r\n\r\n")]
    [InlineData("HTTP/1.0 200\r\n\r\n")]
    [InlineData("HTTP/1.1 299 \r\nVia: x\r\nX-Other:\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nVia: bare line feeds\n\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]
    public async Task Any_2xx_opens_the_tunnel_and_no_byte_behind_it_is_lost(string answer)
    {
        foreach (bool drip in new[] { false, true })
        {
            FakeProxy proxy = new FakeProxy { Drip = drip }.Then(false,
                Client(Ask + "\r\n"), Proxy(answer + "220 ready\r\n\r\n"), Client("QUIT"), Proxy("bye"));
            await using Connection connection = await DialAsync(proxy);
            Assert.Equal("220 ready\r\n\r\n", await ReadAsync(connection, 13));
            await connection.Stream.WriteAsync("QUIT"u8.ToArray());
            Assert.Equal("bye", await ReadAsync(connection, 3));
            Assert.Equal("http://proxy.example:3128", connection.Proxy);
            Assert.Equal(Host, connection.EndPoint);
            await proxy.DoneAsync();
        }
    }

    [Fact]
    public async Task An_ipv6_address_is_asked_for_in_brackets()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            Client("CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\n"));
        await using Connection connection = await SocksTests.DialAsync(
            proxy, "http://proxy.example:3128", new IPEndPoint(IPAddress.Parse("2001:db8::1"), 80));
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden by rule\r\n\r\n", "403 Forbidden by rule")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nxyz", "502 Bad Gateway")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n", "302 Found")]
    [InlineData("SSH-2.0-OpenSSH_9\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/2 200\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "no head of an HTTP response")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "no head of an HTTP response")]
    [InlineData("\r\n\r\n", "no head of an HTTP response")]
    [InlineData("", "in the middle of the handshake")]
    [InlineData("HTTP/1.1 200 OK\r\n", "in the middle of the handshake")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r", "in the middle of the handshake")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "in the middle of the handshake")]
    public async Task Any_other_answer_is_a_failure_with_the_proxys_reason(string answer, string reason)
    {
        foreach (bool drip in new[] { false, true })
        {
            FakeProxy proxy = new FakeProxy { Drip = drip }.Then(true, Client(Ask + "\r\n"), Proxy(answer));
            TransportException failure = await SocksTests.RefusedAsync(proxy, "http://proxy.example:3128");
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Message", 65536, "HTTP/1.1 200 OK\r\n", "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")]
    [InlineData("Message", 65536, "HTTP/1.1 200 OK\r\nX: ", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")]
    [InlineData("IntermediateReplies", 100, "", "HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task An_endless_answer_ends_at_a_limit(string limit, int value, string start, string again)
    {
        long sent = 0;
        FakeProxy proxy = new FakeProxy().Then(async stream =>
        {
            await HeadAsync(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(start));
            try
            {
                for (; sent < 100_000_000; sent += again.Length) await stream.WriteAsync(Encoding.ASCII.GetBytes(again));
            }
            catch (IOException)
            {
            }
        });
        var failure = await Assert.ThrowsAsync<WireLimitException>(
            () => DialAsync(proxy, options: new() { Limits = WireLimits.Default with { Message = 65536 } }));
        Assert.Equal(limit, failure.Limit);
        Assert.Equal(value, failure.Value);
        await proxy.DoneAsync();
        Assert.InRange(sent, 0, 1_000_000);
    }

    [Fact]
    public async Task A_long_line_and_many_lines_end_at_their_limits()
    {
        foreach ((string limit, string head) in new[]
        {
            ("Line", "HTTP/1.1 200 OK\r\nX: " + new string('y', 200) + "\r\n\r\n"),
            ("Lines", "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 11)) + "\r\n"),
        })
        {
            FakeProxy proxy = new FakeProxy().Then(false, Proxy(head));
            var failure = await Assert.ThrowsAsync<WireLimitException>(
                () => DialAsync(proxy, options: new() { Limits = WireLimits.Default with { Line = 100, Lines = 10 } }));
            Assert.Equal(limit, failure.Limit);
        }
    }

    [Fact]
    public async Task Basic_is_sent_when_the_proxy_asks_and_at_once_from_then_on()
    {
        FakeProxy proxy = new FakeProxy()
            .Then(false,
                Client(Ask + "\r\n"), Proxy("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 5\r\n\r\nnope!"),
                Client(Ask + BasicLine + "\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\nA"))
            .Then(false, Client(Ask + BasicLine + "\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\nB"));
        ProxyDialer dialer = Dialer(proxy);
        await using Connection one = await dialer.DialAsync(Host);
        await using Connection two = await dialer.DialAsync(Host);
        Assert.Equal("A", await ReadAsync(one, 1));
        Assert.Equal("B", await ReadAsync(two, 1));
        Assert.DoesNotContain("secret", one.Proxy, StringComparison.Ordinal);
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("Connection: close\r\nContent-Length: 5\r\n")]
    [InlineData("Connection: keep-alive, Close\r\nContent-Length: 0\r\n")]
    [InlineData("Proxy-Connection: close\r\nContent-Length: 5\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    [InlineData("")]
    [InlineData("Content-Length: 999999999999\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n")]
    public async Task A_407_whose_connection_cannot_go_on_is_answered_on_another(string fields)
    {
        FakeProxy proxy = new FakeProxy()
            .Then(async stream =>
            {
                await HeadAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=p\r\n{fields}\r\nnope!"));
                while (await stream.ReadAsync(new byte[100]) is > 0 and var count) Assert.Equal(0, count);
            })
            .Then(false, Client(Ask + BasicLine + "\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\n"));
        await using Connection connection = await Dialer(proxy).DialAsync(Host).AsTask().WaitAsync(TimeSpan.FromMinutes(2));
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("MD5")]
    [InlineData("SHA-256")]
    public async Task Digest_is_answered_rather_than_basic_and_its_nonce_is_kept(string algorithm)
    {
        var seen = new List<string>();
        Func<DuplexStream, Task> answered = async stream =>
        {
            seen.Add(await HeadAsync(stream));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        };
        FakeProxy proxy = new FakeProxy()
            .Then(async stream =>
            {
                await HeadAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=p\r\n"
                    + "Proxy-Authenticate: Digest realm=p, nonce=weak, algorithm=MD5, qop=auth\r\n"
                    + $"Proxy-Authenticate: Digest realm=p, nonce=n1, algorithm={algorithm}, qop=auth\r\nContent-Length: 0\r\n\r\n"));
                await answered(stream);
            })
            .Then(answered);
        ProxyDialer dialer = Dialer(proxy);
        await using Connection one = await dialer.DialAsync(Host);
        await using Connection two = await dialer.DialAsync(Host);
        await proxy.DoneAsync();
        for (int i = 0; i < 2; i++)
        {
            Assert.DoesNotContain("Basic", seen[i], StringComparison.Ordinal);
            Assert.Contains($"nc=0000000{i + 1}", seen[i], StringComparison.Ordinal);
            string nonce = Part(seen[i], "nonce");
#pragma warning disable CA5351 // What RFC 7616 names.
            Func<string, string> hash = algorithm == "SHA-256"
                ? text => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))
                : text => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
            string expected = hash($"{hash("user:p:secret")}:{nonce}:0000000{i + 1}:{Part(seen[i], "cnonce")}:auth:{hash("CONNECT:host.example:443")}");
            Assert.Equal(expected, Part(seen[i], "response"));
        }
    }

    [Fact]
    public async Task A_stale_nonce_is_answered_once_more_and_refused_credentials_are_not()
    {
        FakeProxy stale = new FakeProxy().Then(async stream =>
        {
            foreach (string nonce in new[] { "n1", "n2, stale=true" })
            {
                await HeadAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 407 A\r\nProxy-Authenticate: Digest realm=p, qop=auth, nonce={nonce}\r\nContent-Length: 0\r\n\r\n"));
            }

            Assert.Contains("nonce=\"n2\"", await HeadAsync(stream), StringComparison.Ordinal);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        });
        await using Connection connection = await Dialer(stale).DialAsync(Host);
        await stale.DoneAsync();

        foreach (string challenge in new[] { "Basic realm=p", "Digest realm=p, qop=auth, nonce=n", "Digest realm=p, qop=auth, nonce=n, stale=true" })
        {
            int asked = 0;
            FakeProxy never = new FakeProxy().Then(async stream =>
            {
                while ((await HeadAsync(stream)).Length > 0)
                {
                    asked++;
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 407 A\r\nProxy-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n"));
                }
            });
            TransportException failure = await SocksTests.RefusedAsync(never, "http://user:secret@proxy.example:3128");
            Assert.Contains("does not accept the credentials", failure.Message, StringComparison.Ordinal);
            await never.DoneAsync();
            Assert.Equal(challenge.Contains("stale", StringComparison.Ordinal) ? 3 : 2, asked);
        }
    }

    [Theory]
    [InlineData("http://proxy.example:3128", "Basic realm=p", "asks for credentials")]
    [InlineData("http://user:secret@proxy.example:3128", "Bearer realm=p", "no way to authenticate")]
    [InlineData("http://a%3Ab:secret@proxy.example:3128", "Basic realm=p", "user with a colon")]
    [InlineData("http://user:secret@proxy.example:3128", "garbage=", "no way to authenticate")]
    public async Task A_challenge_that_cannot_be_answered_is_a_failure(string url, string challenge, string reason)
    {
        FakeProxy proxy = new FakeProxy().Then(false, Client(Ask + "\r\n"), Proxy($"HTTP/1.1 407 A\r\nProxy-Authenticate: {challenge}\r\n\r\n"));
        TransportException failure = await SocksTests.RefusedAsync(proxy, url);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_with_tls_is_verified_before_it_is_asked()
    {
        foreach (CertificateKind kind in new[] { CertificateKind.Valid, CertificateKind.Expired })
        {
            string? seen = null;
            FakeProxy proxy = new FakeProxy().Then(async stream =>
            {
                var ssl = new SslStream(stream);
                try
                {
                    await ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Shared[kind] });
                    seen = await HeadAsync(ssl);
                    await ssl.WriteAsync("HTTP/1.1 200 OK\r\n\r\nx"u8.ToArray());
                }
                catch (IOException)
                {
                }
            });
            var options = new ProxyDialerOptions { Deadlines = Deadlines.None, Tls = new TlsOptions { Roots = [TestCertificates.Shared.Authority] } };
            Task<Connection> dialing = SocksTests.DialAsync(proxy, "https://localhost:3128", Host, options);
            if (kind == CertificateKind.Valid)
            {
                await using Connection connection = await dialing;
                Assert.Equal("x", await ReadAsync(connection, 1));
                Assert.Equal(Ask + "\r\n", seen);
                continue;
            }

            var failure = await Assert.ThrowsAsync<TransportException>(() => dialing);
            Assert.Equal(TransportError.Tls, failure.Error);
            Assert.Contains("The proxy https://localhost:3128 was not reached", failure.Message, StringComparison.Ordinal);
            Assert.Contains("expired", failure.Message, StringComparison.Ordinal);
            Assert.True(string.IsNullOrEmpty(seen));
        }
    }

    private static ProxyDialer Dialer(FakeProxy proxy) => new(
        proxy.Dialer, ProxyServer.FromUrl(new Uri("http://user:secret@proxy.example:3128")), new() { Deadlines = Deadlines.None });

    private static Task<Connection> DialAsync(FakeProxy proxy, ProxyDialerOptions? options = null) =>
        SocksTests.DialAsync(proxy, "http://proxy.example:3128", Host, options);

    private static string Part(string head, string name)
    {
        int at = head.IndexOf($" {name}=\"", StringComparison.Ordinal) + name.Length + 3;
        return head[at..head.IndexOf('"', at)];
    }
}
