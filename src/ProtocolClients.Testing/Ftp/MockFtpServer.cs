using System.Net.Sockets;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// An FTP server for tests, on sockets or in memory, with files, faults on the control and on the data connections, and a journal
/// of every command. It is strict where the RFCs are (959, 1123, 2389, 2428, 3659, 4217, 7151): what a client does wrong is refused
/// and noted in <see cref="MockFtpCalls.Problems"/>.
/// <code>
/// await using MockFtpServer server = await MockFtpServer.StartAsync();
/// server.Files["pub/a.txt"] = "hello"u8;
/// server.DataFaults.ResetAfterBytes(3).Once();
/// </code>
/// </summary>
public sealed class MockFtpServer : MockServer
{
    private readonly MockFtpServerOptions _options;
    private readonly Dictionary<string, int> _sessions = new(StringComparer.Ordinal);

    private MockFtpServer(MockFtpServerOptions options)
        : base(options, options.Tls ? "ftps" : "ftp")
    {
        _options = options;
        Calls = new MockFtpCalls { Limit = options.KeptCalls };
        DataFaults = new Faults(options.TimeProvider);
        Data = new FtpDataServer(DataFaults, options, TlsOptionsNow);
        Directories = new MockFtpDirectories(Files);
        Tree = new FtpTree(Files, Links, Directories, options.TimeProvider);
        Users = new MockFtpUsers(Transcript);
        Transcript.MaskAfter("PASS ");
        Transcript.MaskAfter("ACCT ");
    }

    /// <summary>What is served and stored, by paths from the root.</summary>
    public MockFiles Files { get; } = new();

    /// <summary>What clients asked.</summary>
    public MockFtpCalls Calls { get; }

    /// <summary>The symbolic links among the files.</summary>
    public MockFtpLinks Links { get; } = new();

    /// <summary>Directories whose entries are made as they are listed.</summary>
    public MockFtpDirectories Directories { get; }

    /// <summary>
    /// Lines of one's own for listings: told the command (LIST, NLST, MLSD, STAT) and the path from the root; null for the ordinary ones.
    /// Bytes that are no UTF-8 are lone surrogates, U+DC80 for 0x80 to U+DCFF for 0xFF. Enumerated as they are sent.
    /// </summary>
    public Func<string, string, IEnumerable<string>?>? ListingLines { get; set; }

    /// <summary>Who may log in; while there is nobody in it everybody may.</summary>
    public MockFtpUsers Users { get; }

    /// <summary>What is answered otherwise than the server would, by command.</summary>
    public MockFtpReplies Replies { get; } = new();

    /// <summary>
    /// What goes wrong on data connections, where <see cref="MockServer.Faults"/> is for the control connections. With
    /// <see cref="FaultRule.On(string)"/> on those of a command: <c>On("RETR")</c>, <c>On("STOR a.txt")</c>.
    /// </summary>
    public Faults DataFaults { get; }

    /// <summary>Options for a client of this server: it trusts the certificate, dials memory where needed, uses the server's time, retries nothing.</summary>
    public FtpClientOptions ClientOptions => FtpClientOptions.Default with
    {
        Transport = Transport,
        TimeProvider = _options.TimeProvider,
        Resilience = ResilienceOptions.None,
    };

    /// <summary>How many data connections there were.</summary>
    public long DataConnectionCount => Data.ConnectionCount;

    /// <summary>How many data connections are open.</summary>
    public int OpenDataConnections => Data.OpenConnections;

    internal FtpDataServer Data { get; }

    internal FtpTree Tree { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="options">The options; null for FTP on a free port of 127.0.0.1 that lets everybody in.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; disposing it closes its connections.</returns>
    /// <exception cref="SocketException">The end point cannot be listened on.</exception>
    public static async Task<MockFtpServer> StartAsync(MockFtpServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var server = new MockFtpServer(options ?? MockFtpServerOptions.Default);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Starts a server without a socket: only clients with its <see cref="MockServer.Transport"/> reach it, by any host name. Data
    /// connections are passive, to the ports 40000 to 59999.
    /// </summary>
    /// <param name="options">The options; null for one that lets everybody in.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The server; disposing it closes its connections.</returns>
    public static Task<MockFtpServer> StartInMemoryAsync(MockFtpServerOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync((options ?? MockFtpServerOptions.Default) with { InMemory = true }, cancellationToken);

    internal bool TryEnter(string user, int most)
    {
        lock (_sessions)
        {
            int count = _sessions.GetValueOrDefault(user);
            if (count >= most) return false;
            _sessions[user] = count + 1;
            return true;
        }
    }

    internal void Leave(string user)
    {
        lock (_sessions) _sessions[user]--;
    }

    /// <summary>The URL of a path on this server.</summary>
    /// <param name="path">The path, escaped: <c>/pub/a.txt</c>.</param>
    public Uri UrlOf(string path) => new(Url, path);

    /// <inheritdoc/>
    protected override async Task ServeAsync(MockConnection connection, CancellationToken cancellationToken)
    {
        using var session = new FtpServerSession(this, _options, connection, cancellationToken);
        await session.RunAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask StopAsync() => Data.DisposeAsync();

    private protected override bool MayStopTls => true;

    private protected override bool TryAcceptOther(DuplexStream stream, int port) => Data.TryAccept(stream, port);
}
