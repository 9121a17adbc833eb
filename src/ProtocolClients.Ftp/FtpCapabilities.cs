using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A fact that a server can tell in a listing.</summary>
/// <param name="Name">Its name as the server writes it.</param>
/// <param name="IsEnabled">Whether it tells it now; OPTS MLST changes that (RFC 3659 §7.9).</param>
public readonly record struct FtpFact(string Name, bool IsEnabled);

/// <summary>
/// What a server says that it can do: the lines of its reply to FEAT (RFC 2389 §3). Asked anew after TLS and after the login, never changed.
/// What is not told may still be there, and what is told may be refused; features that are unknown here are kept.
/// <code>
/// feature-line  = SP feature-label [ SP feature-parms ]        ; a label in any case
/// </code>
/// </summary>
public sealed class FtpCapabilities
{
    private readonly Dictionary<string, ValueList<string>> _features = new(StringComparer.OrdinalIgnoreCase);

    private FtpCapabilities(IEnumerable<string> lines)
    {
        var all = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines)
        {
            string text = line.Trim();
            if (text.Length == 0) continue;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            string name = space < 0 ? text : text[..space];
            if (!all.TryGetValue(name, out List<string>? values)) all[name] = values = [];
            if (space >= 0) values.Add(text[(space + 1)..].Trim());
        }

