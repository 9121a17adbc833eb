using System.Net.Sockets;

namespace ProtocolClients.Tool;

/// <summary>What the process answers to its caller; one number a kind of failure, the same in every command.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int SomeFailed = 1;
    public const int Usage = 2;
    public const int CannotConnect = 3;
    public const int Tls = 4;
    public const int Authentication = 5;
    public const int Refused = 6;
    public const int Protocol = 7;
    public const int Integrity = 8;
    public const int LocalFile = 9;
    public const int QuotaReached = 10;
    public const int Internal = 70;
    public const int HungUp = 129;
    public const int Interrupted = 130;
    public const int BrokenPipe = 141;
    public const int Terminated = 143;

    // EPIPE, the same number on Linux, macOS and the BSDs.
    private const int NoReader = 32;

    /// <summary>The number of a failure.</summary>
    public static int Of(Exception failure) => failure switch
    {
        TransportException { Error: TransportError.Tls } => Tls,
        TransportException => CannotConnect,
        AuthenticationFailedException => Authentication,
        QuotaReachedException => QuotaReached,
        IntegrityException => Integrity,
        ReplyException or CapabilityMissingException => Refused,
        ProtocolClientException => Protocol,
        UsageException or FormatException or ArgumentException or NotSupportedException => Usage,
        SocketException => CannotConnect,
        IOException { HResult: NoReader } => BrokenPipe,
        IOException or UnauthorizedAccessException or LocalFileException => LocalFile,
        _ => Internal,
    };

    /// <summary>The message of a failure, without the name of a parameter that only a programmer knows.</summary>
    public static string Sentence(Exception failure)
    {
        if (failure is CapabilityMissingException { Capability: "AUTH TLS" }) return failure.Message + " (--allow-clear-text does without)";
        if (failure is not ArgumentException { ParamName: { } name }) return failure.Message;
        int suffix = failure.Message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal);
        return suffix < 0 ? failure.Message : failure.Message[..suffix];
    }
}

/// <summary>A file of this machine failed while it was sent; no <see cref="IOException"/>, which would be taken for one of the connection.</summary>
internal sealed class LocalFileException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The command line asks for what cannot be.</summary>
internal sealed class UsageException(string message) : Exception(message);
