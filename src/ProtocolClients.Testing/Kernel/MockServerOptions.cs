using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Testing;

/// <summary>What the options of every mock server have. A record: change it by <c>with</c>.</summary>
public record MockServerOptions
{
    /// <summary>Where to listen.</summary>
    /// <value>By default a free port of 127.0.0.1.</value>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Listens on no socket: clients reach it by the dialer in the server's client options.</summary>
    public bool InMemory { get; init; }

    /// <summary>TLS from the first byte.</summary>
    public bool Tls { get; init; }

    /// <summary>Which of <see cref="TestCertificates"/> to show in TLS.</summary>
    public CertificateKind Certificate { get; init; }

    /// <summary>A certificate of one's own, with its private key, instead of <see cref="Certificate"/>.</summary>
    public X509Certificate2? ServerCertificate { get; init; }

    /// <summary>Refuses clients without a certificate of the test authority.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>The TLS versions spoken; <see cref="SslProtocols.None"/> for the platform's.</summary>
    public SslProtocols TlsVersions { get; init; } = SslProtocols.None;

    /// <summary>Whether traffic is noted in the transcript.</summary>
    /// <value>The default is true.</value>
    public bool KeepTranscript { get; init; } = true;

    /// <summary>
    /// How long bytes take one way, on <see cref="TimeProvider"/>: a round trip costs twice that, a new connection one more. Unlike
    /// <see cref="Fault.Latency"/> it does not slow a stream: what is sent at once arrives at once, 8 MiB may be under way.
    /// </summary>
    public TimeSpan Latency
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A time is not negative.");
    }

    /// <summary>The time on which latency, faults and slow answers wait.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
