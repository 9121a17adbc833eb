using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests.Transcripts;

/// <summary>
/// A server of literal bytes in memory, without a parser: what a client has to send, byte by byte, and what it is sent. One script a control
/// connection, a step a line; <c>\xHH</c>, <c>\r</c> and <c>\n</c> are bytes.
/// <code>
/// S: 220 ready      sent with CR LF; neighbours go out in one write      S~ 22        the same without CR LF
/// C: NOOP           expected, with CR LF                                 Q            the client waits, and has sent nothing more
/// D: text           sent over the data connection                        D.           its end
/// D! its reset      D^ the client ends it      D= text   all that the client sends over it
/// G                 waits for the test         X.        the end of the control connection    X! its reset
/// S* text           again and again, until the client is gone; D* over the data connection
/// </code>
/// </summary>
internal sealed class ScriptedFtp : IAsyncDisposable
{
    /// <summary>An anonymous login, at a server without FEAT.</summary>
    public const string Login = """
        S: 220 ready
        C: USER anonymous
        S: 331 any password
        C: PASS anonymous@
        S: 230 in
        C: FEAT
        S: 500 what
        """;

    /// <summary>The same, with TYPE I behind it.</summary>
    public const string LoginBinary = Login + """

        C: TYPE I
        S: 200 ok
        """;

    /// <summary>The Command and the Idle deadline of a client in virtual time.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string[][] _scripts;
    private readonly Channel<DuplexStream> _data = Channel.CreateUnbounded<DuplexStream>();
    private readonly SemaphoreSlim _gate = new(0);
    private readonly SemaphoreSlim _reached = new(0);
    private readonly List<Task> _running = [];
    private readonly Lock _lock = new();
    private int _connections;

