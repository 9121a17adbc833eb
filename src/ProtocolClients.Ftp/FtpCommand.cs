using System.Globalization;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// A command as a value: a verb and its argument. What does not fit a line (CR, LF, NUL) throws when it is written, before a byte of it is
/// sent.
/// </summary>
internal readonly struct FtpCommand
{
    private const byte Iac = 0xFF;

    private readonly string? _text;
    private readonly Secret? _secret;
    private readonly FtpPath _path;
    private readonly bool _quoted;

    private FtpCommand(string verb, string? text = null, FtpPath path = default, Secret? secret = null, bool quoted = false)
    {
        _quoted = quoted;
        Verb = verb;
        _text = text;
        _path = path;
        _secret = secret;
    }

    public static FtpCommand AuthTls => new("AUTH", "TLS");

    public static FtpCommand ProtectionBuffer => new("PBSZ", "0");

    public static FtpCommand ClearControl => new("CCC");

    public static FtpCommand Features => new("FEAT");

    public static FtpCommand Utf8On => new("OPTS", "UTF8 ON");

    public static FtpCommand System => new("SYST");

    public static FtpCommand NoOperation => new("NOOP");

    public static FtpCommand Abort => new("ABOR");

    public static FtpCommand Quit => new("QUIT");

    public static FtpCommand WorkingDirectory => new("PWD");

    public static FtpCommand ParentDirectory => new("CDUP");

    public static FtpCommand ExtendedPassive => new("EPSV");

    public static FtpCommand PassivePort => new("PASV");

    public static FtpCommand StoreUnique => new("STOU");

    /// <summary>The first word of the line.</summary>
    public string Verb { get; }

    public static FtpCommand User(string name) => new("USER", name);

    public static FtpCommand Password(Secret secret) => new("PASS", secret: secret);

    public static FtpCommand Account(Secret secret) => new("ACCT", secret: secret);

    public static FtpCommand Host(string name) => new("HOST", name);

    public static FtpCommand Protection(bool isPrivate) => new("PROT", isPrivate ? "P" : "C");

    public static FtpCommand Type(FtpDataType type) => new("TYPE", type == FtpDataType.Ascii ? "A" : "I");

    public static FtpCommand Mode(bool deflate) => new("MODE", deflate ? "Z" : "S");

    public static FtpCommand Restart(long offset) => new("REST", offset.ToString(CultureInfo.InvariantCulture));

    public static FtpCommand ActivePort(string text, bool extended) => new(extended ? "EPRT" : "PORT", text);

    public static FtpCommand Retrieve(FtpPath path) => new("RETR", path: Named(path));

    public static FtpCommand Store(FtpPath path) => new("STOR", path: Named(path));

    public static FtpCommand Append(FtpPath path) => new("APPE", path: Named(path));

    public static FtpCommand List(FtpPath path, bool hidden) => new("LIST", hidden ? "-a" : null, path);

    public static FtpCommand ListNames(FtpPath path) => new("NLST", path: path);

    public static FtpCommand ListFacts(FtpPath path) => new("MLSD", path: path);

    public static FtpCommand Facts(FtpPath path) => new("MLST", path: path);

    public static FtpCommand Size(FtpPath path) => new("SIZE", path: Named(path));

    public static FtpCommand Modified(FtpPath path) => new("MDTM", path: Named(path));

    public static FtpCommand ChangeDirectory(FtpPath path) => new("CWD", path: Named(path));

    /// <summary>Any verb with a path: DELE, MKD, RMD, RNFR, RNTO, HASH, XCRC …</summary>
    public static FtpCommand On(string verb, FtpPath path) => new(verb, path: Named(path));

    /// <summary>A verb whose path may be followed by numbers (XCRC, XSHA256 …): a path with a blank stands in quotes.</summary>
    public static FtpCommand OnQuoted(string verb, FtpPath path) => new(verb, path: Named(path), quoted: true);

    /// <summary>Any verb with text and a path behind it: <c>MFMT 20260101000000 a.txt</c>, <c>SITE CHMOD 644 a.txt</c>.</summary>
    public static FtpCommand On(string verb, string text, FtpPath path) => new(verb, text, Named(path));

    /// <summary>Any verb with text.</summary>
    public static FtpCommand Of(string verb, string? text = null) => new(verb, text);

    /// <summary>A line of the caller's own.</summary>
    public static FtpCommand Raw(string line)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(line);
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string verb = blank < 0 ? line : line[..blank];
        foreach (char c in verb)
        {
            if (!char.IsAsciiLetterOrDigit(c)) throw new ArgumentException("A command begins with a verb of letters.", nameof(line));
        }

        string? rest = blank < 0 ? null : line[(blank + 1)..];
        // What a secret is, the verb says.
        return verb.ToUpperInvariant() is "PASS" or "ACCT" ? new FtpCommand(verb, secret: new Secret(rest ?? string.Empty)) : new FtpCommand(verb, rest);
    }

    /// <summary>Writes the line, without its end.</summary>
    /// <exception cref="ArgumentException">The argument has CR, LF or NUL, or a character that the encoding lacks.</exception>
    /// <param name="line">Takes it.</param>
    /// <param name="encoding">The connection's encoding.</param>
    /// <param name="doublesIac">Whether a byte of 255 is doubled, as on every Telnet connection (RFC 959 §3.1); some servers read it as it is.</param>
    public void WriteTo(CommandBuilder line, Encoding encoding, bool doublesIac)
    {
        line.Append(Verb);
        if (_secret is not null) line.Secret(_secret.Reveal());
        if (_text is not null) line.Argument(_text);
        if (_path.IsEmpty) return;
        ReadOnlySpan<byte> bytes = _path.Encode(encoding);
        bool quoted = _quoted && bytes.Contains((byte)' ');
        line.Append(quoted ? " \""u8 : " "u8);
        while (doublesIac && bytes.IndexOf(Iac) is >= 0 and { } at)
        {
            line.Append(bytes[..(at + 1)]).Append([Iac]);
            bytes = bytes[(at + 1)..];
        }

        line.Append(bytes);
        if (quoted) line.Append("\""u8);
    }

    public override string ToString() => Verb;

    private static FtpPath Named(FtpPath path) => path.IsEmpty ? throw new ArgumentException("The path is empty.", nameof(path)) : path;
}

/// <summary>What TYPE says of the bytes of a transfer (RFC 959 §3.1.1).</summary>
public enum FtpDataType
{
    /// <summary>As they are (TYPE I).</summary>
    Binary,

    /// <summary>Text: line ends are translated on both sides (TYPE A). No resuming, no sizes, no hashes.</summary>
    Ascii,
}
