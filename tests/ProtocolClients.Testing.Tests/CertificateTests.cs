using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Testing.Tests;

public sealed class CertificateTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(CertificateKind.Valid, "localhost", SslPolicyErrors.None)]
    [InlineData(CertificateKind.Valid, "127.0.0.1", SslPolicyErrors.None)]
    [InlineData(CertificateKind.Valid, "::1", SslPolicyErrors.None)]
    [InlineData(CertificateKind.Valid, "other.example", SslPolicyErrors.RemoteCertificateNameMismatch)]
    [InlineData(CertificateKind.WrongName, "localhost", SslPolicyErrors.RemoteCertificateNameMismatch)]
    [InlineData(CertificateKind.Expired, "localhost", SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(CertificateKind.NotYetValid, "localhost", SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(CertificateKind.SelfSigned, "localhost", SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData(CertificateKind.UnknownAuthority, "localhost", SslPolicyErrors.RemoteCertificateChainErrors)]
    public async Task A_client_that_trusts_the_authority_sees_exactly_what_is_wrong(CertificateKind kind, string host, SslPolicyErrors expected)
    {
        Assert.Equal(expected, await HandshakeAsync(TestCertificates.Shared[kind], host));
    }

    [Theory]
    [InlineData(CertificateKind.Expired)]
    [InlineData(CertificateKind.NotYetValid)]
    public void A_certificate_out_of_date_has_no_other_fault(CertificateKind kind)
    {
        Assert.Equal(X509ChainStatusFlags.NotTimeValid, ChainStatus(TestCertificates.Shared[kind]));
    }

    [Fact]
    public async Task Issued_names_are_the_only_ones_that_match()
    {
        using X509Certificate2 certificate = TestCertificates.Shared.Issue("ftp.example", "192.0.2.7");
        Assert.Equal(SslPolicyErrors.None, await HandshakeAsync(certificate, "ftp.example"));
        Assert.Equal(SslPolicyErrors.None, await HandshakeAsync(certificate, "192.0.2.7"));
        Assert.Equal(SslPolicyErrors.RemoteCertificateNameMismatch, await HandshakeAsync(certificate, "localhost"));
    }

    [Fact]
    public void Client_certificates_are_signed_by_the_authority_and_kept()
    {
        X509Certificate2 ann = TestCertificates.Shared.Client("ann");
        Assert.Same(ann, TestCertificates.Shared.Client("ann"));
        Assert.NotEqual(ann.Thumbprint, TestCertificates.Shared.Client("bob").Thumbprint);
        Assert.Equal(X509ChainStatusFlags.NoError, ChainStatus(ann));
        Assert.True(ann.HasPrivateKey);
    }

    [Fact]
    public void The_authority_s_pem_is_its_certificate_without_its_key()
    {
        using X509Certificate2 read = X509Certificate2.CreateFromPem(TestCertificates.Shared.AuthorityPem);
        Assert.Equal(TestCertificates.Shared.Authority.Thumbprint, read.Thumbprint);
        Assert.DoesNotContain("PRIVATE", TestCertificates.Shared.AuthorityPem, StringComparison.Ordinal);
    }

    private static X509ChainStatusFlags ChainStatus(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(TestCertificates.Shared.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(certificate);
        return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
    }

    private static async Task<SslPolicyErrors> HandshakeAsync(X509Certificate2 certificate, string host)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var socket = new TcpClient();
        Task<TcpClient> accept = listener.AcceptTcpClientAsync();
        await socket.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using TcpClient accepted = await accept;
        await using var server = new SslStream(accepted.GetStream());
        SslPolicyErrors? seen = null;
        await using var client = new SslStream(socket.GetStream());
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(TestCertificates.Shared.Authority);
        Task serving = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, _, _, errors) => (seen = errors) is not null,
        }).WaitAsync(Safety);
        await serving.WaitAsync(Safety);
        Assert.True(client.SslProtocol >= SslProtocols.Tls12);
        return seen!.Value;
    }
}