    public ScriptedFtp(params string[] scripts) => _scripts = [.. scripts.Select(script => script.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>How many control connections there were.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Where data connections were dialed to.</summary>
    public List<string> Dialed { get; } = [];

    /// <summary>Ports at which nobody listens.</summary>
    public HashSet<int> Refused { get; } = [];

    public VirtualTime? Time { get; init; }

    /// <summary>A client of it: no TLS, one attempt, one connection, unless a test wants it otherwise.</summary>
    public FtpClient Client(Func<FtpClientOptions, FtpClientOptions>? change = null, string url = "ftp://peer.test")
    {
        var options = new FtpClientOptions
        {
            Transport = TransportOptions.Default with
            {
                Dialer = InMemoryDialer.Accepting(Accept),
                Proxy = ProxyOptions.None,
                Tls = TlsOptions.Default with { Mode = TlsMode.None, Roots = [TestCertificates.Shared.Authority] },
            },
            Resilience = ResilienceOptions.None,
            MaxConnections = 1,
            // In real time only so that a test which fails does not hang.
            Deadlines = Deadlines.Default with { Command = Time is null ? Patience : Deadline, Idle = Time is null ? Patience : Deadline },
            TimeProvider = Time ?? TimeProvider.System,
        };
        return new FtpClient(url, change?.Invoke(options) ?? options);
    }

    /// <summary>Completes when a script waits for the test (G).</summary>
    public Task ReachedAsync() => _reached.WaitAsync(Patience);

    /// <summary>Lets the script go on.</summary>
    public void Go() => _gate.Release();

    /// <summary>A script was played to its end.</summary>
    public Task EndedAsync(int connection)
    {
        lock (_lock) return _running[connection - 1].WaitAsync(Patience);
    }

    /// <summary>All scripts were played to their ends; behind them came nothing but a QUIT.</summary>
    public async Task DoneAsync()
    {
        Task[] running;
        lock (_lock) running = [.. _running];
        await Task.WhenAll(running).WaitAsync(Patience);
        Assert.Equal(_scripts.Length, Connections);
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Release(100);
        Task[] running;
        lock (_lock) running = [.. _running];
        await Task.WhenAll(running).WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _gate.Dispose();
        _reached.Dispose();
    }

    private void Accept(DuplexStream stream, EndPoint endPoint)
    {
        int port = endPoint is DnsEndPoint name ? name.Port : ((IPEndPoint)endPoint).Port;
        if (port is not (21 or 990))
        {
            lock (_lock) Dialed.Add(endPoint is DnsEndPoint { Host: var host } ? $"{host}:{port}" : endPoint.ToString()!);
            if (Refused.Contains(port)) throw new SocketException((int)SocketError.ConnectionRefused);
            _data.Writer.TryWrite(stream);
            return;
        }

        int index = Interlocked.Increment(ref _connections) - 1;
        if (index >= _scripts.Length) throw new SocketException((int)SocketError.ConnectionRefused);
        lock (_lock) _running.Add(PlayAsync(stream, _scripts[index], index + 1));
    }

    private async Task PlayAsync(DuplexStream control, string[] script, int connection)
    {
        await Task.Yield();
        DuplexStream? data = null;
        await using DuplexStream closing = control;
        try
        {
            for (int i = 0; i < script.Length; i++)
            {
                string where = $"connection {connection}, step {i + 1}: {script[i]}";
                (string verb, string text) = script[i].Length < 2 ? (script[i], "") : (script[i][..2], Rest(script[i]));
                switch (verb)
                {
                    case "S:" or "S~":
                        var written = new StringBuilder();
                        for (; i < script.Length && script[i].StartsWith('S') && script[i][1] != '*'; i++)
                        {
                            written.Append(Rest(script[i]));
                            if (script[i][1] == ':') written.Append("\r\n");
                        }

                        i--;
                        await control.WriteAsync(Bytes(written.ToString()));
                        break;
                    case "C:":
                        await ExpectAsync(control, Bytes(text + "\r\n"), where);
                        break;
                    case "Q":
                        await control.WaitForReadAsync().WaitAsync(Patience);
                        Assert.True(await IsQuietAsync(control), $"{where}: the client sent more.");
                        break;
                    case "D:":
                        data ??= await _data.Reader.ReadAsync().AsTask().WaitAsync(Patience);
                        await data.WriteAsync(Bytes(text)).AsTask().WaitAsync(Patience);
                        break;
                    case "D.":
                        data ??= await _data.Reader.ReadAsync().AsTask().WaitAsync(Patience);
                        data.CompleteWriting();
                        data = null;
                        break;
                    case "D!":
                        data ??= await _data.Reader.ReadAsync().AsTask().WaitAsync(Patience);
                        data.Abort();
                        data = null;
                        break;
                    case "D=" or "D^":
                        data ??= await _data.Reader.ReadAsync().AsTask().WaitAsync(Patience);
                        string sent = await RestAsync(data);
                        if (verb == "D=") Assert.Equal(Text(Bytes(text)), sent);
                        data.Dispose();
                        data = null;
                        break;
                    case "G":
                        _reached.Release();
                        await _gate.WaitAsync(Patience);
                        break;
                    case "S*":
                        await FloodAsync(control, Bytes(text));
                        return;
                    case "D*":
                        await FloodAsync(data ?? await _data.Reader.ReadAsync().AsTask().WaitAsync(Patience), Bytes(text));
                        data = null;
                        break;
                    case "X.":
                        return;
                    case "X!":
                        control.Abort();
                        return;
                    default:
                        Assert.Fail($"{where} is no step.");
                        break;
                }
            }

            string rest = await RestAsync(control);
            Assert.True(rest is "" or "QUIT\r\n", $"connection {connection} went on: {rest}");
        }
        finally
        {
            data?.Dispose();
        }
    }

    // Until the client is gone.
    private static async Task FloodAsync(DuplexStream stream, byte[] piece)
    {
        byte[] pieces = [.. Enumerable.Repeat(piece, Math.Max(1, 16 * 1024 / piece.Length)).SelectMany(static one => one)];
        try
        {
            while (true) await stream.WriteAsync(pieces).AsTask().WaitAsync(Patience);
        }
        catch (IOException)
        {
            stream.Dispose();
        }
    }

    private static string Rest(string step) => step.Length > 2 && step[2] == ' ' ? step[3..] : step[2..];

    private static async Task ExpectAsync(DuplexStream control, byte[] expected, string where)
    {
        byte[] came = new byte[expected.Length];
        for (int at = 0; at < expected.Length; at++)
        {
            int read = await control.ReadAsync(came.AsMemory(at, 1)).AsTask().WaitAsync(Patience);
            if (read == 1 && came[at] == expected[at]) continue;
            // The rest of the line tells more than its first wrong byte.
            string more = read == 0 ? "(end)" : Text(came.AsSpan(0, at + 1));
            byte[] buffer = new byte[200];
            if (read == 1 && !await IsQuietAsync(control)) more += Text(buffer.AsSpan(0, await control.ReadAsync(buffer)));
            Assert.Fail($"{where}: came {more}");
        }
    }

    private static async Task<bool> IsQuietAsync(DuplexStream control)
    {
        using var now = new CancellationTokenSource();
        ValueTask<int> reading = control.ReadAsync(Memory<byte>.Empty, now.Token);
        if (reading.IsCompleted) return false;
        await now.CancelAsync();
        try
        {
            await reading;
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private static async Task<string> RestAsync(DuplexStream stream)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience)) > 0) all.Write(buffer, 0, read);
        }
        catch (IOException)
        {
            // Ended by a reset.
        }

        return Text(all.ToArray());
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
                continue;
            }

            char escape = text[++i];
            if (escape == 'x') bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            else bytes.Add(escape switch { 'r' => (byte)'\r', 'n' => (byte)'\n', _ => (byte)escape });
            if (escape == 'x') i += 2;
        }

        return [.. bytes];
    }
}
