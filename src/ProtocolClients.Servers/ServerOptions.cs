using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers;

/// <summary>Which bytes end a line that a client sent.</summary>
public enum ServerLineEnding
{
    /// <summary>
    /// Only CR LF. A CR or LF alone is refused with <see cref="InvalidDataException"/>: two programs that disagree on where a
    /// line ends can be made to read different commands from the same bytes.
    /// </summary>
    CrLf,

    /// <summary>LF, or CR LF; a CR elsewhere is data. For protocols and tools (nc, telnet scripts) that send LF alone.</summary>
    LfOrCrLf,
}

/// <summary>
/// How a server treats its connections. Every limit ends one connection, never the server, and is logged with the name of the
/// limit.
/// </summary>
public sealed record ServerOptions
{
    /// <summary>The options of a server started without any.</summary>
    public static ServerOptions Default { get; } = new();

    /// <summary>How many handlers run at once.</summary>
    public ServerConcurrency Concurrency { get; init; } = ServerConcurrency.Unbounded;

    /// <summary>Connections open at once, those that wait for a handler included; one more is closed at once. 10,000 by default.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections open at once from one IP address; one more is closed at once. No limit by default.</summary>
    public int? MaxConnectionsPerAddress { get; init; }

    /// <summary>
    /// How long a handler may wait for the peer to send or to take bytes; time in which the handler itself works does not count.
    /// Infinite by default.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long one request may take from <see cref="ServerConnection.BeginRequest"/> on, however busily the peer drips its
    /// bytes. Infinite by default.
    /// </summary>
    public TimeSpan RequestDeadline { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a TLS handshake may take. 10 seconds by default.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most bytes of one line, without its end. 8,192 by default.</summary>
    public int MaxLineLength { get; init; } = 8192;

    /// <summary>What ends a line. CR LF alone by default.</summary>
    public ServerLineEnding LineEnding { get; init; } = ServerLineEnding.CrLf;

    /// <summary>
    /// The encoding of lines and strings. Latin-1 by default, which carries every byte unchanged. What it cannot write is refused.
    /// </summary>
    public Encoding Encoding { get; init; } = Encoding.Latin1;

    /// <summary>Connections that the system holds until they are accepted. 511 by default; the system may cap it.</summary>
    public int Backlog { get; init; } = 511;

    /// <summary>The source of time. The system's by default.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the server logs; nowhere by default.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>
    /// A layer under everything, TLS included: called once for every connection, before anything is read, with the connection
    /// and its raw stream; returns the stream to use. It owns the stream it gets, and must neither read nor write by the
    /// connection, which stands on it. In memory it is called before <see cref="StreamServer.Accept"/> returns.
    /// </summary>
    public Func<ServerConnection, Stream, Stream>? Wrap { get; init; }

    /// <summary>TLS from the first byte on, when set.</summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    internal static ServerOptions Check(ServerOptions? options)
    {
        options ??= Default;
        string? wrong =
            options.MaxConnections < 1 ? nameof(MaxConnections)
            : options.MaxConnectionsPerAddress < 1 ? nameof(MaxConnectionsPerAddress)
            : options.MaxLineLength < 1 ? nameof(MaxLineLength)
            : options.Backlog < 1 ? nameof(Backlog)
            : !IsTime(options.IdleTimeout) ? nameof(IdleTimeout)
            : !IsTime(options.RequestDeadline) ? nameof(RequestDeadline)
            : !IsTime(options.HandshakeTimeout) ? nameof(HandshakeTimeout)
            : options.Encoding is null ? nameof(Encoding)
            : options.TimeProvider is null ? nameof(TimeProvider)
            : null;
        return wrong is null ? options : throw new ArgumentException($"{wrong} must be set, and above zero.", nameof(options));

        static bool IsTime(TimeSpan value) => value > TimeSpan.Zero || value == Timeout.InfiniteTimeSpan;
    }
}
