using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProtocolClients.Testing;
using ProtocolClients.Tests.Proxies;
using ProtocolClients.Tests.Tls;
using ProtocolClients.Transport;

namespace ProtocolClients.Transport.Tests;

public sealed partial class SecurityRowTests
{
    private static TlsOptions TrustingOurs => new() { Roots = [TestCertificates.Shared.Authority] };

    [Fact]
    public async Task Row_42_what_was_accepted_blindly_proves_nothing_to_options_that_verify()
    {
        // The same name, key and server both times: a session of the first handshake is offered in the second.
        X509Certificate2 bad = TestCertificates.Shared[CertificateKind.SelfSigned];
        await using (Connection blind = await new TlsPair { Certificate = bad, Options = new() { DangerousAcceptAnyCertificate = true } }.ConnectAsync())
        {
            await FakeProxy.ReadAsync(blind, 2);
        }

        TransportException failure = await new TlsPair { Certificate = bad, Options = TrustingOurs }.RefusedAsync();
        Assert.Contains("self-signed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other.example", "localhost")]
    [InlineData("good.example", "good.example\0.evil.example")]
    [InlineData("127.0.0.1", "*.0.0.1")]
    [InlineData("xn--bcher-kva.example", "xn--*.example")]
    [InlineData("a.b.example", "*.example")]
    [InlineData("example", "*")]
    public async Task Row_43_a_name_that_is_not_the_certificates_is_refused(string host, string name)
    {
        using X509Certificate2 certificate = CertificateFor(name);
        TransportException failure = await new TlsPair { Certificate = certificate, Options = TrustingOurs }.RefusedAsync(host);
        Assert.Contains("wrong host name", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Row_43_the_platforms_roots_and_its_validation_are_the_default()
    {
        Assert.False(TlsOptions.Default.DangerousAcceptAnyCertificate);
        Assert.Empty(TlsOptions.Default.Roots);
        Assert.Equal(X509VerificationFlags.NoFlag, TlsClient.CreateOptions(TlsOptions.Default).CertificateChainPolicy!.VerificationFlags);
    }

    [Fact]
    public async Task Row_44_another_client_certificate_is_shown_on_the_next_connection_and_none_when_there_is_none()
    {
        foreach (string? name in new[] { "first", "second", null, "first" })
        {
            X509Certificate2? mine = name is null ? null : TestCertificates.Shared.Client(name);
            var pair = new TlsPair
            {
                Options = TrustingOurs with { ClientCertificate = mine },
                Server = options => options.ClientCertificateRequired = true,
            };
            await using Connection connection = await pair.ConnectAsync();
            await FakeProxy.ReadAsync(connection, 2);
            Assert.Equal(mine?.RawData, pair.ClientCertificate?.RawData);
        }
    }

    [Fact]
    public async Task Row_44_a_pin_that_came_later_is_checked_on_the_next_connection()
    {
        await using (Connection first = await new TlsPair { Options = TrustingOurs }.ConnectAsync())
        {
            await FakeProxy.ReadAsync(first, 2);
        }

        string pin = TlsClientTests.Pin(TestCertificates.Shared[CertificateKind.SelfSigned]);
        TransportException failure = await new TlsPair { Options = TrustingOurs with { Pins = [pin] } }.RefusedAsync();
        Assert.Contains("pin mismatch", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_08_and_40_what_one_proxy_asked_for_is_not_shown_to_another_nor_to_the_peer()
    {
        var behind = new List<string>();
        FakeProxy asks = new FakeProxy().Then(async stream =>
        {
            await FakeProxy.HeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 407 A\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            Assert.Contains("Proxy-Authorization: Basic ", await FakeProxy.HeadAsync(stream), StringComparison.Ordinal);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            behind.Add(await FakeProxy.HeadAsync(stream));
        });
        FakeProxy open = new FakeProxy().Then(async stream =>
        {
            behind.Add(await FakeProxy.HeadAsync(stream));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        });
        var target = new DnsEndPoint("host.example", 80);
        foreach (FakeProxy proxy in new[] { asks, open })
        {
            await using Connection connection = await SocksTests.DialAsync(proxy, "http://user:secret@p:1", target);
            if (proxy == asks) await connection.Stream.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
            await proxy.DoneAsync();
        }

        Assert.Equal(2, behind.Count);
        Assert.Equal("GET / HTTP/1.1\r\n\r\n", behind[0]);
        Assert.DoesNotContain("Authorization", behind[1], StringComparison.Ordinal);
    }

    // One DNS name as its raw bytes: the builder of the platform would refuse or encode some of these.
    private static X509Certificate2 CertificateFor(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        byte[] bytes = Encoding.ASCII.GetBytes(name);
        request.CertificateExtensions.Add(new X509Extension(
            "2.5.29.17", [0x30, (byte)(bytes.Length + 2), 0x82, (byte)bytes.Length, .. bytes], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 signed = request.Create(TestCertificates.Shared.Authority, now.AddDays(-1), now.AddDays(30), [7, 7, 7]);
        return signed.CopyWithPrivateKey(key);
    }
}
