using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProtocolClients.SideBySide;

/// <summary>
/// The floor of FTP under TLS in .NET: one SslStream, a buffer of 256 KiB and a file, with just enough of the protocol to get there. It checks
/// nothing, waits for ever, and survives nothing.
/// </summary>
internal sealed class BareTls : IAsyncDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly IPEndPoint _server;
    private readonly X509Certificate2 _root;
    private Stream _control;
    private StreamReader _replies;

    private BareTls(IPEndPoint server, X509Certificate2 root, Stream control)
    {
        _server = server;
        _root = root;
        _control = control;
        _replies = new StreamReader(control, Encoding.Latin1);
    }

    public static async Task<BareTls> LogInAsync(Uri url, string certificate)
    {
        var server = new IPEndPoint(IPAddress.Loopback, url.Port);
        var bare = new BareTls(server, X509CertificateLoader.LoadCertificateFromFile(certificate), await DialAsync(server));
        await bare.ReplyAsync();
        await bare.SendAsync("AUTH TLS");
        await bare.ReplyAsync();
        bare._control = await bare.SecureAsync(bare._control);
        bare._replies = new StreamReader(bare._control, Encoding.Latin1);
        foreach (string command in (string[])["USER anonymous", "PASS none", "PBSZ 0", "PROT P", "TYPE I"])
        {
            await bare.SendAsync(command);
            await bare.ReplyAsync();
        }

        return bare;
    }

    public async Task GetAsync(string remote, string local)
    {
        await using SslStream data = await OpenAsync("RETR " + remote);
        using FileStream file = new(local, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] buffer = new byte[BufferSize];
        long written = 0;
        for (int read; (read = await data.ReadAsync(buffer)) > 0; written += read) RandomAccess.Write(file.SafeFileHandle, buffer.AsSpan(0, read), written);
        await data.DisposeAsync();
        await ReplyAsync();
    }

    public async Task PutAsync(string local, string remote)
    {
        await using SslStream data = await OpenAsync("STOR " + remote);
        using FileStream file = new(local, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[BufferSize];
        for (int read; (read = await file.ReadAsync(buffer)) > 0;) await data.WriteAsync(buffer.AsMemory(0, read));
        await data.ShutdownAsync();
        _ = await data.ReadAsync(buffer);
        await data.DisposeAsync();
        await ReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        _replies.Dispose();
        _root.Dispose();
    }

    private async Task<SslStream> OpenAsync(string command)
    {
        await SendAsync("EPSV");
        string reply = await ReplyAsync();
        int port = int.Parse(reply.Split('|')[3], CultureInfo.InvariantCulture);
        NetworkStream plain = await DialAsync(new IPEndPoint(_server.Address, port));
        await SendAsync(command);
        SslStream secure = await SecureAsync(plain);
        await ReplyAsync();
        return secure;
    }

    private static async Task<NetworkStream> DialAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task<SslStream> SecureAsync(Stream plain)
    {
        var stream = new SslStream(plain);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy });
        return stream;
    }

    private async Task SendAsync(string command)
    {
        await _control.WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"));
        await _control.FlushAsync();
    }

    private async Task<string> ReplyAsync()
    {
        string line = await _replies.ReadLineAsync() ?? throw new InvalidOperationException("The server closed.");
        return line[0] is '1' or '2' or '3' ? line : throw new InvalidOperationException(line);
    }
}
