using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

public class HttpTlsTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static HttpSessionOptions Options(bool trusting = true, bool any = false) => new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with
        {
            Proxy = ProxyOptions.None,
            Tls = TlsOptions.Default with { Roots = trusting ? [TestCertificates.Shared.Authority] : [], DangerousAcceptAnyCertificate = any },
        },
    };

    [Fact]
    public async Task A_trusted_certificate_is_accepted()
    {
        await using var server = new TlsServer(TestCertificates.Shared[CertificateKind.Valid], Ok);
        await using var http = new HttpSession(Options());
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        Assert.Equal("ok", await reply.ReadTextAsync());
    }

    [Theory]
    [InlineData(CertificateKind.Expired, "expired")]
    [InlineData(CertificateKind.WrongName, "wrong host name")]
    [InlineData(CertificateKind.SelfSigned, "self-signed")]
    [InlineData(CertificateKind.UnknownAuthority, "not trusted")]
    public async Task Each_kind_of_bad_certificate_is_told_and_nothing_is_sent(CertificateKind kind, string reason)
    {
        await using var server = new TlsServer(TestCertificates.Shared[kind], Ok);
        await using var http = new HttpSession(Options());
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(TransportError.Tls, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public async Task Clear_text_where_tls_is_expected_is_a_tls_failure()
    {
        int port = PlainTalker();
        await using var http = new HttpSession(Options());
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => http.GetAsync($"https://127.0.0.1:{port}/").WaitAsync(Safety));
        Assert.Equal(TransportError.Tls, failure.Error);
    }

    [Fact]
    public async Task Row_42_a_session_that_trusts_anyone_lends_nothing_to_one_that_does_not()
    {
        await using var server = new TlsServer(TestCertificates.Shared[CertificateKind.SelfSigned], Ok);
        await using var careless = new HttpSession(Options(any: true));
        using (HttpReply reply = await careless.GetAsync(server.Url).WaitAsync(Safety)) Assert.True(reply.IsSuccess);
        await using var careful = new HttpSession(Options());
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => careful.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(TransportError.Tls, failure.Error);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_followed_only_when_allowed()
    {
        await using var plain = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain");
        await using var server = new TlsServer(
            TestCertificates.Shared[CertificateKind.Valid], $"HTTP/1.1 302 Found\r\nLocation: {plain.Url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var http = new HttpSession(Options());
        HttpRedirectException refusal = await Assert.ThrowsAsync<HttpRedirectException>(() => http.GetAsync(server.Url).WaitAsync(Safety));
        Assert.Equal(HttpRedirectRefusal.Downgrade, refusal.Reason);
        Assert.Empty(plain.Heads);
        using HttpReply reply = await http.GetAsync(server.Url, new() { Redirects = new() { AllowDowngrade = true }, Headers = [("Authorization", "Bearer t")] }).WaitAsync(Safety);
        Assert.Equal("plain", await reply.ReadTextAsync());
        Assert.DoesNotContain("Authorization", plain.Heads.Single(), StringComparison.Ordinal);
    }

    /// <summary>The port of a server that greets in clear text.</summary>
    private static int PlainTalker()
    {
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(async () =>
        {
            using System.Net.Sockets.TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("220 welcome to clear text\r\n"u8.ToArray());
            await client.GetStream().ReadExactlyAsync(new byte[1]);
            listener.Stop();
        });
        return port;
    }
}
