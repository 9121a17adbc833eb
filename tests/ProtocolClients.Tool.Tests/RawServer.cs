using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProtocolClients.Tool.Tests;

/// <summary>
/// A server of literal bytes: reads a request head and writes what the test says, nothing else. It shares no code with the
/// clients or the mock servers.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Func<string, Stream, CancellationToken, Task> _answer;
    private readonly X509Certificate2? _certificate;

    public RawServer(Func<string, Stream, CancellationToken, Task> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public RawServer(string answer, X509Certificate2? certificate = null)
        : this(async (_, stream, token) => await stream.WriteAsync(Encoding.Latin1.GetBytes(answer.ReplaceLineEndings("\r\n")), token), certificate)
    {
    }

    public string Url => $"{(_certificate is null ? "http" : "https")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public List<string> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        // The token ends the accepting; a listener that is stopped under it fails in other ways.
        await _stop.CancelAsync();
        await _accepting.WaitAsync(TimeSpan.FromMinutes(2));
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
                stream = tls;
            }

            await using (stream)
            {
                while (await HeadAsync(stream) is { } head)
                {
                    lock (Requests) Requests.Add(head);
                    await _answer(head, stream, _stop.Token);
                    if (!head.Contains("keep", StringComparison.Ordinal)) return;
                }
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    private async Task<string?> HeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
