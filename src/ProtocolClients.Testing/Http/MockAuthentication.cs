using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Testing;

/// <summary>How a <see cref="MockHttpServer"/> asks who the client is, and what it accepts.</summary>
public abstract class MockAuthentication
{
    private protected MockAuthentication()
    {
    }

    /// <summary>Basic (RFC 7617), in UTF-8.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="realm">The realm.</param>
    public static MockAuthentication Basic(string user, string password, string realm = "mock") => new BasicScheme(user, password, realm);

    /// <summary>Digest (RFC 7616) with <c>qop=auth</c>; a nonce may be used any number of times, a count of it once.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">The password.</param>
    /// <param name="algorithm">MD5, SHA-256, MD5-sess or SHA-256-sess; several, best first, are asked for side by side.</param>
    /// <param name="realm">The realm.</param>
    /// <param name="uses">After so many uses a nonce is stale; 0 for never.</param>
    public static MockAuthentication Digest(string user, string password, string algorithm = "MD5", string realm = "mock", int uses = 0) =>
        new DigestScheme(user, password, algorithm.Split(','), realm, uses);

    /// <summary>Bearer (RFC 6750).</summary>
    /// <param name="token">The token.</param>
    /// <param name="realm">The realm.</param>
    public static MockAuthentication Bearer(string token, string realm = "mock") => new BearerScheme(token, realm);

    internal abstract IEnumerable<string> Secrets { get; }

    /// <summary>Whether the field lets the request in; otherwise what to ask.</summary>
    internal abstract bool Accepts(string field, string method, string target, out IReadOnlyList<string> challenges);

    private protected static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private protected static string? After(string field, string scheme) =>
        field.StartsWith(scheme + " ", StringComparison.OrdinalIgnoreCase) ? field[(scheme.Length + 1)..].Trim() : null;

    private sealed class BasicScheme(string user, string password, string realm) : MockAuthentication
    {
        internal override IEnumerable<string> Secrets => [password, $"{user}:{password}"];

        internal override bool Accepts(string field, string method, string target, out IReadOnlyList<string> challenges)
        {
            challenges = [$"Basic realm={Quoted(realm)}, charset=\"UTF-8\""];
            return string.Equals(After(field, "Basic"), Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")), StringComparison.Ordinal);
        }
    }

    private sealed class BearerScheme(string token, string realm) : MockAuthentication
    {
        internal override IEnumerable<string> Secrets => [token];

        internal override bool Accepts(string field, string method, string target, out IReadOnlyList<string> challenges)
        {
            challenges = [$"Bearer realm={Quoted(realm)}"];
            return string.Equals(After(field, "Bearer"), token, StringComparison.Ordinal);
        }
    }

    private sealed class DigestScheme : MockAuthentication
    {
        private readonly ConcurrentDictionary<string, HashSet<uint>> _nonces = new(StringComparer.Ordinal);
        private readonly string _user;
        private readonly string _password;
        private readonly string[] _algorithms;
        private readonly string _realm;
        private readonly int _uses;

        public DigestScheme(string user, string password, string[] algorithms, string realm, int uses)
        {
            (_user, _password, _realm, _uses) = (user, password, realm, uses);
            _algorithms = [.. algorithms.Select(static name => name.Trim())];
            foreach (string name in _algorithms) Hash(name, "");
        }

        internal override IEnumerable<string> Secrets => [_password];

        internal override bool Accepts(string field, string method, string target, out IReadOnlyList<string> challenges)
        {
            bool stale = false;
            bool accepted = After(field, "Digest") is { } values && Check(DigestFields.Parse(values), method, target, out stale);
            challenges = accepted ? [] : [.. _algorithms.Select(algorithm => Challenge(algorithm, stale))];
            return accepted;
        }

        private static string Hash(string algorithm, string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            return algorithm.ToUpperInvariant() switch
            {
#pragma warning disable CA5351 // What the protocol's oldest and still most common algorithm is.
                "MD5" or "MD5-SESS" => Convert.ToHexStringLower(MD5.HashData(bytes)),
#pragma warning restore CA5351
                "SHA-256" or "SHA-256-SESS" => Convert.ToHexStringLower(SHA256.HashData(bytes)),
                _ => throw new ArgumentException($"No such digest algorithm: {algorithm}.", nameof(algorithm)),
            };
        }

        private string Challenge(string algorithm, bool stale)
        {
            string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            _nonces[nonce] = [];
            string text = $"Digest realm={Quoted(_realm)}, nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}, opaque=\"6d6f636b\"";
            return stale ? text + ", stale=true" : text;
        }

        private bool Check(IReadOnlyDictionary<string, string> fields, string method, string target, out bool stale)
        {
            stale = false;
            string Field(string name) => fields.TryGetValue(name, out string? value) ? value : "";
            string algorithm = Field("algorithm") is { Length: > 0 } named ? named : "MD5";
            if (!_algorithms.Contains(algorithm, StringComparer.OrdinalIgnoreCase)) return false;
            if (!string.Equals(Field("username"), _user, StringComparison.Ordinal)) return false;
            if (!string.Equals(Field("realm"), _realm, StringComparison.Ordinal)) return false;
            if (!string.Equals(Field("uri"), target, StringComparison.Ordinal)) return false;
            if (Field("qop") is not "auth" || Field("opaque") is not "6d6f636b") return false;
            if (Field("nc").Length != 8 || !uint.TryParse(Field("nc"), System.Globalization.NumberStyles.HexNumber, null, out uint count)) return false;
            string nonce = Field("nonce");
            string cnonce = Field("cnonce");
            string key = Hash(algorithm, $"{_user}:{_realm}:{_password}");
            if (algorithm.EndsWith("-sess", StringComparison.OrdinalIgnoreCase)) key = Hash(algorithm, $"{key}:{nonce}:{cnonce}");
            string expected = Hash(algorithm, $"{key}:{nonce}:{Field("nc")}:{cnonce}:auth:{Hash(algorithm, $"{method}:{target}")}");
            if (!string.Equals(Field("response"), expected, StringComparison.Ordinal)) return false;

            // Right but with a nonce of someone else's, or one used up: the client is to try again without asking the user.
            if (!_nonces.TryGetValue(nonce, out HashSet<uint>? counts))
            {
                stale = true;
                return false;
            }

            lock (counts)
            {
                if (!counts.Add(count)) return false;
                stale = _uses > 0 && counts.Count > _uses;
                return !stale;
            }
        }
    }
}
