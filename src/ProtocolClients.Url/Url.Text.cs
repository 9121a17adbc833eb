using System.Buffers;
using System.Text;

namespace ProtocolClients;

public static partial class Url
{
    private static readonly SearchValues<char> UnreservedCharacters = SearchValues.Create(PercentText.Unreserved);
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(PercentText.Unreserved + "/");

    /// <summary>Percent-encodes text as UTF-8, but for unreserved characters (RFC 3986 §2.3) and those that are named safe.</summary>
    /// <param name="text">The text.</param>
    /// <param name="safe">Further ASCII characters that stay; by default the slash, for whole paths.</param>
    /// <exception cref="ArgumentException">The text has half a character (a lone surrogate).</exception>
    public static string Quote(string text, string safe = "/")
    {
        ArgumentNullException.ThrowIfNull(text);
        var quoted = new StringBuilder(text.Length + 16);
        PercentText.Append(quoted, text, Kept(safe));
        return quoted.ToString();
    }

    /// <summary>Percent-encodes bytes, but for unreserved characters and those that are named safe.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="safe">Further ASCII characters that stay; by default the slash.</param>
    public static string QuoteBytes(ReadOnlySpan<byte> bytes, string safe = "/")
    {
        var quoted = new StringBuilder(bytes.Length + 16);
        PercentText.Append(quoted, bytes, Kept(safe));
        return quoted.ToString();
    }

    /// <summary>As <see cref="Quote"/>, with a plus sign for a blank, as in queries and forms.</summary>
    /// <param name="text">The text.</param>
    /// <param name="safe">Further ASCII characters that stay; by default none.</param>
    /// <exception cref="ArgumentException">The text has half a character (a lone surrogate).</exception>
    public static string QuotePlus(string text, string safe = "")
    {
        ArgumentNullException.ThrowIfNull(safe);
        return Quote(text, safe + " ").Replace(' ', '+');
    }

    /// <summary>Undoes <see cref="Quote"/>: percent-encoded bytes are UTF-8, what is not becomes U+FFFD; a plus sign stays one.</summary>
    /// <param name="text">The text; a percent sign that begins no byte stays.</param>
    public static string Unquote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        var unquoted = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[256];
        for (int i = 0; i < text.Length;)
        {
            int next = text.IndexOf('%', i);
            if (next != i)
            {
                unquoted.Append(text, i, (next < 0 ? text.Length : next) - i);
                if (next < 0) break;
                i = next;
            }

            int end = i;
            while (PercentText.IsTriplet(text.AsSpan(end))) end += 3;
            if (end == i)
            {
                unquoted.Append(text[i++]);
                continue;
            }

            int count = (end - i) / 3;
            Span<byte> run = count <= bytes.Length ? bytes[..count] : new byte[count];
            for (int k = 0; k < count; k++) run[k] = PercentText.ByteOf(text.AsSpan(i + (k * 3), 3));
            unquoted.Append(Encoding.UTF8.GetString(run));
            i = end;
        }

