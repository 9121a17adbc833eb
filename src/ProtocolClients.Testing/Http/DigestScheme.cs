using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Testing;

/// <summary>The server's side of Digest, written from RFC 7616 for itself: it shares no code with any client.</summary>
internal sealed class DigestScheme : MockAuthentication
{
    private const string Opaque = "6d6f636b";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Nonce> _nonces = new(StringComparer.Ordinal);
    private readonly string _user;
    private readonly string _password;
    private readonly string[] _algorithms;
    private readonly MockDigestOptions _options;

    public DigestScheme(string user, string password, MockDigestOptions options)
    {
        (_user, _password, _options) = (user, password, options);
        _algorithms = [.. options.Algorithms.Split(',', StringSplitOptions.TrimEntries)];
        foreach (string name in _algorithms) Hash(name, []);
    }

    internal override IEnumerable<string> Secrets => [_password];

    internal override bool CoversBody => _options.Quality.Contains("auth-int", StringComparison.Ordinal);

    internal override MockVerdict Judge(MockCredential shown)
    {
        bool stale = false;
        if (After(shown.Field, "Digest") is { } values && Check(DigestFields.Parse(values), shown, out stale) is { } verdict) return verdict;
        return new MockVerdict(false, [.. _algorithms.Select(algorithm => Challenge(algorithm, stale))]);
    }

    private static string Hash(string algorithm, byte[] bytes)
    {
        string name = algorithm.ToUpperInvariant();
        if (name.EndsWith("-SESS", StringComparison.Ordinal)) name = name[..^5];
        return Convert.ToHexStringLower(name switch
        {
#pragma warning disable CA5351 // What the protocol's oldest and still most common algorithm is.
            "MD5" => MD5.HashData(bytes),
#pragma warning restore CA5351
            "SHA-256" => SHA256.HashData(bytes),
            "SHA-512-256" => MockSha512T256.Hash(bytes),
            _ => throw new ArgumentException($"No such digest algorithm: {algorithm}.", nameof(algorithm)),
        });
    }

    private static string Hash(string algorithm, string text) => Hash(algorithm, Encoding.UTF8.GetBytes(text));

