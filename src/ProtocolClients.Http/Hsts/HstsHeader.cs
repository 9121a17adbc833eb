namespace ProtocolClients;

/// <summary>Reads a Strict-Transport-Security field (RFC 6797 §6.1).</summary>
internal static class HstsHeader
{
    // [ directive ] *( ";" [ directive ] )     directive = token [ "=" ( token / quoted-string ) ]
    /// <summary>False for a field that is not sound: it is ignored whole (§8.1).</summary>
    public static bool TryParse(string field, out TimeSpan maxAge, out bool includeSubDomains)
    {
        maxAge = default;
        includeSubDomains = false;
        bool hasAge = false;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        ReadOnlySpan<char> rest = field;
        while (true)
        {
            rest = rest.TrimStart(" \t");
            int length = rest.IndexOfAny(" \t=;");
            ReadOnlySpan<char> name = length < 0 ? rest : rest[..length];
            rest = rest[name.Length..].TrimStart(" \t");
            if (!name.IsEmpty)
            {
                string? value = null;
                if (!rest.IsEmpty && rest[0] == '=' && !TryValue(ref rest, out value)) return false;
                // §6.1: no directive twice.
                if (!HttpText.IsToken(name) || !seen.Add(name.ToString())) return false;
                if (name.Equals("max-age", StringComparison.OrdinalIgnoreCase))
                {
                    if (!HttpText.TrySeconds(value, out maxAge)) return false;
                    hasAge = true;
                }
                else if (name.Equals("includeSubDomains", StringComparison.OrdinalIgnoreCase))
                {
                    if (value is not null) return false;
                    includeSubDomains = true;
                }
            }

            if (rest.IsEmpty) return hasAge;
            if (rest[0] != ';') return false;
            rest = rest[1..];
        }
    }

    private static bool TryValue(ref ReadOnlySpan<char> rest, out string? value)
    {
        value = null;
        rest = rest[1..].TrimStart(" \t");
        if (!rest.IsEmpty && rest[0] == '"')
        {
            int end = 1;
            while (end < rest.Length && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
            if (end >= rest.Length) return false;
            value = rest[1..end].ToString().Replace("\\", string.Empty, StringComparison.Ordinal);
            rest = rest[(end + 1)..];
        }
        else
        {
            int end = rest.IndexOfAny(" \t;");
            ReadOnlySpan<char> token = end < 0 ? rest : rest[..end];
            if (!HttpText.IsToken(token)) return false;
            value = token.ToString();
            rest = rest[token.Length..];
        }

        rest = rest.TrimStart(" \t");
        return true;
    }
}
