using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// HTTP Digest (RFC 7616): answers one challenge, and counts the answers. It belongs to one origin or one proxy, one realm
/// and one user: keep it with them, never share it between two (CVE-2026-11856). Safe for many tasks.
/// </summary>
/// <remarks>MD5 and SHA-256, each also as session variant, with <c>qop=auth</c> or without (RFC 2069). No auth-int, no SHA-512-256.</remarks>
public sealed class DigestAuthentication
{
    private readonly Credentials _credentials;
    private readonly string _nonce;
    private readonly string? _opaque;
    private readonly string? _algorithm;
    private readonly bool _quality;
    private readonly bool _hashUser;
    private readonly bool _session;
    private readonly bool _sha256;
    private int _count;

    private DigestAuthentication(AuthenticationChallenge challenge, Credentials credentials, bool sha256, bool session, bool quality)
    {
        IReadOnlyDictionary<string, string> given = challenge.Parameters;
        _credentials = credentials;
        Realm = given["realm"];
        _nonce = given["nonce"];
        _opaque = given.GetValueOrDefault("opaque");
        _algorithm = given.GetValueOrDefault("algorithm");
        _hashUser = string.Equals(given.GetValueOrDefault("userhash"), "true", StringComparison.OrdinalIgnoreCase);
        _sha256 = sha256;
        _session = session;
        _quality = quality;
    }

    /// <summary>The realm that was challenged.</summary>
    public string Realm { get; }

    /// <summary>How good the challenge's hash is: 2 for SHA-256, 1 for MD5; the best of several is to be answered.</summary>
    public int Strength => _sha256 ? 2 : 1;

    /// <summary>True when the server says that the last answer was right but its nonce too old (RFC 7616 §3.3).</summary>
    /// <param name="challenge">The new challenge.</param>
    public static bool IsStale(AuthenticationChallenge challenge)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        return challenge.Is("Digest") && string.Equals(challenge.Parameters.GetValueOrDefault("stale"), "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Prepares the answers to a challenge; null when it is none that can be answered.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="credentials">A user with a password.</param>
    public static DigestAuthentication? TryCreate(AuthenticationChallenge challenge, Credentials credentials)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ArgumentNullException.ThrowIfNull(credentials);
        IReadOnlyDictionary<string, string> given = challenge.Parameters;
        if (!challenge.Is("Digest") || credentials.Secret is null || !given.ContainsKey("realm") || !given.ContainsKey("nonce")) return null;

        // What is sent back must not end a line of ours.
        if (given.Values.Any(value => WireText.HasControls(value)) || WireText.HasControls(credentials.User)) return null;
        (bool sha256, bool session)? algorithm = given.GetValueOrDefault("algorithm", "MD5").ToUpperInvariant() switch
        {
            "MD5" => (false, false),
            "MD5-SESS" => (false, true),
            "SHA-256" => (true, false),
            "SHA-256-SESS" => (true, true),
            _ => null,
        };
        if (algorithm is not { } known) return null;
        bool quality = given.TryGetValue("qop", out string? options);
        if (quality && !options!.Split(',', StringSplitOptions.TrimEntries).Contains("auth", StringComparer.OrdinalIgnoreCase)) return null;
        return new DigestAuthentication(challenge, credentials, known.sha256, known.session, quality);
    }

    /// <summary>The value of <c>Authorization</c> or <c>Proxy-Authorization</c> for a request (RFC 7616 §3.4); each call counts one up.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="target">The request's target as it is sent.</param>
    public string Answer(string method, string target)
    {
        string cnonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return Answer(method, target, cnonce, Interlocked.Increment(ref _count));
    }

    internal string Answer(string method, string target, string cnonce, int count)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentException.ThrowIfNullOrEmpty(target);
        WireText.RefuseControls(target, "A request target");
        string nc = count.ToString("x8", CultureInfo.InvariantCulture);
        string a1 = Hash($"{_credentials.User}:{Realm}:{_credentials.Secret!.Reveal()}");
        if (_session) a1 = Hash($"{a1}:{_nonce}:{cnonce}");
        string a2 = Hash($"{method}:{target}");
        string response = Hash(_quality ? $"{a1}:{_nonce}:{nc}:{cnonce}:auth:{a2}" : $"{a1}:{_nonce}:{a2}");

        var answer = new StringBuilder("Digest ");
        if (_hashUser) answer.Append(CultureInfo.InvariantCulture, $"username=\"{Hash($"{_credentials.User}:{Realm}")}\"");
        else if (Ascii.IsValid(_credentials.User)) answer.Append("username=").Append(Quoted(_credentials.User));
        else answer.Append("username*=UTF-8''").Append(Uri.EscapeDataString(_credentials.User));
        answer.Append(", realm=").Append(Quoted(Realm));
        answer.Append(", nonce=").Append(Quoted(_nonce));
        answer.Append(", uri=").Append(Quoted(target));
        answer.Append(CultureInfo.InvariantCulture, $", response=\"{response}\"");
        if (_algorithm is not null) answer.Append(", algorithm=").Append(_algorithm);
        if (_quality) answer.Append(CultureInfo.InvariantCulture, $", qop=auth, nc={nc}, cnonce=\"{cnonce}\"");
        else if (_session) answer.Append(CultureInfo.InvariantCulture, $", cnonce=\"{cnonce}\"");
        if (_opaque is not null) answer.Append(", opaque=").Append(Quoted(_opaque));
        if (_hashUser) answer.Append(", userhash=true");
        return answer.ToString();
    }

    private string Hash(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5351 // RFC 7616 §3.2: MD5 for the servers that know nothing else; SHA-256 is taken where it is offered.
        return Convert.ToHexStringLower(_sha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
