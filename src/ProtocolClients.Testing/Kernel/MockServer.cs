using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// What every mock server is: connections from a socket or from memory, TLS with certificates made on the fly, faults, a
/// transcript. A protocol's server derives from it and answers each connection in <see cref="ServeAsync"/>.
/// </summary>
public abstract class MockServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<long, (MockConnection Connection, TranscriptRecorder? Recorder)> _open = new();
    private readonly string _scheme;
    private readonly InMemoryDialer? _dialer;
    private readonly Lazy<SslStreamCertificateContext> _certificate;
    private StreamServer? _server;
    private TaskCompletionSource<MockConnection> _newest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    /// <summary>Keeps the options; nothing is opened before <see cref="StartAsync"/>.</summary>
    /// <param name="options">The options.</param>
    /// <param name="scheme">The scheme of the server's URL with the options' TLS, for example <c>ftps</c>.</param>
    protected MockServer(MockServerOptions options, string scheme)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        Options = options;
        _scheme = scheme;
        Faults = new Faults(options.TimeProvider);
        Transcript = new Transcript { IsEnabled = options.KeepTranscript };
        _certificate = new(() => SslStreamCertificateContext.Create(
            options.ServerCertificate ?? TestCertificates.Shared[options.Certificate], additionalCertificates: null, offline: true));
        if (options.InMemory) _dialer = InMemoryDialer.Accepting(Accept);
    }

    /// <summary>The server's URL: its scheme, 127.0.0.1 (in memory <c>localhost</c>) and its port.</summary>
    public Uri Url { get; private set; } = new("none:");

    /// <summary>Where the server listens; null in memory.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Transport options that reach this server: its dialer when it is in memory, no proxy, the test authority trusted.</summary>
    public TransportOptions Transport => TransportOptions.Default with
    {
        Dialer = _dialer,
        Proxy = ProxyOptions.None,
        Tls = TlsOptions.Default with { Roots = [TestCertificates.Shared.Authority] },
    };

    /// <summary>What goes wrong.</summary>
    public Faults Faults { get; }

    /// <summary>What was said.</summary>
    public Transcript Transcript { get; }

    /// <summary>How many connections were accepted.</summary>
    public long ConnectionCount => _server?.AcceptedConnections ?? 0;

    /// <summary>How many connections are open.</summary>
    public int OpenConnections => _server?.ActiveConnections ?? 0;

    /// <summary>The options.</summary>
    protected MockServerOptions Options { get; }

    /// <summary>The application protocols that TLS accepts (ALPN), best first.</summary>
    protected virtual IReadOnlyList<SslApplicationProtocol> ApplicationProtocols => [];

    /// <summary>
    /// Completes when the client of the newest connection has taken everything and awaits more (in memory), or when this
    /// server awaits that client (on a socket). Waits for a first connection when there was none.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitForReadAsync(CancellationToken cancellationToken = default)
    {
        Task<MockConnection> newest;
        lock (_gate) newest = _newest.Task;
        MockConnection connection = await newest.WaitAsync(cancellationToken).ConfigureAwait(false);
        await connection.WaitForReadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends every open connection with a reset; the server goes on.</summary>
    public void ResetConnections()
    {
        foreach ((MockConnection connection, _) in _open.Values) connection.Reset();
    }

    /// <summary>Stops listening, closes every connection and waits for what served them.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopped) return;
            _stopped = true;
        }

        if (_server is not null) await _server.DisposeAsync().ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the server for clients.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="SocketException">The end point cannot be listened on.</exception>
    protected virtual Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // No limits, and no time of its own: the options' time is for faults, and a test that drives it counts its timers.
        var options = new ServerOptions { Wrap = Open, MaxConnections = int.MaxValue, HandshakeTimeout = Timeout.InfiniteTimeSpan };
        if (Options.InMemory)
        {
            _server = InMemoryServer.Start(RunAsync, options);
            Url = new Uri($"{_scheme}://localhost/");
            return Task.CompletedTask;
        }

        TcpServer server = TcpServer.Start(Options.EndPoint, RunAsync, options);
        _server = server;
        EndPoint = server.EndPoint;
        Url = new UriBuilder(_scheme, EndPoint.Address.ToString(), EndPoint.Port, "/").Uri;
        return Task.CompletedTask;
    }

    /// <summary>Answers one connection, TLS done where the options say so. The connection is closed when it returns.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends with the connection, and so with the server.</param>
    protected abstract Task ServeAsync(MockConnection connection, CancellationToken cancellationToken);

    /// <summary>Ends what the derived server keeps; called once, when no connection is left.</summary>
    protected virtual ValueTask StopAsync() => ValueTask.CompletedTask;

    /// <summary>True for a line of the transcript after which a connection is not text any more.</summary>
    /// <param name="line">The line, not redacted.</param>
    protected virtual bool EndsText(string line) => false;

    /// <summary>Whether a connection may go back from TLS to plain text.</summary>
    private protected virtual bool MayStopTls => false;

    /// <summary>Takes a connection in memory that is not to the server's own port.</summary>
    /// <param name="stream">The server's end.</param>
    /// <param name="port">The port that was dialed.</param>
    /// <returns>False when it is an ordinary connection.</returns>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    private protected virtual bool TryAcceptOther(DuplexStream stream, int port) => false;

    private void Accept(DuplexStream stream, EndPoint endPoint)
    {
        int port = endPoint switch { DnsEndPoint name => name.Port, IPEndPoint address => address.Port, _ => 0 };
        if (TryAcceptOther(stream, port)) return;
        try
        {
            _ = (_server ?? throw new SocketException((int)SocketError.ConnectionRefused)).Accept(stream, control: new DuplexControl(stream));
        }
        catch (ObjectDisposedException)
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }
    }

    // As a connection comes, in memory before its dial has ended: what a test asks of the newest one is about this one.
    private Stream Open(ServerConnection server, Stream raw)
    {
        if (raw is NetworkStream socket) TakeUrgentInline(socket.Socket);
        TranscriptRecorder? recorder = Transcript.IsEnabled ? new TranscriptRecorder(Transcript, server.Id, EndsText) : null;
        var connection = new MockConnection(server, raw, Faults, recorder, TlsOptionsNow, (Options.Latency, Options.TimeProvider), MayStopTls);
        _open[server.Id] = (connection, recorder);
        lock (_gate)
        {
            if (_newest.Task.IsCompleted) _newest = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _newest.SetResult(connection);
        }

        return connection.Wire;
    }

    // What a client sends out of band (the end of an ABOR) stands in its place among the rest.
    private static void TakeUrgentInline(Socket socket)
    {
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        }
        catch (SocketException)
        {
            // It has gone already; some systems say so here.
        }
    }

    private async Task RunAsync(ServerConnection server, CancellationToken cancellationToken)
    {
        (MockConnection connection, TranscriptRecorder? recorder) = _open[server.Id];

        // A mock server that stops is an end to its clients, not an error.
        using CancellationTokenRegistration stop = server.Stopping.UnsafeRegister(static s => ((ServerConnection)s!).Close(), server);
        try
        {
            if (Options.Tls) await connection.StartTlsAsync(cancellationToken).ConfigureAwait(false);
            await ServeAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.SettleAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            recorder?.Note("(TLS failed: " + e.Message + ")");
        }
        finally
        {
            // Ends what a fault stalls.
            await connection.Stream.DisposeAsync().ConfigureAwait(false);
            _open.TryRemove(server.Id, out _);
        }
    }

    private protected SslServerAuthenticationOptions TlsOptionsNow() => new()
    {
        // One for all connections: sessions are resumed within it.
        ServerCertificateContext = _certificate.Value,
        ClientCertificateRequired = Options.RequireClientCertificate,
        EnabledSslProtocols = Options.TlsVersions,
        ApplicationProtocols = ApplicationProtocols is { Count: > 0 } protocols ? [.. protocols] : null,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate),
    };

    private bool Accepts(X509Certificate? certificate)
    {
        if (!Options.RequireClientCertificate) return true;
        if (certificate is null) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(TestCertificates.Shared.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using X509Certificate2 shown = X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));
        return chain.Build(shown);
    }
}
