using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProtocolClients.Testing.Tests.Ftp;

/// <summary>A client that sends the bytes it is told and reads whole replies (Latin-1); knows nothing else of FTP.</summary>
internal sealed class FtpRaw : IAsyncDisposable
{
    private readonly MockFtpServer _server;

    private FtpRaw(MockFtpServer server, Stream stream)
    {
        _server = server;
        Control = stream;
    }

    public Stream Control { get; set; }

    /// <summary>Connects and reads the greeting.</summary>
    public static async Task<FtpRaw> ConnectAsync(MockFtpServer server)
    {
        var raw = new FtpRaw(server, await Raw.ConnectAsync(server));
        raw.Greeting = await raw.ReplyAsync();
        return raw;
    }

    /// <summary>Connects, logs in and sets type I.</summary>
    public static async Task<FtpRaw> LoginAsync(MockFtpServer server)
    {
        FtpRaw raw = await ConnectAsync(server);
        Assert.StartsWith("331 ", await raw.AskAsync("USER ann"), StringComparison.Ordinal);
        Assert.StartsWith("230 ", await raw.AskAsync("PASS secret"), StringComparison.Ordinal);
        Assert.StartsWith("200 ", await raw.AskAsync("TYPE I"), StringComparison.Ordinal);
        return raw;
    }

    public string Greeting { get; private set; } = "";

    public Task SendAsync(string text) => Raw.SendAsync(Control, text);

    /// <summary>Sends a line and reads the reply.</summary>
    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>Asks and checks the code.</summary>
    public async Task<string> ExpectAsync(string line, int code)
    {
        string reply = await AskAsync(line);
        Assert.True(reply.StartsWith(code.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), $"{line} -> {reply}, not {code}");
        return reply;
    }

    /// <summary>A whole reply, its lines joined by LF.</summary>
    public async Task<string> ReplyAsync()
    {
        string first = await LineAsync();
        if (first.Length < 4 || first[3] != '-') return first;
        var all = new StringBuilder(first);
        while (true)
        {
            string line = await LineAsync();
            all.Append('\n').Append(line);
            if (line.StartsWith(first[..3] + " ", StringComparison.Ordinal)) return all.ToString();
        }
    }

    public async Task<string> LineAsync() => (await Raw.ReadUntilAsync(Control, "\r\n"))[..^2];

    /// <summary>Opens a passive data connection by EPSV, in memory or on a socket.</summary>
    public async Task<Stream> PassiveAsync()
    {
        string reply = await ExpectAsync("EPSV", 229);
        return await DialAsync(int.Parse(reply.Split('|')[3], CultureInfo.InvariantCulture));
    }

    public async Task<Stream> DialAsync(int port)
    {
        if (_server.Transport.Dialer is { } dialer) return (await dialer.DialAsync(new DnsEndPoint("localhost", port))).Stream;
        var socket = new Socket(_server.EndPoint!.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_server.EndPoint!.Address, port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Gets what a command sends over the data connection, and checks 150 and 226.</summary>
    public async Task<string> GetAsync(string command)
    {
        await using Stream data = await PassiveAsync();
        await ExpectAsync(command, 150);
        (string text, bool wasReset) = await Raw.ReadToEndAsync(data);
        Assert.False(wasReset);
        Assert.StartsWith("226 ", await ReplyAsync(), StringComparison.Ordinal);
        return text;
    }

    /// <summary>Sends something over the data connection, and checks 150 and 226.</summary>
    public async Task<string> PutAsync(string command, string content)
    {
        string opening;
        await using (Stream data = await PassiveAsync())
        {
            opening = await ExpectAsync(command, 150);
            await Raw.SendAsync(data, content);
        }

        Assert.StartsWith("226 ", await ReplyAsync(), StringComparison.Ordinal);
        return opening;
    }

    public ValueTask DisposeAsync() => Control.DisposeAsync();
}
