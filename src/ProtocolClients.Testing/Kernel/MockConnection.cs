using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ProtocolClients.Transport;

namespace ProtocolClients.Testing;

/// <summary>One connection of a mock server. Faults and transcript are in <see cref="Stream"/> already.</summary>
public sealed class MockConnection : IAsyncDisposable
{
    private readonly Wire _wire;
    private readonly MockStream _top;
    private readonly Func<SslServerAuthenticationOptions> _tlsOptions;
    private readonly ReadWatch _reads;
    private readonly MockStream _below;

    internal MockConnection(
        long id, Wire wire, EndPoint? remote, Faults faults, TranscriptRecorder? recorder, Func<SslServerAuthenticationOptions> tlsOptions)
    {
        Id = id;
        _wire = wire;
        RemoteEndPoint = remote;
        _tlsOptions = tlsOptions;
        _reads = new ReadWatch();
        var plan = new FaultPlan(faults, id, protocol: true, wire: false);
        _below = new MockStream(wire.Stream, wire, new FaultPlan(faults, id, protocol: false, wire: true), null, null);
        _top = new MockStream(_below, wire, plan, recorder, _reads);
    }

    /// <summary>The number of the connection, from 1 for each server.</summary>
    public long Id { get; }

    /// <summary>Where the client is; null in memory.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>What the client sends and what it gets, above TLS. Asynchronous only.</summary>
    public Stream Stream => _top;

    /// <summary>The TLS layer, when there is one.</summary>
    public SslStream? Tls { get; private set; }

    /// <summary>The client's certificate, when it showed one.</summary>
    public X509Certificate? ClientCertificate => Tls?.RemoteCertificate;

    /// <summary>
    /// Starts TLS on the live connection. What the server has read before stays where it is: a server that keeps plain
    /// bytes past this point is the bug that STARTTLS injection lives on.
    /// </summary>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The client refuses, or shows no certificate.</exception>
    public async Task StartTlsAsync(CancellationToken cancellationToken = default)
    {
        if (Tls is not null) throw new InvalidOperationException("The connection has TLS already.");
        var tls = new SslStream(_top.Inner, leaveInnerStreamOpen: false);
        _top.Inner = tls;
        await tls.AuthenticateAsServerAsync(_tlsOptions(), cancellationToken).ConfigureAwait(false);
        Tls = tls;
    }

    /// <summary>Ends the connection with a TCP reset; in memory the client's reads and writes fail.</summary>
    public void Reset() => _wire.Reset();

    /// <summary>Ends what the server sends, over TLS with its goodbye first; the client reads the end.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task CompleteSendAsync(CancellationToken cancellationToken = default)
    {
        await _top.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (Tls is { } tls) await tls.ShutdownAsync().ConfigureAwait(false);
        _wire.CompleteSend();
    }

    /// <summary>
    /// Completes when the client has taken everything and awaits more (in memory), or when this server awaits the client
    /// (on a socket, where the other side cannot be seen).
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForReadAsync(CancellationToken cancellationToken = default) => _wire.Stream is DuplexStream memory
        ? memory.WaitForReadAsync(cancellationToken)
        : _reads.WaitAsync().WaitAsync(cancellationToken);

    /// <summary>Closes the connection; ends what a fault stalls.</summary>
    public async ValueTask DisposeAsync()
    {
        _top.Release();
        _below.Release();
        try
        {
            await _top.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The goodbye of TLS on a connection that is gone.
        }

        await _wire.Stream.DisposeAsync().ConfigureAwait(false);
    }
}
