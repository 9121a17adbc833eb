using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Testing;
using ProtocolClients.Tests.Tls;
using ProtocolClients.Transport.Tests.Channel;

namespace ProtocolClients.Transport.Tests;

/// <summary>The rows about whom TLS trusts, and about what follows when it fails.</summary>
public sealed partial class SecurityRowTests
{
    [Fact]
    public void Row_02_nobody_gets_clear_text_by_saying_nothing()
    {
        Assert.Equal(TlsMode.ByScheme, TransportOptions.Default.Tls.Mode);
        Assert.Equal(TlsMode.ByScheme, new TlsOptions().Mode);
        Assert.False(TransportOptions.Default.Tls.DangerousAcceptAnyCertificate);
    }

    [Fact]
    public async Task Row_02_after_an_upgrade_that_failed_no_credential_can_be_sent()
    {
        var script = Script.Of("220 go ahead\r\n");
        await using WireChannel channel = script.Open();
        await channel.ReadAsync(new CodedReplyParser());
        await Assert.ThrowsAsync<TransportException>(
            () => channel.UpgradeAsync((_, _) => throw new TransportException(TransportError.Tls, "refused")).AsTask());
        using var command = new CommandBuilder();
        await Assert.ThrowsAsync<TransportException>(async () =>
        {
            await channel.SendAsync(command.Append("PASS").Secret("hunter2"));
        });
        Assert.True(channel.IsBroken);
        Assert.Empty(script.Sent);
    }

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("a.example.org", "*.example.org")]
    [InlineData("xn--fsq.example", "xn--fsq.example")]
    public async Task Row_43_a_certificate_is_taken_for_its_names(string host, string name)
    {
        using X509Certificate2 certificate = CertificateNamed(name);
        await using Connection connection = await new TlsPair { Certificate = certificate }.ConnectAsync(host);
        Assert.NotNull(connection.Tls);
    }

    [Theory]
    [InlineData("other.example", "example.org")]
    [InlineData("example.org.evil.example", "example.org")]
    [InlineData("b.a.example.org", "*.example.org")]
    [InlineData("example.org", "*.example.org")]
    [InlineData("example.org", "*.org\0.evil.example")]
    [InlineData("localhost", "localhost\0.evil.example")]
    [InlineData("127.0.0.1", "*.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.*")]
    [InlineData("127.0.0.1", "*")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "*")]
    [InlineData("xn--fsq.example", "xn--*.example")]
    [InlineData("xn--fsq.example", "x*.example")]
    [InlineData("localhost", "*")]
    public async Task Row_43_a_certificate_is_taken_for_no_other_name(string host, string name)
    {
        using X509Certificate2 certificate = CertificateNamed(name);
        TransportException failure = await new TlsPair { Certificate = certificate }.RefusedAsync(host);
        Assert.Contains("wrong host name", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A leaf of the trusted authority whose one dNSName is literally the name, NUL and all, and nothing else.</summary>
    private static X509Certificate2 CertificateNamed(string name)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
        {
            names.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        X509Certificate2 authority = TestCertificates.Shared.Authority;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(new X509Extension("2.5.29.17", names.Encode(), critical: false));
        using X509Certificate2 signed = request.Create(authority, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }
}
