using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>
/// HTTP Digest (RFC 7616): answers one challenge, counts the answers, and takes the server's next nonce. It belongs to one origin or one
/// proxy, one realm and one user: keep it with them, never share it between two (CVE-2026-11856). Safe for many tasks.
/// </summary>
/// <remarks>
/// MD5, SHA-256 and SHA-512-256, each also as session variant; <c>qop=auth</c>, <c>auth-int</c> where nothing else is offered, or none
/// (RFC 2069); <c>userhash</c>; text in UTF-8.
/// </remarks>
public sealed class DigestAuthentication
{
    private readonly Lock _gate = new();
    private readonly Credentials _credentials;
    private readonly string? _opaque;
    private readonly string? _algorithmName;
    private readonly DigestAlgorithm _algorithm;
    private readonly string? _quality;
    private readonly bool _hashUser;
    private readonly bool _session;
    private string _nonce;
    private string? _sessionKey;
    private string? _sessionNonce;
    private int _count;

    private DigestAuthentication(AuthenticationChallenge challenge, Credentials credentials, DigestAlgorithm algorithm, bool session, string? quality)
    {
        IReadOnlyDictionary<string, string> given = challenge.Parameters;
        _credentials = credentials;
        Realm = given["realm"];
        Domain = given.GetValueOrDefault("domain", string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _nonce = given["nonce"];
        _opaque = given.GetValueOrDefault("opaque");
        _algorithmName = given.GetValueOrDefault("algorithm");
        _hashUser = string.Equals(given.GetValueOrDefault("userhash"), "true", StringComparison.OrdinalIgnoreCase);
        _algorithm = algorithm;
        _session = session;
        _quality = quality;
    }

    /// <summary>The realm that was challenged.</summary>
    public string Realm { get; }

    /// <summary>The URIs of the protection space as the server wrote them (RFC 7616 §3.3); empty for all of the server, and for a proxy.</summary>
    public IReadOnlyList<string> Domain { get; }

    /// <summary>How good the challenge's hash is: 3 for SHA-512-256, 2 for SHA-256, 1 for MD5; the best of several is to be answered.</summary>
    public int Strength => (int)_algorithm;

    /// <summary>True when the server takes only answers over the body too (<c>auth-int</c>): hash it with <see cref="StartHash"/> first.</summary>
    public bool CoversBody => _quality is "auth-int";

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

        // What is sent back must not end a line of ours, nor be what no field may hold (RFC 9110 §5.5).
        if (given.Values.Any(HasControls) || HasControls(credentials.User)) return null;
        string name = given.GetValueOrDefault("algorithm", "MD5").ToUpperInvariant();
        bool session = name.EndsWith("-SESS", StringComparison.Ordinal);
        DigestAlgorithm? algorithm = (session ? name[..^5] : name) switch
        {
            "MD5" => DigestAlgorithm.Md5,
            "SHA-256" => DigestAlgorithm.Sha256,
            "SHA-512-256" => DigestAlgorithm.Sha512T256,
            _ => null,
        };
        if (algorithm is not { } known) return null;
        if (!given.TryGetValue("qop", out string? offered)) return new DigestAuthentication(challenge, credentials, known, session, null);
        string[] options = offered.Split(',', StringSplitOptions.TrimEntries);

        // auth leaves bodies as streams; who wants them covered offers auth-int alone.
        string? quality = options.Contains("auth", StringComparer.OrdinalIgnoreCase) ? "auth"
            : options.Contains("auth-int", StringComparer.OrdinalIgnoreCase) ? "auth-int" : null;
        return quality is null ? null : new DigestAuthentication(challenge, credentials, known, session, quality);
    }

    /// <summary>The hash for bodies, the request's and the response's.</summary>
    public DigestHash StartHash() => new(_algorithm);

