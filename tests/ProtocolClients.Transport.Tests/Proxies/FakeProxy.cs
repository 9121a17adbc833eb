using System.Globalization;
using System.Net;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Proxies;

/// <summary>A proxy that plays a script: what it expects byte by byte, and what it says, whole or a byte at a time.</summary>
internal sealed class FakeProxy
{
    private readonly List<Func<DuplexStream, Task>> _connections = [];
    private readonly List<Task> _running = [];

    public List<EndPoint> Dialed { get; } = [];

    public bool Drip { get; init; }

    public IDialer Dialer => InMemoryDialer.Accepting((stream, endPoint) =>
    {
        Func<DuplexStream, Task> script = _connections[Dialed.Count];
        Dialed.Add(endPoint);
        _running.Add(script(stream));
    });

    /// <summary>The next connection: steps of <c>&gt;</c> (what the client sends) and <c>&lt;</c> (what the proxy says), then the end or silence.</summary>
    public FakeProxy Then(bool close, params (char Side, byte[] Bytes)[] steps)
    {
        _connections.Add(async stream =>
        {
            foreach ((char side, byte[] bytes) in steps)
            {
                if (side == '>')
                {
                    byte[] got = new byte[bytes.Length];
                    await stream.ReadExactlyAsync(got);
                    Assert.Equal(Encoding.Latin1.GetString(bytes), Encoding.Latin1.GetString(got));
                    continue;
                }

                for (int i = 0; i < bytes.Length; i += Drip ? 1 : bytes.Length)
                {
                    if (Drip) await stream.WaitForReadAsync();
                    await stream.WriteAsync(bytes.AsMemory(i, Drip ? 1 : bytes.Length));
                }
            }

            if (close) await stream.DisposeAsync();
        });
        return this;
    }

    public FakeProxy Then(Func<DuplexStream, Task> script)
    {
        _connections.Add(script);
        return this;
    }

    /// <summary>All scripts ran to their ends, and each was dialed.</summary>
    public async Task DoneAsync()
    {
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(_connections.Count, Dialed.Count);
    }

    public static (char, byte[]) Client(string text) => ('>', Encoding.Latin1.GetBytes(text));

    public static (char, byte[]) Proxy(string text) => ('<', Encoding.Latin1.GetBytes(text));

    public static (char, byte[]) ClientHex(string hex) => ('>', Hex(hex));

    public static (char, byte[]) ProxyHex(string hex) => ('<', Hex(hex));

    public static async Task<string> ReadAsync(Connection connection, int count)
    {
        byte[] bytes = new byte[count];
        await connection.Stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(TimeSpan.FromMinutes(2));
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>Reads a request head of a client, without the code of the client.</summary>
    public static async Task<string> HeadAsync(Stream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1) text.Append((char)one[0]);
        return text.ToString();
    }

    // "05 01 'text' 00": hex bytes and quoted text.
    private static byte[] Hex(string text)
    {
        var bytes = new List<byte>();
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part[0] == '\'') bytes.AddRange(Encoding.Latin1.GetBytes(part.Trim('\'')));
            else bytes.Add(byte.Parse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        }

        return [.. bytes];
    }
}
