using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing.Tests;

/// <summary>Clients that know nothing of ours: a stream, and the platform's HTTP.</summary>
internal static class Raw
{
    public static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    public static async Task<Stream> ConnectAsync(MockServer server)
    {
        if (server.Transport.Dialer is { } dialer)
        {
            Connection connection = await dialer.DialAsync(new System.Net.DnsEndPoint("localhost", 80));
            return connection.Stream;
        }

        var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.EndPoint!);
        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<SslStream> ConnectTlsAsync(MockServer server, X509Certificate2? certificate = null)
    {
        var tls = new SslStream(await ConnectAsync(server));
        await tls.AuthenticateAsClientAsync(TlsOptions(certificate)).WaitAsync(Safety);
        return tls;
    }

    public static SslClientAuthenticationOptions TlsOptions(X509Certificate2? certificate = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(TestCertificates.Shared.Authority);
        return new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = policy,
            ClientCertificates = certificate is null ? null : [certificate],
        };
    }

    public static Task SendAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask().WaitAsync(Safety);

    /// <summary>Reads to the end; also says how the end came.</summary>
    public static async Task<(string Text, bool WasReset)> ReadToEndAsync(Stream stream)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                int count = await stream.ReadAsync(buffer).AsTask().WaitAsync(Safety);
                if (count == 0) return (Encoding.Latin1.GetString(all.ToArray()), false);
                all.Write(buffer, 0, count);
            }
        }
        catch (IOException)
        {
            return (Encoding.Latin1.GetString(all.ToArray()), true);
        }
    }

    public static async Task<string> ReadUntilAsync(Stream stream, string end)
    {
        var all = new StringBuilder();
        byte[] one = new byte[1];
        while (!all.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(one).AsTask().WaitAsync(Safety);
            Assert.True(count > 0, "The end came early, after: " + all);
            all.Append((char)one[0]);
        }

        return all.ToString();
    }

    /// <summary>One request on a connection of its own, answered to the end.</summary>
    public static async Task<string> AskAsync(MockServer server, string request)
    {
        await using Stream stream = await ConnectAsync(server);
        await SendAsync(stream, request);
        return (await ReadToEndAsync(stream)).Text;
    }

    public static Task<string> GetAsync(MockServer server, string target, string headers = "") =>
        AskAsync(server, $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");

    public static HttpMessageInvoker Http(MockServer server, X509Certificate2? certificate = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        SslOptions = TlsOptions(certificate),
        ConnectCallback = async (_, _) => await ConnectAsync(server),
    });
}
