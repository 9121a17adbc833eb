using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>How a URL asks for a transfer: its <c>;type=</c> (RFC 1738 §3.2.2).</summary>
public enum FtpUrlType
{
    /// <summary>It does not say.</summary>
    None,

    /// <summary><c>a</c>: text, whose line ends are converted.</summary>
    Ascii,

    /// <summary><c>i</c>: the bytes as they are.</summary>
    Image,

    /// <summary><c>d</c>: the names in a directory.</summary>
    Directory,
}

/// <summary>
/// A URL of FTP.
/// <code>
/// RFC 1738 §5:   ftpurl   = ( "ftp" / "ftps" ) "://" [ user [ ":" password ] "@" ] host [ ":" port ] [ "/" fpath [ ";type=" ftptype ] ]
///                fpath    = fsegment *[ "/" fsegment ]
///                fsegment = *[ uchar / "?" / ":" / "@" / "&amp;" / "=" ]
///                ftptype  = "A" / "I" / "D" / "a" / "i" / "d"
/// </code>
/// The path is relative to the directory of the login: <c>ftp://host/a/b</c> is <c>a/b</c>, and <c>ftp://host/%2Fetc/motd</c> is <c>/etc/motd</c>;
/// <c>ftp://host//etc/motd</c> is that too, as its empty first segment says. There is no query: a question mark is one of the name.
/// </summary>
public sealed class FtpUrl
{
    private const int DefaultPort = 21;
    private const int DefaultTlsPort = 990;

    private FtpUrl(Uri url)
    {
        IsImplicitTls = url.Scheme == "ftps";
        Host = url.IdnHost;
        Port = url.Port > 0 ? url.Port : IsImplicitTls ? DefaultTlsPort : DefaultPort;
        Credentials = CredentialsOf(url);
        // To the platform ftps: is a scheme like any other, with a query.
        string path = url.AbsolutePath + url.Query;
        path = path.StartsWith('/') ? path[1..] : path;
        int slash = path.LastIndexOf('/');
        int parameter = path.IndexOf(";type=", slash + 1, StringComparison.OrdinalIgnoreCase);
        if (parameter >= 0)
        {
            Type = TypeOf(path[(parameter + ";type=".Length)..]);
            path = path[..parameter];
        }

        IsDirectory = Type == FtpUrlType.Directory || path.Length == 0 || path.EndsWith('/') || path.Equals("%2f", StringComparison.OrdinalIgnoreCase);
        Path = PathOf(path);
        Uri = UrlText.WithoutUserInfo(url);
    }

    /// <summary>Whether TLS begins with the connection: the scheme is <c>ftps</c>.</summary>
    public bool IsImplicitTls { get; }

    /// <summary>The host: a name in ASCII, or an address.</summary>
    public string Host { get; }

    /// <summary>The port: 21, or 990 for <c>ftps</c>, unless the URL names one.</summary>
    public int Port { get; }

    /// <summary>The user and the password in the URL; null when it has none.</summary>
    public Credentials? Credentials { get; }

    /// <summary>
    /// The path: relative to the directory of the login unless it begins with a slash, without the slash that ends a directory. Text when its bytes
    /// are UTF-8 (RFC 2640), else those bytes. Empty for the directory of the login itself.
    /// </summary>
    public FtpPath Path { get; }

    /// <summary>How the URL asks for a transfer.</summary>
    public FtpUrlType Type { get; }

    /// <summary>Whether it names a directory: it ends with a slash, has no path, or asks for <see cref="FtpUrlType.Directory"/>.</summary>
    public bool IsDirectory { get; }

    /// <summary>The URL without its userinfo.</summary>
    public Uri Uri { get; }

    /// <summary>Reads a URL.</summary>
    /// <param name="url">The URL; see <see cref="UrlText.Parse(string)"/> for what is refused.</param>
    /// <exception cref="ArgumentException">
    /// It is no URL of FTP, or its path, user or password has a CR, LF or NUL when it is decoded, or an encoded slash stands where none can be
    /// told from a separator, or a segment <c>.</c> or <c>..</c> is left in the path. The message never shows it.
    /// </exception>
    public static FtpUrl Parse(string url) => From(UrlText.Parse(url));