        return unquoted.ToString();
    }

    /// <summary>Undoes <see cref="QuotePlus"/>: a plus sign is a blank.</summary>
    /// <param name="text">The text.</param>
    public static string UnquotePlus(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Unquote(text.Replace('+', ' '));
    }

    /// <summary>Undoes <see cref="QuoteBytes"/>; text that is not encoded becomes UTF-8.</summary>
    /// <param name="text">The text; a percent sign that begins no byte stays.</param>
    public static byte[] UnquoteToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PercentText.Decode(text);
    }

    /// <summary>Names and values as a query or a form's body (application/x-www-form-urlencoded): <c>a=1&amp;b=x+y</c>.</summary>
    /// <param name="pairs">Names and values in order.</param>
    /// <exception cref="ArgumentException">A text has half a character (a lone surrogate).</exception>
    public static string EncodeQuery(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var query = new StringBuilder();
        foreach ((string name, string value) in pairs) Append(query, name, value);
        return query.ToString();
    }

    /// <summary>Names with several values each (Python's <c>urlencode(…, doseq=True)</c>); the inverse of <see cref="ParseQueryLists"/>.</summary>
    /// <param name="lists">Names and their values in order; a name without values is left out.</param>
    /// <exception cref="ArgumentException">A text has half a character (a lone surrogate).</exception>
    public static string EncodeQuery(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        var query = new StringBuilder();
        foreach ((string name, IReadOnlyList<string> values) in lists)
        {
            foreach (string value in values) Append(query, name, value);
        }

        return query.ToString();
    }

    /// <summary>
    /// Names and values of a query or a form's body. Only <c>&amp;</c> separates: a semicolon is part of a value, since two readers that
    /// disagree about it can be played against each other (CVE-2021-23336). Empty pieces are skipped.
    /// </summary>
    /// <param name="query">The query, with or without its question mark.</param>
    /// <param name="limit">The most pairs taken.</param>
    /// <param name="keepBlank">Whether names without a value are kept; Python's <c>parse_qsl</c> drops them unless asked.</param>
    /// <exception cref="ArgumentException">There are more pairs than the limit; those that are not kept count.</exception>
    public static IReadOnlyList<(string Name, string Value)> ParseQuery(string query, int limit = 10_000, bool keepBlank = true)
    {
        ArgumentNullException.ThrowIfNull(query);
        var pairs = new List<(string, string)>();
        int count = 0;
        ReadOnlySpan<char> rest = query.AsSpan();
        if (rest.StartsWith("?")) rest = rest[1..];
        foreach (Range range in rest.Split('&'))
        {
            ReadOnlySpan<char> piece = rest[range];
            if (piece.IsEmpty) continue;
            if (++count > limit) throw new ArgumentException($"The query has more than {limit} pairs.", nameof(query));
            int equals = piece.IndexOf('=');
            string name = (equals < 0 ? piece : piece[..equals]).ToString();
            string value = equals < 0 ? string.Empty : piece[(equals + 1)..].ToString();
            if (value.Length > 0 || keepBlank) pairs.Add((UnquotePlus(name), UnquotePlus(value)));
        }

        return pairs;
    }

    /// <summary>The values of a query or a form's body by name, names in order of their first value (Python's <c>parse_qs</c>).</summary>
    /// <param name="query">The query, with or without its question mark; see <see cref="ParseQuery"/>.</param>
    /// <param name="limit">The most pairs taken.</param>
    /// <param name="keepBlank">Whether names without a value are kept.</param>
    /// <exception cref="ArgumentException">There are more pairs than the limit.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ParseQueryLists(string query, int limit = 10_000, bool keepBlank = true)
    {
        var lists = new OrderedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string name, string value) in ParseQuery(query, limit, keepBlank))
        {
            if (lists.TryGetValue(name, out IReadOnlyList<string>? list)) ((List<string>)list).Add(value);
            else lists.Add(name, new List<string> { value });
        }

        return lists;
    }

    /// <summary>Resolves a reference against a base (RFC 3986 §5.2.2, strict): text in, text out, nothing encoded or decoded.</summary>
    /// <param name="baseUrl">An absolute URL.</param>
    /// <param name="reference">A URL, or a part of one.</param>
    /// <exception cref="ArgumentException">The base has no scheme.</exception>
    public static string Join(string baseUrl, string reference)
    {
        UrlParts based = Split(baseUrl);
        UrlParts given = Split(reference);
        if (based.Scheme is null) throw new ArgumentException("A base has a scheme.", nameof(baseUrl));
        if (given.Scheme is not null) return (given with { Path = RemoveDots(given.Path) }).ToString();
        if (given.Authority is not null) return (given with { Scheme = based.Scheme, Path = RemoveDots(given.Path) }).ToString();
        if (given.Path.Length == 0) return (based with { Query = given.Query ?? based.Query, Fragment = given.Fragment }).ToString();
        string path = given.Path.StartsWith('/') ? given.Path : Merge(based, given.Path);
        return (based with { Path = RemoveDots(path), Query = given.Query, Fragment = given.Fragment }).ToString();
    }

    /// <summary>The parts of a URL or reference as they stand (RFC 3986 §3 and appendix B); nothing is checked, decoded or repaired.</summary>
    /// <param name="url">A URL, or a part of one.</param>
    public static UrlParts Split(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string rest = url;
        string? fragment = Cut(ref rest, '#');
        string? query = Cut(ref rest, '?');
        string? scheme = null;
        int colon = rest.AsSpan().IndexOfAny(':', '/');
        if (colon > 0 && rest[colon] == ':' && char.IsAsciiLetter(rest[0])
            && rest.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0)
        {
            scheme = rest[..colon];
            rest = rest[(colon + 1)..];
        }

        if (!rest.StartsWith("//", StringComparison.Ordinal)) return new UrlParts(scheme, null, rest, query, fragment);
        int slash = rest.IndexOf('/', 2);
        return slash < 0
            ? new UrlParts(scheme, rest[2..], string.Empty, query, fragment)
            : new UrlParts(scheme, rest[2..slash], rest[slash..], query, fragment);
    }

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static string? Cut(ref string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        if (index < 0) return null;
        string after = text[(index + 1)..];
        text = text[..index];
        return after;
    }

    // RFC 3986 §5.2.3
    private static string Merge(UrlParts based, string path) =>
        based.Authority is not null && based.Path.Length == 0 ? "/" + path : based.Path[..(based.Path.LastIndexOf('/') + 1)] + path;

    // RFC 3986 §5.2.4, segment by segment
    private static string RemoveDots(string path)
    {
        if (!path.Contains('.', StringComparison.Ordinal)) return path;
        bool absolute = path.StartsWith('/');
        string[] segments = (absolute ? path[1..] : path).Split('/');
        var kept = new List<string>(segments.Length);
        for (int i = 0; i < segments.Length; i++)
        {
            bool last = i == segments.Length - 1;
            switch (segments[i])
            {
                case ".":
                    if (last) kept.Add(string.Empty);
                    break;
                case "..":
                    if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
                    if (last) kept.Add(string.Empty);
                    break;
                default:
                    kept.Add(segments[i]);
                    break;
            }
        }

        return (absolute ? "/" : string.Empty) + string.Join('/', kept);
    }

    private static void Append(StringBuilder query, string name, string value)
    {
        if (query.Length > 0) query.Append('&');
        query.Append(QuotePlus(name)).Append('=').Append(QuotePlus(value));
    }

    private static SearchValues<char> Kept(string safe)
    {
        ArgumentNullException.ThrowIfNull(safe);
        return safe switch
        {
            "/" => PathCharacters,
            "" => UnreservedCharacters,
            _ => SearchValues.Create(PercentText.Unreserved + string.Concat(safe.Where(char.IsAscii))),
        };
    }
}