    private string NewNonce(string? key = null)
    {
        string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_gate) _nonces[nonce] = new Nonce { SessionKey = key };
        return nonce;
    }

    private string Challenge(string algorithm, bool stale)
    {
        var text = new StringBuilder($"Digest realm={Quoted(_options.Realm)}, nonce=\"{NewNonce()}\"");
        if (_options.Quality.Length > 0) text.Append(CultureInfo.InvariantCulture, $", qop=\"{_options.Quality}\"");
        text.Append(CultureInfo.InvariantCulture, $", algorithm={algorithm}, opaque=\"{Opaque}\", charset=UTF-8");
        if (_options.Domain.Length > 0) text.Append(CultureInfo.InvariantCulture, $", domain={Quoted(_options.Domain)}");
        if (_options.UserHash) text.Append(", userhash=true");
        if (stale) text.Append(", stale=true");
        return text.ToString();
    }

    private MockVerdict? Check(IReadOnlyDictionary<string, string> fields, MockCredential shown, out bool stale)
    {
        stale = false;
        string Field(string name) => fields.TryGetValue(name, out string? value) ? value : "";
        string algorithm = Field("algorithm") is { Length: > 0 } named ? named : "MD5";
        if (!_algorithms.Contains(algorithm, StringComparer.OrdinalIgnoreCase)) return null;
        if (!IsUser(fields, algorithm)) return null;
        if (!string.Equals(Field("realm"), _options.Realm, StringComparison.Ordinal)) return null;
        if (!string.Equals(Field("uri"), shown.Target, StringComparison.Ordinal) || Field("opaque") is not Opaque) return null;
        string quality = Field("qop");
        if (quality.Length > 0 ? !_options.Quality.Split(',', StringSplitOptions.TrimEntries).Contains(quality) : _options.Quality.Length > 0) return null;
        uint count = 0;
        if (quality.Length > 0 && (Field("nc").Length != 8 || Field("cnonce").Length == 0
            || !uint.TryParse(Field("nc"), NumberStyles.AllowHexSpecifier, null, out count) || count == 0)) return null;

        string a2 = $"{shown.Method}:{shown.Target}";
        if (quality is "auth-int") a2 += ":" + Hash(algorithm, shown.Body.ToArray());
        string? key = Keys(algorithm, Field("nonce"), Field("cnonce"))
            .FirstOrDefault(candidate => string.Equals(Field("response"), Response(algorithm, candidate, fields, a2), StringComparison.Ordinal));
        if (key is null) return null;

        // Right but with a nonce of someone else's, or one used up: the client is to try again without asking the user.
        lock (_gate)
        {
            if (!_nonces.TryGetValue(Field("nonce"), out Nonce? nonce))
            {
                stale = true;
                return null;
            }

            if (quality.Length > 0 && (_options.Rising ? count <= nonce.Highest : nonce.Counts.Contains(count))) return null;
            nonce.Counts.Add(count);
            nonce.Highest = Math.Max(nonce.Highest, count);
            stale = nonce.IsSpent || (_options.Uses > 0 && nonce.Counts.Count > _options.Uses);
            if (stale) return null;
            nonce.IsSpent = _options.NextNonce;
            nonce.SessionKey = key;
        }

        return new MockVerdict(true, []) { Info = _options.Proof || _options.WrongProof || _options.NextNonce ? body => Info(algorithm, key, fields, shown.Target, body) : null };
    }

    private bool IsUser(IReadOnlyDictionary<string, string> fields, string algorithm)
    {
        // A hash only where it was asked for, and a name in either form but not both (RFC 7616 §3.4).
        string name = fields.GetValueOrDefault("username", "");
        bool hashed = fields.GetValueOrDefault("userhash", "") is "true";
        if (fields.TryGetValue("username*", out string? extended))
        {
            return name.Length == 0 && !hashed && extended.StartsWith("UTF-8''", StringComparison.OrdinalIgnoreCase)
                && string.Equals(Uri.UnescapeDataString(extended[7..]), _user, StringComparison.Ordinal);
        }

        return hashed
            ? _options.UserHash && string.Equals(name, Hash(algorithm, $"{_user}:{_options.Realm}"), StringComparison.Ordinal)
            : string.Equals(name, _user, StringComparison.Ordinal);
    }

    /// <summary>A1: of the password, or of the session, whose key some clients make once and others anew each time.</summary>
    private IEnumerable<string> Keys(string algorithm, string nonce, string cnonce)
    {
        string key = Hash(algorithm, $"{_user}:{_options.Realm}:{_password}");
        if (!algorithm.EndsWith("-sess", StringComparison.OrdinalIgnoreCase)) return [key];
        string? session;
        lock (_gate) session = _nonces.GetValueOrDefault(nonce)?.SessionKey;
        string fresh = Hash(algorithm, $"{key}:{nonce}:{cnonce}");
        return session is null ? [fresh] : [session, fresh];
    }

    private static string Response(string algorithm, string key, IReadOnlyDictionary<string, string> fields, string a2)
    {
        string nonce = fields.GetValueOrDefault("nonce", "");
        return fields.GetValueOrDefault("qop", "") is { Length: > 0 } quality
            ? Hash(algorithm, $"{key}:{nonce}:{fields["nc"]}:{fields["cnonce"]}:{quality}:{Hash(algorithm, a2)}")
            : Hash(algorithm, $"{key}:{nonce}:{Hash(algorithm, a2)}");
    }

    private string Info(string algorithm, string key, IReadOnlyDictionary<string, string> fields, string target, byte[] body)
    {
        List<string> parts = [];
        string quality = fields.GetValueOrDefault("qop", "");
        if (_options.NextNonce) parts.Add($"nextnonce=\"{NewNonce(key)}\"");
        if (quality.Length > 0) parts.Add($"qop={quality}");
        if (_options.Proof || _options.WrongProof)
        {
            string a2 = quality is "auth-int" ? $":{target}:{Hash(algorithm, body)}" : $":{target}";
            string proof = Response(algorithm, _options.WrongProof ? key + "0" : key, fields, a2);
            parts.Add($"rspauth=\"{proof}\"");
            if (quality.Length > 0) parts.Add($"cnonce=\"{fields["cnonce"]}\", nc={fields["nc"]}");
        }

        return string.Join(", ", parts);
    }

    private sealed class Nonce
    {
        public HashSet<uint> Counts { get; } = [];

        public uint Highest { get; set; }

        public bool IsSpent { get; set; }

        public string? SessionKey { get; set; }
    }
}