    /// <summary>Reads a URL.</summary>
    /// <param name="url">An absolute URL.</param>
    /// <exception cref="ArgumentException">As of <see cref="Parse"/>.</exception>
    public static FtpUrl From(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || url.Scheme is not ("ftp" or "ftps") || url.Host.Length == 0) throw new ArgumentException("Not a URL of FTP: it begins with ftp:// or ftps://.", nameof(url));
        return new FtpUrl(url);
    }

    /// <summary>Makes the URL of a path.</summary>
    /// <param name="scheme"><c>ftp</c> or <c>ftps</c>.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="path">The path; one of bytes that are text in <paramref name="encoding"/> is written as UTF-8, like text.</param>
    /// <param name="encoding">The connection's encoding; null for UTF-8.</param>
    /// <param name="type">How the URL asks for a transfer.</param>
    /// <exception cref="ArgumentException">The host is none. The path has a CR, LF or NUL, or a segment <c>.</c> or <c>..</c>, which a URL cannot name.</exception>
    public static Uri Create(string scheme, string host, int port, FtpPath path, Encoding? encoding = null, FtpUrlType type = FtpUrlType.None)
    {
        if (scheme is not ("ftp" or "ftps")) throw new ArgumentException("The scheme is ftp or ftps.", nameof(scheme));
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (!HostName.TryCanonical(host, out string? canonical, out string? reason)) throw new ArgumentException(reason, nameof(host));
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        var text = new StringBuilder(scheme).Append("://");
        text.Append(canonical.Contains(':', StringComparison.Ordinal) ? $"[{canonical}]" : canonical);
        if (port != (scheme == "ftps" ? DefaultTlsPort : DefaultPort)) text.Append(CultureInfo.InvariantCulture, $":{port}");
        text.Append('/');
        AppendPath(text, BytesOf(path, encoding ?? Encoding.UTF8));
        text.Append(type switch
        {
            FtpUrlType.None => "",
            FtpUrlType.Ascii => ";type=a",
            FtpUrlType.Image => ";type=i",
            FtpUrlType.Directory => ";type=d",
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        });
        return UrlText.Parse(text.ToString());
    }

    /// <summary>The URL without its userinfo.</summary>
    public override string ToString() => Uri.AbsoluteUri;

    private static Credentials? CredentialsOf(Uri url)
    {
        var credentials = Credentials.FromUserInfo(url);
        if (credentials is null) return null;
        WireText.RefuseControls(credentials.User, "user");
        WireText.RefuseControls(credentials.Secret!.Reveal(), "password");
        return credentials;
    }

    private static FtpUrlType TypeOf(string url) => url switch
    {
        "a" or "A" => FtpUrlType.Ascii,
        "i" or "I" => FtpUrlType.Image,
        "d" or "D" => FtpUrlType.Directory,
        _ => throw new ArgumentException("The type of a URL of FTP is a, i or d.", nameof(url)),
    };

    // By RFC 1738 §3.2.2 each segment is decoded by itself and is the argument of one CWD, the last that of RETR. A connection here is sent
    // one path. With a slash decoded at the beginning it means the same. With one elsewhere it does not: "a/%2Fb" would be /b by CWDs and a//b
    // as a path, and "..%2Fb" is a step that no check of segments has seen. So it is refused.
    private static FtpPath PathOf(string encoded)
    {
        var path = new List<byte>(encoded.Length);
        string[] segments = encoded.Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            if (i > 0 && !(i == 1 && path is [(byte)'/'])) path.Add((byte)'/');
            int start = path.Count;
            AppendDecoded(path, segments[i], mayBeginWithSlash: i == 0);
            // The parser of URLs takes such steps out; behind an encoded slash or before a parameter it sees none, and as a path they are steps.
            if (ListText.IsDots(CollectionsMarshal.AsSpan(path)[start..].TrimStart((byte)'/')))
                throw new ArgumentException("The path of the URL has a segment . or .., which a URL cannot name.", nameof(encoded));
        }

        if (path.Count > 1 && path[^1] == '/') path.RemoveAt(path.Count - 1);
        byte[] bytes = [.. path];
        string text = Encoding.UTF8.GetString(bytes);
        return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(bytes) ? text : FtpPath.FromBytes(bytes);
    }

    private static void AppendDecoded(List<byte> path, string url, bool mayBeginWithSlash)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(url);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (b == '%' && i + 2 < bytes.Length && Hex(bytes[i + 1]) is >= 0 and int high && Hex(bytes[i + 2]) is >= 0 and int low)
            {
                b = (byte)((high << 4) | low);
                if (b == '/' && !(mayBeginWithSlash && i == 0))
                    throw new ArgumentException("The path of the URL has an encoded slash that does not begin it.", nameof(url));
                i += 2;
            }

            if (b is (byte)'\r' or (byte)'\n' or 0) throw new ArgumentException("The path of the URL has a CR, LF or NUL when it is decoded.", nameof(url));
            path.Add(b);
        }
    }

    private static int Hex(byte b) => char.IsAsciiHexDigit((char)b) ? Convert.ToInt32(((char)b).ToString(), 16) : -1;

    private static byte[] BytesOf(FtpPath path, Encoding encoding)
    {
        byte[] bytes = path.Encode(encoding).ToArray();
        if (ListText.HasControls(bytes)) throw new ArgumentException("The path has a CR, LF or NUL character.", nameof(path));
        if (!path.IsExact) return Encoding.UTF8.GetBytes(path.ToString());
        string text = encoding.GetString(bytes);
        return encoding.GetBytes(text).AsSpan().SequenceEqual(bytes) ? Encoding.UTF8.GetBytes(text) : bytes;
    }

    private static void AppendPath(StringBuilder text, byte[] path)
    {
        int start = 0;
        if (path is [(byte)'/', not (byte)'/', ..] or [(byte)'/'])
        {
            text.Append("%2F");
            start = 1;
        }

        int segment = start;
        for (int i = start; i <= path.Length; i++)
        {
            if (i < path.Length && path[i] != '/')
            {
                AppendByte(text, path[i]);
                continue;
            }

            if (ListText.IsDots(path.AsSpan(segment, i - segment)) && i > segment)
                throw new ArgumentException("A URL cannot name the segments . and .. of a path.", nameof(path));
            if (i < path.Length) text.Append('/');
            segment = i + 1;
        }
    }

    private static void AppendByte(StringBuilder text, byte b)
    {
        if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~') text.Append((char)b);
        else text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
    }
}
