using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Tls;

/// <summary>A TLS server on a stream in memory, and a client's handshake with it.</summary>
internal sealed class TlsPair
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    public TlsOptions Options { get; init; } = new() { Roots = [TestCertificates.Shared.Authority] };

    public X509Certificate2 Certificate { get; init; } = TestCertificates.Shared[CertificateKind.Valid];

    public Action<SslServerAuthenticationOptions>? Server { get; init; }

    public bool RefuseClient { get; init; }

    /// <summary>What the server saw of the client: its certificate, SNI, the failure.</summary>
    public X509Certificate2? ClientCertificate { get; private set; }

    public string? ServerName { get; private set; }

    public Exception? ServerFailure { get; private set; }

    public Func<Connection, string, ValueTask<Connection>>? Client { get; init; }

    public async Task<Connection> ConnectAsync(string host = "localhost")
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        Task serving = ServeAsync(server);
        var plain = new Connection(client, new DnsEndPoint(host, 443));
        try
        {
            ValueTask<Connection> shaking = Client is null
                ? TlsClient.AuthenticateAsync(plain, Options, host, Deadlines.None, TimeProvider.System)
                : Client(plain, host);
            return await shaking.AsTask().WaitAsync(Safety);
        }
        finally
        {
            await serving.WaitAsync(Safety);
        }
    }

    public async Task<TransportException> RefusedAsync(string host = "localhost")
    {
        var failure = await Assert.ThrowsAsync<TransportException>(() => ConnectAsync(host));
        Assert.Equal(TransportError.Tls, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.False(failure.IsTransient);
        Assert.Equal(new DnsEndPoint(host, 443), failure.Endpoint);
        return failure;
    }

    private async Task ServeAsync(Stream stream)
    {
        var ssl = new SslStream(stream);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, [TestCertificates.Shared.Authority], offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                // A copy: the stream's own goes with the stream, which nobody holds behind the handshake.
                ClientCertificate = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return RefuseClient is false;
            },
        };
        Server?.Invoke(options);
        try
        {
            await ssl.AuthenticateAsServerAsync(options);
            ServerName = ssl.TargetHostName;
            await ssl.WriteAsync("ok"u8.ToArray());
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            ServerFailure = failure;
            await ssl.DisposeAsync();
        }
    }
}
