using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProtocolClients.HttpTests;

/// <summary>A TLS server that answers each connection once with literal bytes.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly string _answer;
    private readonly Task _accepting;

    public TlsServer(X509Certificate2 certificate, string answer)
    {
        _certificate = certificate;
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"https://localhost:{Port}/";

    /// <summary>How many handshakes were completed.</summary>
    public int Handshakes { get; private set; }

    public int Requests { get; private set; }

    public async ValueTask DisposeAsync()
    {
        // The token ends the accepting; a listener that is stopped under it fails in other ways.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = _certificate,
                        ApplicationProtocols = [SslApplicationProtocol.Http11],
                    },
                    _stop.Token);
                Handshakes++;
                byte[] head = new byte[16 * 1024];
                int read = 0;
                while (!head.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
                {
                    int count = await stream.ReadAsync(head.AsMemory(read), _stop.Token);
                    if (count == 0) return;
                    read += count;
                }

                Requests++;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(_answer), _stop.Token);
                await stream.ShutdownAsync();
            }
            catch (Exception end) when (end is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }
}
