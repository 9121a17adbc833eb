using System.Net;

namespace ProtocolClients.Testing;

/// <summary>The options of a <see cref="MockFtpServer"/>.</summary>
public sealed record MockFtpServerOptions : MockServerOptions
{
    /// <summary>FTP without TLS from the first byte, on a free port; everybody is let in.</summary>
    public static MockFtpServerOptions Default { get; } = new();

    /// <summary>The text of the 220 reply; several lines make a reply of several lines.</summary>
    public string Greeting { get; init; } = "Mock FTP server ready.";

    /// <summary>Answers a connection 120 first, and 220 after so long on the server's time; zero for 220 at once.</summary>
    public TimeSpan ReadyAfter { get; init; }

    /// <summary>How many sessions at once; one more is answered 421.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>How long a session may be silent, on the server's time, before it is answered 421 and closed.</summary>
    /// <value>By default for ever.</value>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Lets in <c>anonymous</c> and <c>ftp</c> with any password.</summary>
    /// <value>The default is true.</value>
    public bool AllowAnonymous { get; init; } = true;

    /// <summary>
    /// Is a proxy that is told the server at the login: USER has to be <c>user@host</c> or <c>user@host:port</c>, else it is answered 501. It serves
    /// its own files; <see cref="MockFtpCall.Host"/> tells which server was named.
    /// </summary>
    public bool IsLoginProxy { get; init; }

    /// <summary>The languages that LANG chooses among (RFC 2640 §4.1), the first the one to begin with; others are answered 504.</summary>
    /// <value>The default is English alone.</value>
    public IReadOnlyList<string> Languages
    {
        get;
        init => field = value is { Count: > 0 } ? value : throw new ArgumentException("A server speaks one language at least.", nameof(value));
    } = ["EN"];

    /// <summary>The hosts that HOST may name (RFC 7151); others are answered 504.</summary>
    /// <value>By default empty: all of them.</value>
    public IReadOnlyCollection<string> Hosts { get; init; } = [];

    /// <summary>
    /// Names are UTF-8 (RFC 2640), whether a client asks for it or not. Without it they are Latin-1, and FEAT and OPTS know no UTF8.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Utf8 { get; init; } = true;

    /// <summary>Keeps the passwords of PASS in <see cref="MockFtpServer.Calls"/>; they are <c>***</c> otherwise.</summary>
    public bool KeepPasswords { get; init; }

    /// <summary>
    /// What came of an upload that was cut stays, as it does on most servers; without this it is dropped and what was there before stays.
    /// </summary>
    /// <value>The default is true.</value>
    public bool KeepPartialUploads { get; init; } = true;

    /// <summary>
    /// Lets clients change <see cref="MockFtpServer.Files"/>. Without it every command that would is answered 550, whoever sends it;
    /// <see cref="MockFtpUser.IsReadOnly"/> says so of one user.
    /// </summary>
    /// <value>The default is true.</value>
    public bool WritableFiles { get; init; } = true;

    /// <summary>
    /// Commands that this server does not know: <c>["EPSV", "MLSD"]</c>. They are answered 500, and not told by FEAT.
    /// </summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>The longest command line in bytes, without its end; a longer one is answered 500.</summary>
    /// <value>The default is 4096.</value>
    public int MaxLineLength { get; init; } = 4096;

    /// <summary>How long a transfer waits for its data connection before it is answered 425.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan DataConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Answers NOOP and STAT while a transfer runs; without this behind it, as servers do that read nothing meanwhile.</summary>
    /// <value>The default is true.</value>
    public bool AnswersDuringTransfers { get; init; } = true;

    /// <summary>The address that PASV gives out instead of the true one: <c>10.0.0.1</c>. Null for the true one.</summary>
    public IPAddress? PassiveAddress { get; init; }

    /// <summary>What the lines of LIST look like.</summary>
    public MockFtpListingStyle Listing { get; init; }

    /// <summary>The time zone of the times in LIST; MLSD and MDTM are in UTC.</summary>
    /// <value>The default is UTC.</value>
    public TimeZoneInfo ListTimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Lists a directory and the one above it, <c>.</c> and <c>..</c>, in LIST and MLSD.</summary>
    public bool DotEntries { get; init; }

    /// <summary>
    /// Lists what is no directory, or one whose mode (SITE CHMOD) lets nobody read it, without a refusal, as vsftpd does: LIST and NLST then show what
    /// has this name in the directory above, or nothing, and are answered 226. CWD into one whose mode lets nobody in is answered 550, and
    /// <c>LIST -a</c> shows <c>.</c> and <c>..</c>. To be like vsftpd a server is also <see cref="Without"/> MLST and MLSD.
    /// </summary>
    public bool ListsClosedDirectories { get; init; }

    /// <summary>What SYST says; null for what goes with <see cref="Listing"/>.</summary>
    public string? System { get; init; }

    /// <summary>Lines that FEAT has beyond those of the commands that the server knows.</summary>
    public IReadOnlyCollection<string> MoreFeatures { get; init; } = [];

    /// <summary>Knows MODE Z: data deflated.</summary>
    /// <value>The default is true.</value>
    public bool Deflate { get; init; } = true;

    /// <summary>Answers SIZE in type A too, with the bytes as they would pass; without this it is answered 550, as most servers do.</summary>
    public bool SizeInAscii { get; init; }

    /// <summary>Offers TLS on the live connection (AUTH TLS, RFC 4217). What requires TLS offers it too.</summary>
    public bool ExplicitTls { get; init; }

    /// <summary>Refuses logins without TLS: USER is answered 530.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Refuses transfers without PROT P: they are answered 522.</summary>
    public bool RequireProtectedData { get; init; }

    /// <summary>
    /// Refuses data connections whose TLS begins a session of its own: 522 behind the 150, and the control connection is closed, as vsftpd
    /// does it. For sessions on this server to be resumed at all, a client names the same host in TLS on both connections.
    /// </summary>
    public bool RequireTlsReuse { get; init; }

    /// <summary>How many calls <see cref="MockFtpServer.Calls"/> keeps; the oldest are forgotten. At least 1.</summary>
    /// <value>By default all.</value>
    public int KeptCalls
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one.");
    } = int.MaxValue;

    internal bool OffersTls => ExplicitTls || RequireTls || RequireProtectedData || RequireTlsReuse;
}
