using System.Net;
using System.Text;

namespace ProtocolClients;

/// <summary>Who opens the connections that data goes over.</summary>
public enum FtpDataMode
{
    /// <summary>The client connects to a port that the server names: EPSV, else PASV (RFC 2428, RFC 959).</summary>
    Passive,

    /// <summary>The server connects to a port that the client names: EPRT, else PORT. Nobody but the control connection's peer is let in.</summary>
    Active,
}

/// <summary>How an <see cref="FtpClient"/> works.</summary>
public sealed record FtpClientOptions : ClientOptions
{
    /// <summary>The defaults.</summary>
    public static FtpClientOptions Default { get; } = new();

    /// <summary>
    /// The most control connections that are open at once. A server that refuses so many (421) gets fewer. Whoever finds all of them taken waits
    /// in line, for as long as somebody uses one; when they are held by listings, streams and sessions that nobody used for as long as
    /// <see cref="Deadlines.Command"/>, the wait ends with <see cref="TransportError.PoolExhausted"/>.
    /// </summary>
    /// <value>The default is 4; 1 at least.</value>
    public int MaxConnections
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one connection.");
    } = 4;

    /// <summary>A control connection that nobody used for this long is closed.</summary>
    /// <value>The default is one minute.</value>
    public TimeSpan MaxIdleTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Who opens data connections.</summary>
    /// <value>The default is <see cref="FtpDataMode.Passive"/>.</value>
    public FtpDataMode DataMode { get; init; }

    /// <summary>The ports that an active client listens on, both ends included; null for any that is free.</summary>
    public (int First, int Last)? ActivePorts
    {
        get;
        init => field = value is null or ( >= 1 and <= 65535, >= 1 and <= 65535) && (value is not { } range || range.First <= range.Last)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Two ports from 1 to 65535, the lower one first.");
    }

    /// <summary>The address that an active client names, when another one leads to it from outside; null for the control connection's own.</summary>
    public IPAddress? ExternalAddress { get; init; }

    /// <summary>
    /// Finds the address that an active client names, for who learns it while he runs (from his router, or from a server outside): asked once a
    /// control connection, before its first transfer, within the Connect deadline. <see cref="ExternalAddress"/> goes before it; null for none.
    /// </summary>
    public Func<CancellationToken, ValueTask<IPAddress>>? FindExternalAddress { get; init; }

    /// <summary>
    /// Ports that data is not fetched from, as those that a firewall closes though the server names them: it is asked for another one (EPSV or PASV
    /// again), up to 16 times a transfer. With ports here the question and the transfer's command do not go out together.
    /// </summary>
    /// <value>Empty by default.</value>
    public ValueList<int> RefusedDataPorts
    {
        get;
        init => field = (value ?? throw new ArgumentNullException(nameof(value))).All(static port => port is >= 1 and <= 65535)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Ports are from 1 to 65535.");
    } = [];

    /// <summary>
    /// A proxy that speaks FTP itself and is told the server at the login: <c>USER user@host</c>, with <c>:port</c> behind it where that is not 21.
    /// Control and data connections go to it; TLS is with it, and it reads what passes, passwords too. Null for none.
    /// </summary>
    /// <example><c>new DnsEndPoint("gateway.example", 21)</c></example>
    public EndPoint? LoginProxy
    {
        get;
        init => field = value is null or DnsEndPoint { Port: > 0 } or IPEndPoint { Port: > 0 }
            ? value
            : throw new ArgumentException("A proxy is a name or an address, with a port.", nameof(value));
    }

    /// <summary>How names become bytes and back. Bytes that are no text in it stay usable: <see cref="FtpEntry.Path"/>.</summary>
    /// <value>The default is UTF-8 (RFC 2640); <see cref="Encoding.Latin1"/> for old servers.</value>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>
    /// The language of the server's replies, a tag such as <c>de</c> or <c>en-GB</c> (RFC 5646): asked for by LANG (RFC 2640 §4.1) where the server
    /// names the command. One that it lacks changes nothing. Null for the server's own.
    /// </summary>
    public string? Language
    {
        get;
        init => field = value is null || IsTag(value) ? value : throw new ArgumentException("A language is a tag of letters and digits between hyphens.", nameof(value));
    }

    /// <summary>The server's name among several at one address, told by HOST before the login (RFC 7151); null for none.</summary>
    public string? VirtualHost { get; init; }

    /// <summary>The account, for a server that asks for one (ACCT, RFC 959 §4.1.1); null for none.</summary>
    public Secret? Account { get; init; }

    /// <summary>
    /// Whether data goes over TLS where the control connection does (PROT P, RFC 4217 §9). Off sends files and listings in clear text, named
    /// by the caller.
    /// </summary>
    /// <value>On by default.</value>
    public bool ProtectData { get; init; } = true;

    /// <summary>Ends TLS on the control connection after the login (CCC, RFC 4217 §6.3), for firewalls that must read it; data stays under TLS.</summary>
    /// <value>Off by default.</value>
    public bool ClearControlAfterLogin { get; init; }

    /// <summary>Compresses data with deflate (MODE Z) where the server can.</summary>
    /// <value>Off by default: it pays on slow lines and text only.</value>
    public bool Compress { get; init; }

    /// <summary>
    /// Whether commands that do not depend on each other go out together (SIZE and EPSV, for example), and a data connection is dialed while its
    /// command is on the way. A server that loses commands so is talked to one by one from then on.
    /// </summary>
    /// <value>On by default.</value>
    public bool Pipelining { get; init; } = true;

    /// <summary>
    /// After this much time without a word on the control connection during a transfer a NOOP goes over it, so that no firewall forgets
    /// it; <see cref="Timeout.InfiniteTimeSpan"/> for never.
    /// </summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How lines of LIST are read. MLSD is used instead where the server has it, unless this names another dialect.</summary>
    /// <value>The default is <see cref="FtpListFormat.Auto"/>.</value>
    public FtpListFormat ListFormat { get; init; } = FtpListFormat.Auto;

    /// <summary>The time zone of the server's listings by LIST; MLSD, MDTM and MFMT are in UTC (RFC 3659 §2.3).</summary>
    /// <value>The default is UTC.</value>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    // Parts of one to eight letters and digits, the first of letters.
    private static bool IsTag(string text)
    {
        string[] parts = text.Split('-');
        return Array.TrueForAll(parts, static part => part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit)) && parts[0].All(char.IsAsciiLetter);
    }
}
