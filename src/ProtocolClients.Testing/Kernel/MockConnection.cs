using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>One connection of a mock server. Faults and transcript are in <see cref="Stream"/> already.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The server closes connections, and with them their layers.")]
public sealed class MockConnection
{
    private readonly ServerConnection _connection;
    private readonly DuplexStream? _memory;
    private readonly ReadWatch _reads = new();
    private readonly TranscriptRecorder? _recorder;
    private readonly LatencyStream? _line;
    private readonly TlsRecordStream? _records;
    private readonly Func<SslServerAuthenticationOptions> _tlsOptions;

    internal MockConnection(
        ServerConnection connection, Stream raw, Faults faults, TranscriptRecorder? recorder, Func<SslServerAuthenticationOptions> tlsOptions,
        (TimeSpan Delay, TimeProvider Time) latency, bool mayStopTls = false)
    {
        _connection = connection;
        _memory = raw as DuplexStream;
        _recorder = recorder;
        _tlsOptions = tlsOptions;
        Stream line = latency.Delay > TimeSpan.Zero ? _line = new LatencyStream(raw, latency.Delay, latency.Time, isDialed: false) : raw;
        Wire = new MockStream(line, connection, new FaultPlan(faults, Id, protocol: false, wire: true));
        if (mayStopTls) Wire = _records = new TlsRecordStream(Wire, exact: true);
        var plan = new FaultPlan(faults, Id, protocol: true, wire: false);
        Stream = new MockStream(connection.Stream, connection, plan, recorder, _reads);
    }

    /// <summary>The number of the connection, from 1 for each server.</summary>
    public long Id => _connection.Id;

    /// <summary>Where the client is; null in memory.</summary>
    public EndPoint? RemoteEndPoint => _connection.RemoteEndPoint;

    /// <summary>Where the client reached this server; null in memory.</summary>
    public EndPoint? LocalEndPoint => _connection.LocalEndPoint;

    /// <summary>What the client sends and what it gets, above TLS. Asynchronous only.</summary>
    public Stream Stream { get; }

    /// <summary>The TLS layer, when there is one.</summary>
    public SslStream? Tls => _connection.Tls;

    /// <summary>The client's certificate, when it showed one.</summary>
    public X509Certificate? ClientCertificate => Tls?.RemoteCertificate;

    /// <summary>What lies under TLS: the faults of records.</summary>
    internal Stream Wire { get; }

    /// <summary>
    /// Starts TLS on the live connection. What the server has read before stays where it is: a server that keeps plain
    /// bytes past this point is the bug that STARTTLS injection lives on.
    /// </summary>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The client refuses, or shows no certificate.</exception>
    public async Task StartTlsAsync(CancellationToken cancellationToken = default)
    {
        _records?.Begin();
        await _connection.StartTlsAsync(_tlsOptions(), EarlyPlaintext.Keep, cancellationToken).ConfigureAwait(false);
        _records?.Establish();
    }

    /// <summary>Waits until what was written has arrived, and lets each later write wait so: before the connection is closed.</summary>
    internal Task SettleAsync(CancellationToken cancellationToken) => _line?.SettleAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Ends TLS and goes on in plain text; what the client says after its goodbye is not lost.</summary>
    internal async Task StopTlsAsync(CancellationToken cancellationToken)
    {
        await _connection.StopTlsAsync(cancellationToken).ConfigureAwait(false);
        _records?.End();
    }

    /// <summary>Writes a fact into the transcript.</summary>
    internal void Note(string text) => _recorder?.Note($"({text})");

    /// <summary>Ends the connection with a TCP reset; in memory the client's reads and writes fail.</summary>
    public void Reset() => _connection.Abort();

    /// <summary>Ends what the server sends, over TLS with its goodbye first; the client reads the end.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task CompleteSendAsync(CancellationToken cancellationToken = default) =>
        _connection.CompleteWritesAsync().WaitAsync(cancellationToken);

    /// <summary>
    /// Completes when the client has taken everything and awaits more (in memory), or when this server awaits the client
    /// (on a socket, where the other side cannot be seen).
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForReadAsync(CancellationToken cancellationToken = default) =>
        _memory?.WaitForReadAsync(cancellationToken) ?? _reads.WaitAsync().WaitAsync(cancellationToken);
}
