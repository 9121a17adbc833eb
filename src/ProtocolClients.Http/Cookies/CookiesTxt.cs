using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>Netscape's cookies.txt: seven fields a line, a tab between; <c>#HttpOnly_</c> before the domain of those that are.</summary>
/// <remarks>Bytes of cookies are bytes of the file (Latin-1), as curl writes them.</remarks>
internal static class CookiesTxt
{
    private const string HttpOnly = "#HttpOnly_";

    public static byte[] Write(IEnumerable<HttpCookie> cookies)
    {
        // Python's reader wants this very line.
        var text = new StringBuilder("# Netscape HTTP Cookie File\n# Written by ProtocolClients. Whoever has this file has your sessions.\n\n");
        foreach (HttpCookie cookie in cookies)
        {
            if (cookie.HttpOnly) text.Append(HttpOnly);
            // Readers tell domain cookies by the flag (curl) or by the dot, and some want both to agree (Python).
            if (!cookie.HostOnly) text.Append('.');
            // 0 is the end of the session, so what ends in the first second of 1970 ended in the next.
            long expires = cookie.Expires is { } end ? Math.Max(1, end.ToUnixTimeSeconds()) : 0;
            text.Append(CultureInfo.InvariantCulture,
                $"{cookie.Domain}\t{Word(!cookie.HostOnly)}\t{cookie.Path}\t{Word(cookie.Secure)}\t{expires}\t{cookie.Name}\t{cookie.Value}\n");
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    public static List<HttpCookie> Read(ReadOnlySpan<byte> file)
    {
        var cookies = new List<HttpCookie>();
        if (file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) file = file[3..];
        for (int number = 1; !file.IsEmpty; number++)
        {
            int end = file.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
            if (ReadLine(Encoding.Latin1.GetString(line), number) is { } cookie) cookies.Add(cookie);
        }

        return cookies;
    }

    private static HttpCookie? ReadLine(string line, int number)
    {
        bool httpOnly = line.StartsWith(HttpOnly, StringComparison.Ordinal);
        if (httpOnly) line = line[HttpOnly.Length..];
        else if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line)) return null;
        string[] fields = line.Split('\t');
        // Some writers leave out the last tab of a cookie without a value.
        if (fields.Length is not (6 or 7)) throw Bad(number, $"{fields.Length} fields instead of 7");
        string name = fields[5];
        string value = fields.Length > 6 ? fields[6] : string.Empty;
        if (!SetCookieText.IsPair(name, value)) throw Bad(number, "a name or value that no cookie has");
        if (fields[2].Length == 0 || fields[2][0] != '/' || !SetCookieText.IsClean(fields[2])) throw Bad(number, "a path that does not begin with '/'");
        if (!SetCookieText.IsClean(fields[0]) || fields[0].TrimStart('.').Length == 0) throw Bad(number, "no domain");
        return new HttpCookie(name, value)
        {
            Domain = fields[0].StartsWith('.') ? fields[0][1..] : fields[0],
            HostOnly = !Flag(fields[1], number),
            Path = fields[2],
            Secure = Flag(fields[3], number),
            Expires = Expires(fields[4], number),
            HttpOnly = httpOnly,
        };
    }

    private static string Word(bool flag) => flag ? "TRUE" : "FALSE";

    private static bool Flag(string text, int number) =>
        text.Equals("TRUE", StringComparison.OrdinalIgnoreCase)
        || (text.Equals("FALSE", StringComparison.OrdinalIgnoreCase) ? false : throw Bad(number, "a flag that is neither TRUE nor FALSE"));

    /// <summary>Seconds since 1970; 0 or nothing (Python) for the end of the session. Some browsers' exports have fractions.</summary>
    private static DateTimeOffset? Expires(string text, int number)
    {
        if (text.Length == 0) return null;
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds))
        {
            throw Bad(number, "an end that is no number of seconds");
        }

        if (seconds == 0) return null;
        if (seconds < 0) return DateTimeOffset.UnixEpoch;
        decimal latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(seconds, latest));
    }

    private static FormatException Bad(int number, string what) => new($"Line {number} of the cookie file has {what}.");
}
