using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>
/// What every mock server is: connections from a socket or from memory, TLS with certificates made on the fly, faults, a
/// transcript. A protocol's server derives from it and answers each connection in <see cref="ServeAsync"/>.
/// </summary>
public abstract class MockServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<MockConnection, Task> _open = [];
    private readonly string _scheme;
    private readonly InMemoryDialer? _dialer;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private TaskCompletionSource<MockConnection> _newest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _connections;
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
        if (options.InMemory) _dialer = InMemoryDialer.Accepting((stream, _) => Accept(stream));
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
    public long ConnectionCount => Interlocked.Read(ref _connections);

    /// <summary>How many connections are open.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

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
        MockConnection[] open;
        lock (_gate) open = [.. _open.Keys];
        foreach (MockConnection connection in open) connection.Reset();
    }

    /// <summary>Stops listening, closes every connection and waits for what served them.</summary>
    public async ValueTask DisposeAsync()
    {
        KeyValuePair<MockConnection, Task>[] open;
        lock (_gate)
        {
            if (_stopped) return;
            _stopped = true;
            open = [.. _open];
        }

        _listener?.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (KeyValuePair<MockConnection, Task> each in open) await each.Key.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(open.Select(static each => each.Value).Append(_accepting)).ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the server for clients.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="SocketException">The end point cannot be listened on.</exception>
    protected virtual Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Options.InMemory)
        {
            Url = new Uri($"{_scheme}://localhost/");
            return Task.CompletedTask;
        }

        _listener = new Socket(Options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(Options.EndPoint);
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Url = new UriBuilder(_scheme, EndPoint.Address.ToString(), EndPoint.Port, "/").Uri;
        _accepting = AcceptAsync(_listener);
        return Task.CompletedTask;
    }

    /// <summary>Answers one connection, TLS done where the options say so. The connection is closed when it returns.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends with the server.</param>
    protected abstract Task ServeAsync(MockConnection connection, CancellationToken cancellationToken);

    /// <summary>Ends what the derived server keeps; called once, when no connection is left.</summary>
    protected virtual ValueTask StopAsync() => ValueTask.CompletedTask;

    /// <summary>True for a line of the transcript after which a connection is not text any more.</summary>
    /// <param name="line">The line, not redacted.</param>
    protected virtual bool EndsText(string line) => false;

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (_stopping.IsCancellationRequested || e is not SocketException) return;
                continue;
            }

            socket.NoDelay = true;
            EndPoint? remote = socket.RemoteEndPoint;
            var wire = new Wire(new NetworkStream(socket, ownsSocket: true), () => Reset(socket), () => CompleteSend(socket));
            Accept(wire, remote);
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client was first.
        }

        socket.Dispose();
    }

    private static void CompleteSend(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client was first.
        }
    }

    private void Accept(DuplexStream stream) => Accept(new Wire(stream, () => stream.Abort(), stream.CompleteWriting), null);

    private void Accept(Wire wire, EndPoint? remote)
    {
        long id = Interlocked.Increment(ref _connections);
        TranscriptRecorder? recorder = Transcript.IsEnabled ? new TranscriptRecorder(Transcript, id, EndsText) : null;
        var connection = new MockConnection(id, wire, remote, Faults, recorder, TlsOptionsNow);
        lock (_gate)
        {
            if (_stopped)
            {
                wire.Reset();
                return;
            }

            if (_newest.Task.IsCompleted) _newest = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _newest.SetResult(connection);
            _open[connection] = Task.Run(() => RunAsync(connection, recorder), CancellationToken.None);
        }
    }

    private async Task RunAsync(MockConnection connection, TranscriptRecorder? recorder)
    {
        try
        {
            if (Options.Tls) await connection.StartTlsAsync(_stopping.Token).ConfigureAwait(false);
            await ServeAsync(connection, _stopping.Token).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            recorder?.Note("(TLS failed: " + e.Message + ")");
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The client is gone, a fault struck, or the server stops: the end of a connection, not of the server.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            lock (_gate) _open.Remove(connection);
        }
    }

    private SslServerAuthenticationOptions TlsOptionsNow() => new()
    {
        ServerCertificate = Options.ServerCertificate ?? TestCertificates.Shared[Options.Certificate],
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