        foreach ((string name, List<string> values) in all) _features[name] = [.. values];
        AuthTls = Words("AUTH").Any(word => Is(word, "TLS") || Is(word, "TLS-C") || Is(word, "TLS-P"));
        RestStream = Words("REST").Any(word => Is(word, "STREAM"));
        ModeZ = Words("MODE").Any(word => Is(word, "Z"));
        SiteUtime = HasSite("UTIME");
        Mlst = [.. Words("MLST").Select(word => new FtpFact(word.TrimEnd('*'), word.EndsWith('*')))];
        HashAlgorithms = [.. Words("HASH").Select(word => word.TrimEnd('*'))];
        SelectedHashAlgorithm = Words("HASH").FirstOrDefault(word => word.EndsWith('*'))?.TrimEnd('*');
        Lang = [.. Words("LANG").Select(word => word.TrimEnd('*'))];
    }

    /// <summary>Those of a server that has no FEAT, or was not asked.</summary>
    public static FtpCapabilities None { get; } = new([]);

    /// <summary>The names of the features, as the server writes them.</summary>
    public IReadOnlyCollection<string> Features => _features.Keys;

    /// <summary>Names are UTF-8 (RFC 2640 §3).</summary>
    public bool Utf8 => Has("UTF8") || Has("UTF-8");

    /// <summary>The facts of MLSD and MLST (RFC 3659 §7.8), in the server's order; empty without MLST.</summary>
    public ValueList<FtpFact> Mlst { get; }

    /// <summary>Transfers can begin at an offset (RFC 3659 §5.4).</summary>
    public bool RestStream { get; }

    /// <summary>SIZE (RFC 3659 §4).</summary>
    public bool Size => Has("SIZE");

    /// <summary>MDTM (RFC 3659 §3).</summary>
    public bool Mdtm => Has("MDTM");

    /// <summary>MFMT: the time of a change can be set (draft-somers-ftp-mfxx).</summary>
    public bool Mfmt => Has("MFMT");

    /// <summary>MFCT: the time of creation can be set (draft-somers-ftp-mfxx).</summary>
    public bool Mfct => Has("MFCT");

    /// <summary>MFF: facts can be set (draft-somers-ftp-mfxx); which ones, <see cref="Values"/> tells.</summary>
    public bool Mff => Has("MFF");

    /// <summary>Paths are made of names between slashes (RFC 3659 §6).</summary>
    public bool Tvfs => Has("TVFS");

    /// <summary>AUTH TLS (RFC 4217 §4).</summary>
    public bool AuthTls { get; }

    /// <summary>PBSZ (RFC 2228 §3).</summary>
    public bool Pbsz => Has("PBSZ");

    /// <summary>PROT (RFC 2228 §3).</summary>
    public bool Prot => Has("PROT");

    /// <summary>EPSV (RFC 2428 §3).</summary>
    public bool Epsv => Has("EPSV");

    /// <summary>EPRT (RFC 2428 §2).</summary>
    public bool Eprt => Has("EPRT");

    /// <summary>MODE Z: data can be deflated (draft-preston-ftpext-deflate).</summary>
    public bool ModeZ { get; }

    /// <summary>HOST: one address serves several hosts (RFC 7151).</summary>
    public bool Host => Has("HOST");

    /// <summary>The algorithms of HASH (draft-bryan-ftpext-hash), in the server's order; empty without HASH.</summary>
    public ValueList<string> HashAlgorithms { get; }

    /// <summary>The algorithm that HASH uses now; null when none is marked. OPTS HASH changes it.</summary>
    public string? SelectedHashAlgorithm { get; }

    /// <summary>XCRC: the CRC-32 of a file.</summary>
    public bool XCrc => Has("XCRC");

    /// <summary>XMD5: the MD5 of a file.</summary>
    public bool XMd5 => Has("XMD5");

    /// <summary>XSHA1 or XSHA: the SHA-1 of a file.</summary>
    public bool XSha1 => Has("XSHA1") || Has("XSHA");

    /// <summary>XSHA256: the SHA-256 of a file.</summary>
    public bool XSha256 => Has("XSHA256");

    /// <summary>XSHA512: the SHA-512 of a file.</summary>
    public bool XSha512 => Has("XSHA512");

    /// <summary>SITE UTIME: the times of a file can be set.</summary>
    public bool SiteUtime { get; }

    /// <summary>The languages of replies (RFC 2640 §4), in the server's order; empty without LANG.</summary>
    public ValueList<string> Lang { get; }

    /// <summary>Reads the lines of features.</summary>
    /// <param name="lines">The lines between the first and the last of the reply, with or without the space that each begins with.</param>
    public static FtpCapabilities Parse(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        return new FtpCapabilities(lines);
    }

    /// <summary>Whether the server names a feature.</summary>
    /// <param name="feature">Its name, in any case: the first word of its line.</param>
    public bool Has(string feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        return _features.ContainsKey(feature);
    }

    /// <summary>What stands behind a feature's name, one value a line; empty when nothing does, or the server has it not.</summary>
    /// <param name="feature">Its name, in any case.</param>
    public ValueList<string> Values(string feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        return _features.GetValueOrDefault(feature) ?? [];
    }

    /// <summary>Whether the server names a command of SITE.</summary>
    /// <param name="command">Its name, in any case.</param>
    public bool HasSite(string command) => Words("SITE").Any(word => Is(word, command));

    /// <summary>The features, each on a line.</summary>
    public override string ToString() => string.Join('\n', _features.SelectMany(
        feature => feature.Value.Count == 0 ? [feature.Key] : feature.Value.Select(value => feature.Key + " " + value)));

    /// <summary>Those of a reply to FEAT: the lines but the first and the last.</summary>
    internal static FtpCapabilities Parse(CodedReply reply)
    {
        if (reply.LineCount < 3) return None;
        string[] lines = [.. reply.Lines];
        return new FtpCapabilities(lines[1..^1]);
    }

    /// <summary>Whether MFF sets a fact. A server that names none is asked.</summary>
    internal bool SetsFact(string fact)
    {
        string[] named = [.. Words("MFF")];
        return named.Length == 0 || Array.Exists(named, word => Is(word, fact));
    }

    private static bool Is(string word, string other) => string.Equals(word, other, StringComparison.OrdinalIgnoreCase);

    // Lists are written with semicolons, by some with spaces.
    private IEnumerable<string> Words(string feature) =>
        Values(feature).SelectMany(value => value.Split([';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
