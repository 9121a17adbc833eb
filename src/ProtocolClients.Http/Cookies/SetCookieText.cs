namespace ProtocolClients;

/// <summary>What a Set-Cookie field says (RFC 6265bis §5.6), before the jar asks whether it may. One pass, as long as the field is.</summary>
internal readonly ref struct SetCookieText
{
    /// <summary>The most bytes of a name and its value together, and of an attribute's value (RFC 6265bis §5.6).</summary>
    public const int MaxPair = 4096;
    public const int MaxAttribute = 1024;

    public ReadOnlySpan<char> Name { get; private init; }

    public ReadOnlySpan<char> Value { get; private init; }

    /// <summary>The Domain attribute without its dot; empty for none.</summary>
    public ReadOnlySpan<char> Domain { get; private init; }

    /// <summary>The Path attribute; empty when there is none that begins with a slash.</summary>
    public ReadOnlySpan<char> Path { get; private init; }

    /// <summary>The time that Max-Age gives; null for none. Before Expires, whatever stands first.</summary>
    public TimeSpan? MaxAge { get; private init; }

    public DateTimeOffset? Expires { get; private init; }

    public bool Secure { get; private init; }

    public bool HttpOnly { get; private init; }

    public CookieSameSite SameSite { get; private init; }

    /// <summary>Reads a field; false for one that a client ignores whole.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SetCookieText cookie)
    {
        cookie = default;
        int semicolon = text.IndexOf(';');
        ReadOnlySpan<char> pair = semicolon < 0 ? text : text[..semicolon];
        if (HasControl(text)) return false;
        int equals = pair.IndexOf('=');
        ReadOnlySpan<char> name = equals < 0 ? default : Trim(pair[..equals]);
        ReadOnlySpan<char> value = Trim(pair[(equals + 1)..]);
        if (!IsPair(name, value)) return false;

        ReadOnlySpan<char> domain = default, path = default;
        TimeSpan? maxAge = null;
        DateTimeOffset? expires = null;
        bool secure = false, httpOnly = false;
        var sameSite = CookieSameSite.Default;
        ReadOnlySpan<char> rest = semicolon < 0 ? default : text[(semicolon + 1)..];
        while (!rest.IsEmpty)
        {
            semicolon = rest.IndexOf(';');
            ReadOnlySpan<char> attribute = semicolon < 0 ? rest : rest[..semicolon];
            rest = semicolon < 0 ? default : rest[(semicolon + 1)..];
            equals = attribute.IndexOf('=');
            ReadOnlySpan<char> key = Trim(equals < 0 ? attribute : attribute[..equals]);
            ReadOnlySpan<char> of = equals < 0 ? default : Trim(attribute[(equals + 1)..]);
            if (of.Length > MaxAttribute) continue;
            // Of attributes of one name the last counts (§5.7).
            if (Is(key, "Expires")) expires = CookieDate.TryParse(of, out DateTimeOffset date) ? date : expires;
            else if (Is(key, "Max-Age")) maxAge = Seconds(of) ?? maxAge;
            else if (Is(key, "Domain")) domain = !of.IsEmpty && of[0] == '.' ? of[1..] : of;
            else if (Is(key, "Path")) path = !of.IsEmpty && of[0] == '/' ? of : default;
            else if (Is(key, "Secure")) secure = true;
            else if (Is(key, "HttpOnly")) httpOnly = true;
            else if (Is(key, "SameSite")) sameSite = SiteOf(of);
        }

        // A tab, or what is no byte, is refused here as in the pair, not cut out.
        if (!IsClean(path)) return false;
        cookie = new SetCookieText
        {
            Name = name,
            Value = value,
            Domain = domain,
            Path = path,
            MaxAge = maxAge,
            Expires = expires,
            Secure = secure,
            HttpOnly = httpOnly,
            SameSite = sameSite,
        };
        return true;
    }

    /// <summary>
    /// Whether a name and a value may be a cookie's: neither both empty nor too long, no control characters (also no tab, which
    /// would be a field's end in cookies.txt), and no value without a name that a server would read as another cookie.
    /// </summary>
    public static bool IsPair(ReadOnlySpan<char> name, ReadOnlySpan<char> value) =>
        name.Length + value.Length is > 0 and <= MaxPair
        && IsClean(name) && IsClean(value)
        && !(name.IsEmpty && (value.Contains('=') || IsSecurePrefixed(value) || IsHostPrefixed(value)));

    /// <summary>Bytes as a cookie's text may have them: Latin-1 without controls; text beyond has no bytes that all would agree on.</summary>
    public static bool IsClean(ReadOnlySpan<char> text) =>
        !text.ContainsAnyInRange('\0', '\x1F') && !text.ContainsAnyExceptInRange('\0', '\xFF') && !text.Contains('\x7F');

    public static bool IsSecurePrefixed(ReadOnlySpan<char> name) => name.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase);

    public static bool IsHostPrefixed(ReadOnlySpan<char> name) => name.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase);

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text) => text.Trim(" \t");

    // %x00-08 / %x0A-1F / %x7F: such a field is ignored whole
    private static bool HasControl(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\0', '\x08') || text.ContainsAnyInRange('\x0A', '\x1F') || text.Contains('\x7F');

    private static bool Is(ReadOnlySpan<char> key, string name) => key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static CookieSameSite SiteOf(ReadOnlySpan<char> value) =>
        Is(value, "None") ? CookieSameSite.None : Is(value, "Lax") ? CookieSameSite.Lax : Is(value, "Strict") ? CookieSameSite.Strict : CookieSameSite.Default;

    // max-age-av: ["-"] 1*DIGIT; more seconds than a number holds are many, or long ago
    private static TimeSpan? Seconds(ReadOnlySpan<char> value)
    {
        bool negative = !value.IsEmpty && value[0] == '-';
        if (!HttpText.TrySeconds(negative ? value[1..] : value, out TimeSpan seconds)) return null;
        return negative ? TimeSpan.Zero : seconds;
    }
}
