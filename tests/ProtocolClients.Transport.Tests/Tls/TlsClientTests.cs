using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Tls;

public sealed class TlsClientTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static TlsOptions Trusting => new() { Roots = [TestCertificates.Shared.Authority] };

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("LOCALHOST")]
    public async Task A_certificate_of_a_root_of_ones_own_is_accepted_for_its_names(string host)
    {
        var pair = new TlsPair();
        await using Connection connection = await pair.ConnectAsync(host);
        Assert.NotNull(connection.Tls);
        Assert.True(connection.Tls.SslProtocol >= SslProtocols.Tls12);
        byte[] bytes = new byte[2];
        await connection.Stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Safety);
        Assert.Equal("ok"u8.ToArray(), bytes);
        Assert.Null(connection.Socket);
        if (host == "localhost") Assert.Equal("localhost", pair.ServerName);
        if (host.Contains(':')) Assert.Equal(string.Empty, pair.ServerName);
    }

    [Theory]
    [InlineData(CertificateKind.Expired, "expired on")]
    [InlineData(CertificateKind.NotYetValid, "not yet valid")]
    [InlineData(CertificateKind.WrongName, "wrong host name: it is for wrong.example, not for localhost")]
    [InlineData(CertificateKind.SelfSigned, "self-signed")]
    public async Task A_bad_certificate_is_refused_and_the_message_says_why(CertificateKind kind, string reason)
    {
        var pair = new TlsPair { Certificate = TestCertificates.Shared[kind] };
        TransportException failure = await pair.RefusedAsync();
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        foreach (string other in new[] { "expired on", "not yet valid", "wrong host name", "self-signed", "unknown authority" })
        {
            if (!reason.Contains(other, StringComparison.Ordinal)) Assert.DoesNotContain(other, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_of_another_authority_with_the_name_of_ours_is_refused()
    {
        var pair = new TlsPair { Certificate = TestCertificates.Shared[CertificateKind.UnknownAuthority] };
        TransportException failure = await pair.RefusedAsync();
        Assert.Matches("not trusted|does not verify", failure.Message);
    }

    [Fact]
    public async Task Without_the_root_the_authority_is_not_trusted()
    {
        TransportException failure = await new TlsPair { Options = TlsOptions.Default }.RefusedAsync();
        Assert.Contains("authority that is not trusted", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ProtocolClients test authority", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told()
    {
        X509Certificate2 expired = TestCertificates.Shared[CertificateKind.Expired];
        TransportException failure = await new TlsPair { Certificate = expired }.RefusedAsync("other.example");
        Assert.Contains("expired on", failure.Message, StringComparison.Ordinal);
        Assert.Contains("not for other.example", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_of_the_leaf_or_of_its_authority_is_a_match()
    {
        foreach (X509Certificate2 certificate in new[] { TestCertificates.Shared[CertificateKind.Valid], TestCertificates.Shared.Authority })
        {
            await using Connection connection = await new TlsPair { Options = Trusting with { Pins = [Pin(new byte[] { 1 }), Pin(certificate)] } }.ConnectAsync();
        }
    }

    [Fact]
    public async Task A_pin_that_matches_nothing_refuses_a_certificate_that_is_valid_otherwise()
    {
        var pair = new TlsPair { Options = Trusting with { Pins = [Pin(TestCertificates.Shared[CertificateKind.SelfSigned])] } };
        TransportException failure = await pair.RefusedAsync();
        Assert.Contains("pin mismatch", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_does_not_replace_validation()
    {
        X509Certificate2 wrong = TestCertificates.Shared[CertificateKind.WrongName];
        TransportException failure = await new TlsPair { Certificate = wrong, Options = Trusting with { Pins = [Pin(wrong)] } }.RefusedAsync();
        Assert.Contains("wrong host name", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_any_certificate_is_accepted_only_the_leaf_can_match_a_pin()
    {
        TlsOptions any = new() { DangerousAcceptAnyCertificate = true };
        X509Certificate2 leaf = TestCertificates.Shared[CertificateKind.Expired];
        await using Connection one = await new TlsPair { Certificate = leaf, Options = any }.ConnectAsync("other.example");
        await using Connection two = await new TlsPair { Certificate = leaf, Options = any with { Pins = [Pin(leaf)] } }.ConnectAsync();
        TransportException failure = await new TlsPair
        {
            Certificate = leaf,
            Options = any with { Roots = [TestCertificates.Shared.Authority], Pins = [Pin(TestCertificates.Shared.Authority)] },
        }.RefusedAsync();
        Assert.Contains("pin mismatch", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64")]
    [InlineData("AAAA")]
    [InlineData("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    public void A_pin_that_is_none_is_refused_before_anything_is_sent(string pin) =>
        Assert.Throws<ArgumentException>(() => TlsClient.CreateOptions(Trusting with { Pins = [pin] }, "localhost"));

    [Fact]
    public async Task A_server_with_older_versions_only_is_told_as_such()
    {
        var pair = new TlsPair
        {
            Options = Trusting with { MinimumVersion = SslProtocols.Tls13 },
            Server = options => options.EnabledSslProtocols = SslProtocols.Tls12,
        };
        TransportException failure = await pair.RefusedAsync();
        Assert.Contains("no TLS version in common", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Tls13", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_minimum_is_not_a_maximum()
    {
        var pair = new TlsPair { Server = options => options.EnabledSslProtocols = SslProtocols.Tls13 };
        await using Connection connection = await pair.ConnectAsync();
        Assert.Equal(SslProtocols.Tls13, connection.Tls!.SslProtocol);
    }

    [Fact]
    public async Task The_client_shows_its_certificate()
    {
        X509Certificate2 mine = TestCertificates.Shared.Client();
        var pair = new TlsPair
        {
            Options = Trusting with { ClientCertificate = mine },
            Server = options => options.ClientCertificateRequired = true,
        };
        await using Connection connection = await pair.ConnectAsync();
        Assert.Equal(mine.RawData, pair.ClientCertificate!.RawData);
    }

    [Fact]
    public void A_client_certificate_without_its_key_is_refused_before_anything_is_sent()
    {
        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(TestCertificates.Shared.Client().RawData);
        Assert.Throws<ArgumentException>(() => TlsClient.CreateOptions(Trusting with { ClientCertificate = bare }, "localhost"));
    }

    [Fact]
    public async Task The_server_name_is_sent_and_verified_instead_of_the_host()
    {
        var pair = new TlsPair { Options = Trusting with { ServerName = "localhost" } };
        await using Connection connection = await pair.ConnectAsync("10.1.2.3");
        Assert.Equal("localhost", pair.ServerName);

        TransportException failure = await new TlsPair { Options = Trusting with { ServerName = "else.example" } }.RefusedAsync();
        Assert.Contains("not for else.example", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_protocols_are_negotiated()
    {
        var pair = new TlsPair
        {
            Options = Trusting with { ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] },
            Server = options => options.ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        await using Connection connection = await pair.ConnectAsync();
        Assert.Equal(SslApplicationProtocol.Http11, connection.Tls!.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task The_platforms_options_carry_the_reason_as_an_exception()
    {
        var pair = new TlsPair
        {
            Certificate = TestCertificates.Shared[CertificateKind.Expired],
            Client = async (plain, host) =>
            {
                SslClientAuthenticationOptions options = TlsClient.CreateOptions(Trusting);
                options.TargetHost = host;
                var stream = new SslStream(plain.Stream);
                try
                {
                    await stream.AuthenticateAsClientAsync(options);
                }
                finally
                {
                    await stream.DisposeAsync();
                }

                return plain;
            },
        };
        var failure = await Assert.ThrowsAsync<AuthenticationException>(() => pair.ConnectAsync());
        Assert.Contains("expired on", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_of_the_platform_say_what_ours_say()
    {
        SslClientAuthenticationOptions options = TlsClient.CreateOptions(
            Trusting with { AllowResume = false, Revocation = X509RevocationMode.Online, MinimumVersion = SslProtocols.Tls13 }, "example.org");
        Assert.Equal("example.org", options.TargetHost);
        Assert.False(options.AllowTlsResume);
        Assert.Equal(SslProtocols.Tls13, options.EnabledSslProtocols);
        Assert.Equal(X509RevocationMode.Online, options.CertificateChainPolicy!.RevocationMode);
        Assert.True(options.CertificateChainPolicy.DisableCertificateDownloads);
        Assert.Null(TlsClient.CreateOptions(TlsOptions.Default).TargetHost);
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, TlsClient.CreateOptions(TlsOptions.Default).EnabledSslProtocols);
        Assert.Equal(X509ChainTrustMode.System, TlsClient.CreateOptions(TlsOptions.Default).CertificateChainPolicy!.TrustMode);
    }

    [Fact]
    public async Task A_peer_that_does_not_speak_tls_is_told_as_such_and_the_connection_is_closed()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await server.WriteAsync("220 smtp.example ESMTP at your service, dear client\r\n"u8.ToArray());
        var failure = await Assert.ThrowsAsync<TransportException>(() => TlsClient.AuthenticateAsync(
            new Connection(client, new DnsEndPoint("localhost", 25)), Trusting, "localhost", Deadlines.None, TimeProvider.System)
            .AsTask().WaitAsync(Safety));
        Assert.Equal(TransportError.Tls, failure.Error);
        Assert.Contains("does not speak TLS", failure.Message, StringComparison.Ordinal);
        await Drained(server);
    }

    [Fact]
    public async Task A_peer_that_goes_away_in_the_handshake_is_a_lost_connection_and_nothing_was_sent()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<TransportException>(() => TlsClient.AuthenticateAsync(
            new Connection(client, new DnsEndPoint("localhost", 443)), Trusting, "localhost", Deadlines.None, TimeProvider.System)
            .AsTask().WaitAsync(Safety));
        Assert.Equal(TransportError.ConnectionLost, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_silent_peer_misses_the_tls_deadline()
    {
        var time = new VirtualTime();
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        Task<Connection> shaking = TlsClient.AuthenticateAsync(
            new Connection(client, new DnsEndPoint("localhost", 443)), Trusting, "localhost", Deadlines.Default, time).AsTask();
        await time.AdvanceToNextTimerAsync().WaitAsync(Safety);
        var failure = await Assert.ThrowsAsync<TransportException>(() => shaking.WaitAsync(Safety));
        Assert.Equal(TransportError.Timeout, failure.Error);
        Assert.Equal(DeadlinePhase.Tls, failure.Phase);
        Assert.Equal(Deadlines.Default.Tls, time.Elapsed);
        await Drained(server);
    }

    [Fact]
    public async Task A_cancelled_handshake_is_a_cancellation_and_closes_the_connection()
    {
        using var cancel = new CancellationTokenSource();
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        Task<Connection> shaking = TlsClient.AuthenticateAsync(
            new Connection(client, new DnsEndPoint("localhost", 443)), Trusting, "localhost", Deadlines.Default, TimeProvider.System, cancel.Token)
            .AsTask();
        await cancel.CancelAsync();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shaking.WaitAsync(Safety));
        Assert.Equal(cancel.Token, failure.CancellationToken);
        await Drained(server);
    }

    [Fact]
    public async Task The_dialer_lays_tls_over_what_it_dials()
    {
        var pair = new TlsPair
        {
            Client = (plain, host) => new TlsDialer(
                new InMemoryDialer((_, _) => new ValueTask<Stream>(plain.Stream)), Trusting).DialAsync(new DnsEndPoint(host, 990)),
        };
        await using Connection connection = await pair.ConnectAsync();
        Assert.NotNull(connection.Tls);
        Assert.Equal(new DnsEndPoint("localhost", 990), connection.EndPoint);
    }

    [Fact]
    public async Task The_dialer_refuses_an_end_point_without_a_host_before_it_dials()
    {
        var dialer = new TlsDialer(new InMemoryDialer((_, _) => throw new InvalidOperationException("dialed")));
        await Assert.ThrowsAsync<ArgumentException>(
            () => dialer.DialAsync(new System.Net.Sockets.UnixDomainSocketEndPoint("/tmp/x")).AsTask());
    }

    internal static string Pin(X509Certificate2 certificate) => Pin(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    private static string Pin(byte[] bytes) => Convert.ToBase64String(SHA256.HashData(bytes));

    private static async Task Drained(DuplexStream server)
    {
        byte[] buffer = new byte[4096];
        while (await server.ReadAsync(buffer).AsTask().WaitAsync(Safety) > 0)
        {
        }
    }
}
