using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Faults;

/// <summary>How data goes over its connection, and how faults end it then.</summary>
internal sealed class FaultMode(string name, MockFtpServerOptions server, Func<FtpClientOptions, FtpClientOptions> client, bool deflates = false)
{
    public static FaultMode Clear { get; } = new("clear", new(), static options => options);

    public static IReadOnlyList<FaultMode> Others { get; } =
    [
        new("TLS", new() { RequireTls = true, RequireProtectedData = true }, Tls),
        new("PROT C", new() { RequireTls = true }, static options => Tls(options) with { ProtectData = false }),
        new("CCC", new() { ExplicitTls = true, RequireProtectedData = true }, static options => Tls(options) with { ClearControlAfterLogin = true }),
        new("MODE Z", new(), static options => options with { Compress = true }, deflates: true),
        new("MODE Z under TLS", new() { RequireTls = true, RequireProtectedData = true }, static options => Tls(options) with { Compress = true }, deflates: true),
    ];

    public string Name => name;

    public MockFtpServerOptions Server => server;

    public Func<FtpClientOptions, FtpClientOptions> Client => client;

    public bool Deflates => deflates;

    public bool IsRight(Fault fault, bool data, bool isUpload, bool atEnd, bool verifies, Exception? failure, Exception? normally)
    {
        FaultKind kind = fault.Kind;
        bool asNormally = failure?.GetType() == normally?.GetType();
        return kind switch
        {
            _ when FtpFaultMatrixTests.Slow.Contains(kind) => asNormally,
            // The noise is no compressed data, but behind its end nobody looks.
            FaultKind.Garbage when data && deflates => failure is WireFormatException or IntegrityException or FtpReplyException || (atEnd && asNormally),
            // An upload notices it as it writes, when the server was gone by then; or by what follows. Nothing says which comes first.
            FaultKind.HalfClose when data && isUpload && !atEnd && failure is TransportException { Error: TransportError.ConnectionLost } => true,
            // Of nothing at all it cannot be told whether it was to be a compressed nothing, but by a size.
            FaultKind.HalfClose when data && deflates && fault.AfterBytes == 0 && !verifies => asNormally,
            FaultKind.HalfClose when data && deflates && !atEnd => failure is WireFormatException or IntegrityException or FtpReplyException { Code: 451 },
            // More than the size; where nobody knows a size, noise cannot be told from content, but in a code, a fact or a port it can.
            FaultKind.Garbage when data && verifies => failure is IntegrityException,
            FaultKind.Garbage => asNormally || failure is WireFormatException or IntegrityException or FtpReplyException or CapabilityMissingException or TransportException,
            // Silence behind 150 is silence of the data, too.
            FaultKind.Stall => failure is TransportException { Error: TransportError.Timeout, Phase: DeadlinePhase.Idle or DeadlinePhase.Command },
            _ when !data => failure is TransportException { Error: TransportError.ConnectionLost },
            // The data ends as if it were all, and the server says that it is: the size tells, where it is compared.
            FaultKind.HalfClose when verifies && !atEnd => failure is IntegrityException || (this != Clear && failure is TransportException { Error: TransportError.ConnectionLost }),
            FaultKind.HalfClose => asNormally || (!atEnd && failure is WireFormatException),
            // The server's own word for it, where it was in time.
            _ => failure is TransportException { Error: TransportError.ConnectionLost } or FtpReplyException { Code: 426 },
        };
    }

    private static FtpClientOptions Tls(FtpClientOptions options) =>
        options with { Transport = options.Transport with { Tls = options.Transport.Tls with { Mode = TlsMode.StartTls } } };
}