    /// <summary>Answers for one request (RFC 7616 §3.4); each call counts one up.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="target">The request's target as it is sent.</param>
    /// <param name="bodyHash">The hash of the body by <see cref="StartHash"/>, of no bytes when there is none; needed when <see cref="CoversBody"/>.</param>
    public DigestAnswer Answer(string method, string target, string? bodyHash = null)
    {
        string cnonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_gate)
        {
            return Answer(method, target, bodyHash, cnonce, ++_count);
        }
    }

    /// <summary>Takes <c>Authentication-Info</c> or <c>Proxy-Authentication-Info</c> (RFC 7616 §3.5): from now on the server's next nonce is used.</summary>
    /// <param name="info">The field's value.</param>
    public void Learn(string info)
    {
        string? next = AuthenticationChallenge.ParseParameters(info).GetValueOrDefault("nextnonce");
        if (string.IsNullOrEmpty(next) || HasControls(next)) return;
        lock (_gate)
        {
            if (string.Equals(next, _nonce, StringComparison.Ordinal)) return;
            _nonce = next;
            _count = 0;
        }
    }

    internal DigestAnswer Answer(string method, string target, string? bodyHash, string cnonce, int count)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentException.ThrowIfNullOrEmpty(target);
        WireText.RefuseControls(target, "A request target");
        if (CoversBody) ArgumentNullException.ThrowIfNull(bodyHash);
        string nc = count.ToString("x8", CultureInfo.InvariantCulture);
        string a1;
        if (_session)
        {
            // The first answer to a challenge makes the key of the session (RFC 7616 §3.4.2). Its cnonce is kept, so that servers which
            // hash it anew each time agree; the count makes each answer another.
            _sessionNonce ??= cnonce;
            cnonce = _sessionNonce;
            a1 = _sessionKey ??= Hash($"{Hash($"{_credentials.User}:{Realm}:{_credentials.Secret!.Reveal()}")}:{_nonce}:{cnonce}");
        }
        else
        {
            a1 = Hash($"{_credentials.User}:{Realm}:{_credentials.Secret!.Reveal()}");
        }

        string a2 = Hash(CoversBody ? $"{method}:{target}:{bodyHash}" : $"{method}:{target}");
        string response = Hash(_quality is null ? $"{a1}:{_nonce}:{a2}" : $"{a1}:{_nonce}:{nc}:{cnonce}:{_quality}:{a2}");

        var answer = new StringBuilder("Digest ");
        if (_hashUser) answer.Append(CultureInfo.InvariantCulture, $"username=\"{Hash($"{_credentials.User}:{Realm}")}\"");
        else if (Ascii.IsValid(_credentials.User)) answer.Append("username=").Append(Quoted(_credentials.User));
        else answer.Append("username*=UTF-8''").Append(Uri.EscapeDataString(_credentials.User));
        answer.Append(", realm=").Append(Quoted(Realm));
        answer.Append(", nonce=").Append(Quoted(_nonce));
        answer.Append(", uri=").Append(Quoted(target));
        answer.Append(CultureInfo.InvariantCulture, $", response=\"{response}\"");
        if (_algorithmName is not null) answer.Append(", algorithm=").Append(_algorithmName);
        if (_quality is not null) answer.Append(CultureInfo.InvariantCulture, $", qop={_quality}, nc={nc}, cnonce=\"{cnonce}\"");
        else if (_session) answer.Append(CultureInfo.InvariantCulture, $", cnonce=\"{cnonce}\"");
        if (_opaque is not null) answer.Append(", opaque=").Append(Quoted(_opaque));
        if (_hashUser) answer.Append(", userhash=true");
        return new DigestAnswer(_algorithm, answer.ToString(), a1, _nonce, nc, cnonce, target);
    }

    private static bool HasControls(string text)
    {
        foreach (char c in text)
        {
            if (c is (< ' ' and not '\t') or '\x7F') return true;
        }

        return false;
    }

    private string Hash(string text) => DigestHash.Of(_algorithm, Encoding.UTF8.GetBytes(text));

    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
