using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.Servers.Tests;

/// <summary>What the tests share: a raw client of the base library, and a limit on every wait.</summary>
internal static class TestKit
{
    public static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    public static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    /// <summary>The same on an address of loopback where no other test listens: for who dials or takes the port again after the server has left it.</summary>
    public static readonly IPEndPoint AnyPortOfItsOwn = new(IPAddress.Parse("127.0.0.9"), 0);

    public static async Task<NetworkStream> DialAsync(EndPoint endPoint)
    {
        var socket = endPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(Safety);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task SendAsync(this Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask().WaitAsync(Safety);
        await stream.FlushAsync().WaitAsync(Safety);
    }

    /// <summary>Reads exactly one line, byte by byte, so that nothing is read ahead; null at the end.</summary>
    public static async Task<string?> LineAsync(this Stream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one).AsTask().WaitAsync(Safety) > 0)
        {
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return line.Length == 0 ? null : line.ToString();
    }

    public static async Task<string> ToEndAsync(this Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Safety);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    /// <summary>Waits until something that other tasks bring about has come true.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Safety, TimeProvider.System);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"never came true: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    public static async Task EchoAsync(ServerConnection connection, CancellationToken cancellationToken)
    {
        while (await connection.ReadLineAsync(cancellationToken) is { } line)
            await connection.WriteLineAsync("echo " + line, cancellationToken);
    }
}
