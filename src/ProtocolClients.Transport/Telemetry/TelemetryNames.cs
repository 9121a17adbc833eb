namespace ProtocolClients.Transport;

/// <summary>The attribute names of OpenTelemetry's semantic conventions that activities and measurements carry.</summary>
public static class TelemetryNames
{
    /// <summary>The host that was asked for, or the path of a Unix domain socket.</summary>
    public const string ServerAddress = "server.address";

    /// <summary>The port that was asked for.</summary>
    public const string ServerPort = "server.port";

    /// <summary>The address at the other end of the socket.</summary>
    public const string PeerAddress = "network.peer.address";

    /// <summary>The port at the other end of the socket.</summary>
    public const string PeerPort = "network.peer.port";

    /// <summary>The protocol above the transport, in lower case: <c>ftp</c>, <c>imap</c>.</summary>
    public const string ProtocolName = "network.protocol.name";

    /// <summary><c>tcp</c> or <c>unix</c>.</summary>
    public const string NetworkTransport = "network.transport";

    /// <summary>What failed, of few values: a <see cref="TransportError"/> in snake case, else an exception's type.</summary>
    public const string ErrorType = "error.type";

    /// <summary>The URL without userinfo, query and fragment.</summary>
    public const string UrlFull = "url.full";

    /// <summary>What the client did: <c>download</c>, <c>send</c>, <c>dial</c>.</summary>
    public const string OperationName = "operation.name";
}
