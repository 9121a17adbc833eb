using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.HttpTests;

/// <summary>A server of literal bytes: reads a request's head, hands it to the script, writes what the script gives. No HTTP of its own.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<string, NetworkStream, CancellationToken, Task> _script;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public RawServer(Func<string, NetworkStream, CancellationToken, Task> script, IPAddress? address = null)
    {
        _script = script;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers each request with the same text, or one after the other, the last again and again.</summary>
    public RawServer(params string[] answers)
        : this(Answering(answers))
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/";

    /// <summary>Every request head, in the order they came, CRLF and all.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public int Connections { get; private set; }

    public static Task WriteAsync(NetworkStream stream, string text, CancellationToken cancellationToken = default) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        // The token ends the accepting; a listener that is stopped under it fails in other ways.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
    }

    private static Func<string, NetworkStream, CancellationToken, Task> Answering(string[] answers)
    {
        int next = -1;
        return (_, stream, cancellationToken) => WriteAsync(stream, answers[Math.Min(Interlocked.Increment(ref next), answers.Length - 1)], cancellationToken);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
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
                NetworkStream stream = client.GetStream();
                while (await ReadHeadAsync(stream) is { } head)
                {
                    Heads.Enqueue(head);
                    await _script(head, stream, _stop.Token);
                    if (head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase)) return;
                }
            }
            catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException or SocketException or CloseException)
            {
            }
        }
    }

    /// <summary>The head, and its body when a length says so; null at the end.</summary>
    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Append((char)one[0]);
        }

        string text = head.ToString();
        int at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return text;
        int length = int.Parse(text.AsSpan(at + 16, text.IndexOf((char)13, at) - at - 16), System.Globalization.CultureInfo.InvariantCulture);
        byte[] body = new byte[length];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return text + Encoding.Latin1.GetString(body);
    }

    /// <summary>Thrown by a script to close the connection.</summary>
    public sealed class CloseException : Exception;
}
