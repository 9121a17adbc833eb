using System.Text;

namespace ProtocolClients.Transport;

/// <summary>One challenge of a <c>WWW-Authenticate</c> or <c>Proxy-Authenticate</c> field (RFC 9110 §11.6.1).</summary>
public sealed class AuthenticationChallenge
{
    private AuthenticationChallenge(string scheme) => Scheme = scheme;

    /// <summary>The scheme as the server wrote it; compare without regard to case.</summary>
    public string Scheme { get; }

    /// <summary>The one token that some schemes send instead of parameters (RFC 9110 §11.2, token68); null for parameters.</summary>
    public string? Token { get; private set; }

    /// <summary>The parameters; names without regard to case, the first of a name counts.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for this scheme.</summary>
    /// <param name="scheme">For example <c>Digest</c>.</param>
    public bool Is(string scheme) => string.Equals(Scheme, scheme, StringComparison.OrdinalIgnoreCase);

    // challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]        (RFC 9110 §11.3)
    // auth-param = token BWS "=" BWS ( token / quoted-string )
    /// <summary>The challenges of a field's value; what follows the first error is left out. Linear; never throws.</summary>
    /// <param name="value">The field's value: several challenges may stand in one, separated by commas.</param>
    public static IReadOnlyList<AuthenticationChallenge> Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var found = new List<AuthenticationChallenge>();
        int at = 0;
        while (true)
        {
            Skip(value, ref at, separators: true);
            string first = Token68(value, ref at, out _);
            if (first.Length == 0) return found;
            int afterFirst = at;
            Skip(value, ref at, separators: false);
            if (at < value.Length && value[at] == '=')
            {
                at++;
                Skip(value, ref at, separators: false);
                if (found.Count == 0 || Text(value, ref at) is not { } text) return found;
                ((Dictionary<string, string>)found[^1].Parameters).TryAdd(first, text);
                continue;
            }

            var challenge = new AuthenticationChallenge(first);
            found.Add(challenge);
            if (at == afterFirst || at >= value.Length || value[at] == ',') continue;

            // After a scheme and a blank: a token68 ends its challenge, anything else begins the parameters.
            int mark = at;
            string token = Token68(value, ref at, out bool padded);
            Skip(value, ref at, separators: false);
            if (token.Length > 0 && (at >= value.Length || value[at] == ',') && (padded || at >= value.Length || !value[at].Equals('=')))
            {
                challenge.Token = token;
                continue;
            }

            at = mark;
        }
    }

    // Authentication-Info = #auth-param        (RFC 7615 §3)
    /// <summary>The parameters of a field that has no scheme before them; what follows the first error is left out. Linear; never throws.</summary>
    /// <param name="value">The value of <c>Authentication-Info</c> or <c>Proxy-Authentication-Info</c>.</param>
    public static IReadOnlyDictionary<string, string> ParseParameters(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        int at = 0;
        while (true)
        {
            Skip(value, ref at, separators: true);
            int start = at;
            while (at < value.Length && IsToken(value[at])) at++;
            string name = value[start..at];
            Skip(value, ref at, separators: false);
            if (name.Length == 0 || at >= value.Length || value[at] != '=') return found;
            at++;
            Skip(value, ref at, separators: false);
            if (Text(value, ref at) is not { } text) return found;
            found.TryAdd(name, text);
        }
    }

    private static void Skip(string value, ref int at, bool separators)
    {
        while (at < value.Length && (value[at] is ' ' or '\t' || (separators && value[at] == ','))) at++;
    }

    private static string Token68(string value, ref int at, out bool padded)
    {
        int start = at;
        while (at < value.Length && IsToken(value[at])) at++;
        padded = false;

        // Padding belongs to the token when nothing but the end or a comma follows it: name=value has something.
        int end = at;
        while (end < value.Length && value[end] == '=') end++;
        int next = end;
        Skip(value, ref next, separators: false);
        if (at > start && end > at && (next >= value.Length || value[next] == ','))
        {
            padded = true;
            at = end;
        }

        return value[start..at];
    }

    private static string? Text(string value, ref int at)
    {
        if (at >= value.Length || value[at] != '"')
        {
            int start = at;
            while (at < value.Length && IsToken(value[at])) at++;
            return value[start..at];
        }

        var text = new StringBuilder();
        for (at++; at < value.Length; at++)
        {
            if (value[at] == '"')
            {
                at++;
                return text.ToString();
            }

            if (value[at] == '\\' && at + 1 < value.Length) at++;
            text.Append(value[at]);
        }

        return null;
    }

    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~/".Contains(c, StringComparison.Ordinal);
}
