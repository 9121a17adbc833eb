using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ProtocolClients.Testing;

/// <summary>
/// One connection as Kestrel wants it, over the stream that the mock server made: faults, transcript and TLS are beneath,
/// the same for sockets and memory. Kestrel learns of the TLS by its features only.
/// </summary>
internal sealed class KestrelConnection : DefaultConnectionContext, IDuplexPipe
{
    // Never disposed: the base's own source is disposed while its abort is still queued, which ends the process.
#pragma warning disable CA2213
    private readonly CancellationTokenSource _closed = new();
#pragma warning restore CA2213
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public KestrelConnection(MockConnection connection)
        : base("mock-" + connection.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))
    {
        Mock = connection;
        Input = PipeReader.Create(connection.Stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        Output = PipeWriter.Create(connection.Stream, new StreamPipeWriterOptions(leaveOpen: true));
        Transport = this;
        ConnectionClosed = _closed.Token;
        RemoteEndPoint = connection.RemoteEndPoint ?? new IPEndPoint(IPAddress.Loopback, 0);
        Features.Set(this);
        if (connection.Tls is not { } tls) return;
        var feature = new TlsFeature(tls);
        Features.Set<ITlsConnectionFeature>(feature);
        Features.Set<ITlsHandshakeFeature>(feature);
        Features.Set<ITlsApplicationProtocolFeature>(feature);
    }

    public MockConnection Mock { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Completes when Kestrel is done with the connection.</summary>
    public Task Done => _done.Task;

    /// <summary>Who wrote an answer beneath Kestrel ends the connection himself: Kestrel's abort is not to reset it.</summary>
    public bool IsTakenOver { get; set; }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!IsTakenOver) Mock.Reset();
        ThreadPool.QueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }

    public override async ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class TlsFeature(SslStream tls) : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } = tls.RemoteCertificate as X509Certificate2;

        public ReadOnlyMemory<byte> ApplicationProtocol => tls.NegotiatedApplicationProtocol.Protocol;

        public SslProtocols Protocol => tls.SslProtocol;

        public TlsCipherSuite? NegotiatedCipherSuite => tls.NegotiatedCipherSuite;

#pragma warning disable SYSLIB0058 // Obsolete, and required by the interface.
        public CipherAlgorithmType CipherAlgorithm => tls.CipherAlgorithm;

        public int CipherStrength => tls.CipherStrength;

        public HashAlgorithmType HashAlgorithm => tls.HashAlgorithm;

        public int HashStrength => tls.HashStrength;

        public ExchangeAlgorithmType KeyExchangeAlgorithm => tls.KeyExchangeAlgorithm;

        public int KeyExchangeStrength => tls.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
