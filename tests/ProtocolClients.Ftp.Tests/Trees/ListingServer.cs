using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.FtpTests;

/// <summary>An FTP server that lists whatever a test makes up, also what no file system would have.</summary>
internal sealed class ListingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public ListingServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The lines of MLSD of a directory; null for 550.</summary>
    public Func<string, IEnumerable<string>?> List { get; set; } = _ => null;

    /// <summary>A file's content; null for 550.</summary>
    public Func<string, byte[]?> Content { get; set; } = _ => null;

    /// <summary>The reply to any other command; null for the usual one.</summary>
    public Func<string, string?> Reply { get; set; } = _ => null;

    public ConcurrentQueue<string> Commands { get; } = new();

    public string Url => $"ftp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public static string FileLine(string name, int size) => $"type=file;size={size};modify=20260101000000; {name}";

    public static string DirectoryLine(string name) => $"type=dir;modify=20260101000000; {name}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true) sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using TcpClient closing = client;
            NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await SayAsync(stream, "220 ready");
            TcpListener? data = null;
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                Commands.Enqueue(line);
                int blank = line.IndexOf(' ', StringComparison.Ordinal);
                string verb = blank < 0 ? line : line[..blank];
                string path = blank < 0 ? "" : line[(blank + 1)..];
                if (Reply(line) is { } said)
                {
                    await SayAsync(stream, said);
                    continue;
                }

                switch (verb)
                {
                    case "EPSV":
                        data?.Stop();
                        data = new TcpListener(IPAddress.Loopback, 0);
                        data.Start();
                        await SayAsync(stream, $"229 Extended (|||{((IPEndPoint)data.LocalEndpoint).Port}|)");
                        break;
                    case "MLSD":
                        await SendAsync(stream, data!, List(path)?.Select(entry => Encoding.UTF8.GetBytes(entry + "\r\n")));
                        break;
                    case "RETR":
                        await SendAsync(stream, data!, Content(path) is { } content ? [content] : null);
                        break;
                    default:
                        await SayAsync(stream, verb switch
                        {
                            "USER" => "331 go on",
                            "PASS" => "230 in",
                            "FEAT" => "211-Features\r\n MLST type*;size*;modify*;\r\n SIZE\r\n MDTM\r\n EPSV\r\n MFMT\r\n UTF8\r\n211 End",
                            "TYPE" or "OPTS" or "NOOP" => "200 well",
                            "DELE" or "RMD" or "MFMT" => "250 done",
                            "MLST" when List(path) is not null => "250-Listing\r\n type=dir; " + path + "\r\n250 End",
                            "MKD" => "257 \"" + path + "\"",
                            "QUIT" => "221 bye",
                            _ => "550 no",
                        });
                        break;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away.
        }
    }

    private async Task SendAsync(NetworkStream control, TcpListener port, IEnumerable<byte[]>? pieces)
    {
        if (pieces is null)
        {
            port.Stop();
            await SayAsync(control, "550 no such thing");
            return;
        }

        await SayAsync(control, "150 here it comes");
        using (TcpClient data = await port.AcceptTcpClientAsync(_stop.Token))
        {
            var stream = new BufferedStream(data.GetStream(), 64 * 1024);
            foreach (byte[] piece in pieces) await stream.WriteAsync(piece, _stop.Token);
            await stream.FlushAsync(_stop.Token);
        }

        port.Stop();
        await SayAsync(control, "226 done");
    }

    private Task SayAsync(NetworkStream stream, string line) => stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), _stop.Token).AsTask();
}
