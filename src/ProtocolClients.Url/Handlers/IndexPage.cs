using System.Globalization;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The entries of a page that a web server makes of a folder (nginx, Apache, lighttpd, Python's http.server): its links to
/// what lies directly below it. A page is a server's word: a name is one safe segment, anything else on the page is passed over.
/// </summary>
internal static class IndexPage
{
    private const int MaxEntries = 1_000_000;
    private const int MaxLine = 1024;

    /// <summary>The entries, in the page's order, each name once.</summary>
    /// <param name="folder">The URL of the page, after redirects.</param>
    /// <param name="html">The page.</param>
    /// <exception cref="WireLimitException">There are more entries than anyone lists.</exception>
    public static IEnumerable<UrlEntry> Read(Uri folder, string html)
    {
        string below = folder.AbsolutePath[..(folder.AbsolutePath.LastIndexOf('/') + 1)];
        var known = new HashSet<string>(StringComparer.Ordinal);
        int at = 0;
        while ((at = html.IndexOf("<a", at, StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            int end = html.IndexOf('>', at);
            if (end < 0) yield break;
            string? link = char.IsWhiteSpace(html[Math.Min(at + 2, end)]) ? Attribute(html.AsSpan(at + 2, end - at - 2)) : null;
            at = end;
            if (link is null || Entry(folder, below, link) is not { } entry || !known.Add(entry.Name)) continue;
            if (known.Count > MaxEntries) throw new WireLimitException("entries", MaxEntries, "The page has more links than a listing may have.");
            yield return WithFacts(entry, Text(html, at));
        }
    }

    /// <summary>The value of href among a tag's attributes.</summary>
    private static string? Attribute(ReadOnlySpan<char> tag)
    {
        while (true)
        {
            tag = tag.TrimStart();
            int equals = tag.IndexOf('=');
            if (equals < 0) return null;
            ReadOnlySpan<char> name = tag[..equals].TrimEnd();
            int blank = name.LastIndexOfAny(" \t\r\n");
            if (blank >= 0) name = name[(blank + 1)..];
            tag = tag[(equals + 1)..].TrimStart();
            bool quoted = !tag.IsEmpty && tag[0] is '"' or '\'';
            int end = quoted ? tag[1..].IndexOf(tag[0]) + 1 : tag.IndexOfAny(" \t\r\n");
            if (quoted && end == 0) return null;
            if (end < 0) end = tag.Length;
            ReadOnlySpan<char> value = quoted ? tag[1..end] : tag[..end];
            if (name.Equals("href", StringComparison.OrdinalIgnoreCase)) return WebUtility.HtmlDecode(value.ToString());
            tag = tag[Math.Min(end + 1, tag.Length)..];
        }
    }

    private static UrlEntry? Entry(Uri folder, string below, string link)
    {
        // Links that sort the page have a query.
        if (link.Length == 0 || link.AsSpan().ContainsAny('?', '#')) return null;
        if (!UrlText.TryResolve(folder, link, out Uri? url, out _) || !UrlText.SameOrigin(folder, url)) return null;
        string path = url.AbsolutePath;
        if (path.Length <= below.Length || !path.StartsWith(below, StringComparison.Ordinal)) return null;
        bool isFolder = path[^1] == '/';
        string name = Url.Unquote(isFolder ? path[below.Length..^1] : path[below.Length..]);
        return SafeFileName.IsSafe(name) ? new UrlEntry(name, url) { IsFolder = isFolder } : null;
    }

    /// <summary>What stands behind a link on its line, without tags.</summary>
    private static ReadOnlySpan<char> Text(string html, int at)
    {
        // A page without line ends must not be searched to its end for every link.
        ReadOnlySpan<char> line = html.AsSpan(at, Math.Min(html.Length - at, MaxLine));
        int end = line.IndexOf('\n');
        if (end >= 0) line = line[..end];
        int close = line.IndexOf("</a>", StringComparison.OrdinalIgnoreCase);
        return close < 0 ? [] : line[(close + 4)..];
    }

    /// <summary>
    /// nginx's columns: <c>02-Jan-2006 15:04      123</c>, in GMT and in bytes. Apache rounds its sizes and tells the time of its own
    /// clock: what is not exact is not told.
    /// </summary>
    private static UrlEntry WithFacts(UrlEntry entry, ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.Length < 17 || !DateTimeOffset.TryParseExact(
            text[..17], "dd-MMM-yyyy HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset changed))
        {
            return entry;
        }

        return entry with
        {
            LastModified = changed,
            Length = !entry.IsFolder && long.TryParse(text[17..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null,
        };
    }
}
