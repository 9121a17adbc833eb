using System.Net;
using System.Net.Sockets;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// An HTTP proxy that opens tunnels (CONNECT, RFC 9110 §9.3.6), to addresses of this machine only, and asks who the client is when
/// <see cref="Authentication"/> says so. For requests in absolute form a <see cref="MockHttpServer"/> stands in for a proxy.
/// </summary>
public sealed class MockProxyServer : MockServer
{
    private MockProxyServer(MockServerOptions options)
        : base(options, options.Tls ? "https" : "http")
    {
    }

    /// <summary>Whom tunnels are opened for; null for everybody.</summary>
    public MockAuthentication? Authentication
    {
        get;
        set
        {
            field = value;
            foreach (string secret in value?.Secrets ?? []) Transcript.AddSecret(secret);
        }
    }

    /// <summary>Whether the connection is closed behind each answer that asks who the client is.</summary>
    public bool ClosesWhenAsking { get; set; }

    /// <summary>What clients asked for.</summary>
    public CallLog<MockProxyCall> Calls { get; } = new();

    /// <summary>Starts a proxy.</summary>
    /// <param name="options">Its options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<MockProxyServer> StartAsync(MockServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var proxy = new MockProxyServer(options ?? new MockServerOptions());
        await proxy.StartAsync(cancellationToken).ConfigureAwait(false);
        return proxy;
    }

    /// <inheritdoc/>
    protected override async Task ServeAsync(MockConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        while (await ReadHeadAsync(connection.Stream, cancellationToken).ConfigureAwait(false) is { } head)
        {
            string[] lines = head.Split("\r\n");
            string[] words = lines[0].Split(' ');
            string authority = words.Length == 3 ? words[1] : string.Empty;
            string shown = Field(lines, "Proxy-Authorization");
            MockVerdict verdict = Authentication?.Judge(new MockCredential(shown, words[0], authority, connection.Id, default)) ?? MockVerdict.In;
            int status = words[0] != "CONNECT" ? 405 : !verdict.IsIn ? 407 : Loopback(authority) is null ? 403 : 200;
            using TcpClient? peer = status == 200 ? await DialAsync(Loopback(authority)!, cancellationToken).ConfigureAwait(false) : null;
            if (status == 200 && peer is null) status = 502;
            Calls.Add(new MockProxyCall(authority, shown, status, connection.Id));
            await connection.Stream.WriteAsync(Answer(status, verdict), cancellationToken).ConfigureAwait(false);
            if (peer is not null)
            {
                await RelayAsync(connection.Stream, peer.GetStream(), cancellationToken).ConfigureAwait(false);
                return;
            }

            if (status == 407 && ClosesWhenAsking) return;
        }
    }

    /// <inheritdoc/>
    protected override bool EndsText(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return line.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
    }

    private byte[] Answer(int status, MockVerdict verdict)
    {
        if (status == 200)
        {
            string last = verdict.Info is { } info ? $"Proxy-Authentication-Info: {info([])}\r\n" : string.Empty;
            return Encoding.Latin1.GetBytes($"HTTP/1.1 200 Connection established\r\n{last}{Asked(verdict)}\r\n");
        }

        string close = status == 407 && ClosesWhenAsking ? "Connection: close\r\n" : string.Empty;
        return Encoding.Latin1.GetBytes($"HTTP/1.1 {status} Refused\r\n{(status == 407 ? Asked(verdict) : string.Empty)}{close}Content-Length: 4\r\n\r\nno.\n");
    }

    private static string Asked(MockVerdict verdict) => string.Concat(verdict.Challenges.Select(static challenge => $"Proxy-Authenticate: {challenge}\r\n"));

    private static string Field(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? string.Empty;

    private static IPEndPoint? Loopback(string authority)
    {
        string literal = authority.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + authority[9..] : authority;
        return IPEndPoint.TryParse(literal, out IPEndPoint? found) && IPAddress.IsLoopback(found.Address) ? found : null;
    }

    private static async Task<TcpClient?> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var client = new TcpClient(endPoint.AddressFamily);
        try
        {
            await client.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch (SocketException)
        {
            client.Dispose();
            return null;
        }
    }

    private static async Task RelayAsync(Stream client, NetworkStream peer, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task up = PumpAsync(client, peer, () => peer.Socket.Shutdown(SocketShutdown.Send), either.Token);
        Task down = PumpAsync(peer, client, null, either.Token);
        await Task.WhenAny(down, Task.WhenAll(up, down)).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(up, down).ConfigureAwait(false);
    }

    private static async Task PumpAsync(Stream from, Stream to, Action? end, CancellationToken cancellationToken)
    {
        try
        {
            await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
            end?.Invoke();
        }
        catch (Exception over) when (over is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // One side left: the tunnel ends.
        }
    }

    // A reader of its own, which shares nothing with the client; a byte at a time, so that none of the tunnel's is taken.
    private static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < 64 * 1024)
        {
            if (await stream.ReadAsync(one, cancellationToken).ConfigureAwait(false) == 0) return null;
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.Length >= 4 && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r') return head.ToString();
        }

        return null;
    }
}

/// <summary>One CONNECT that a <see cref="MockProxyServer"/> saw.</summary>
/// <param name="Authority">The host and port that were asked for.</param>
/// <param name="ProxyAuthorization">The value of <c>Proxy-Authorization</c>; empty for none.</param>
/// <param name="Status">The answer.</param>
/// <param name="ConnectionId">The number of the connection.</param>
public sealed record MockProxyCall(string Authority, string ProxyAuthorization, int Status, long ConnectionId);
