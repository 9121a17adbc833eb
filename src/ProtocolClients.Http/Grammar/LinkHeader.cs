using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Reads Link fields by the algorithm of RFC 8288 appendix B: in one pass, never throwing. What follows a fault is dropped, what stands
/// before it counts; a link without <c>rel</c> is none.
/// <code>
/// RFC 8288 §3:  Link       = #link-value
///               link-value = "&lt;" URI-Reference "&gt;" *( OWS ";" OWS link-param )
///               link-param = token BWS [ "=" BWS ( token / quoted-string ) ]
/// </code>
/// </summary>
public static class LinkHeader
{
    /// <summary>Reads one field value.</summary>
    /// <param name="field">The value, with one link or several; null for none.</param>
    /// <param name="baseUrl">What relative targets and anchors are relative to: the URL of the answer. Null to take absolute ones only.</param>
    /// <returns>The links in order.</returns>
    public static IReadOnlyList<HttpLink> Parse(string? field, Uri? baseUrl = null)
    {
        var links = new List<HttpLink>();
        if (field is not null) Read(field, baseUrl, links);
        return links;
    }

    internal static IReadOnlyList<HttpLink> Parse(IEnumerable<string> fields, Uri baseUrl)
    {
        List<HttpLink>? links = null;
        foreach (string field in fields) Read(field, baseUrl, links ??= []);
        return links ?? (IReadOnlyList<HttpLink>)[];
    }

    private static void Read(string field, Uri? baseUrl, List<HttpLink> links)
    {
        int at = 0;
        while (true)
        {
            // A list may have empty elements (RFC 9110 §5.6.1.2).
            while (at < field.Length && field[at] is ' ' or '\t' or ',') at++;
            if (at == field.Length || field[at] != '<') return;
            int end = field.IndexOf('>', at + 1);
            if (end < 0) return;
            string target = field[(at + 1)..end];
            at = end + 1;
            List<(string Name, string Value)> parameters = ReadParameters(field, ref at);
            if (Make(target, parameters, baseUrl) is { } link) links.Add(link);
            if (at < field.Length && field[at] != ',') return;
        }
    }

    private static List<(string Name, string Value)> ReadParameters(string field, ref int at)
    {
        var parameters = new List<(string Name, string Value)>();
        while (true)
        {
            SkipBlanks(field, ref at);
            if (at == field.Length || field[at] != ';') return parameters;
            at++;
            SkipBlanks(field, ref at);
            int start = at;
            while (at < field.Length && field[at] is not (' ' or '\t' or '=' or ';' or ',')) at++;
            string name = field[start..at].ToLowerInvariant();
            SkipBlanks(field, ref at);
            string value = string.Empty;
            if (at < field.Length && field[at] == '=')
            {
                at++;
                SkipBlanks(field, ref at);
                value = at < field.Length && field[at] == '"' ? ReadQuoted(field, ref at) : ReadToken(field, ref at);
            }

            if (name.Length > 0) parameters.Add((name, value));
        }
    }

    private static string ReadToken(string field, ref int at)
    {
        int start = at;
        while (at < field.Length && field[at] is not (';' or ',')) at++;
        return field[start..at].TrimEnd(' ', '\t');
    }

    // An end that is missing is the end of the field (appendix B.4).
    private static string ReadQuoted(string field, ref int at)
    {
        at++;
        StringBuilder? text = null;
        int start = at;
        while (at < field.Length && field[at] != '"')
        {
            if (field[at] != '\\')
            {
                at++;
                continue;
            }

            text ??= new StringBuilder();
            text.Append(field, start, at - start);
            at++;
            start = at;
            if (at < field.Length) at++;
        }

        string value = text is null ? field[start..at] : text.Append(field, start, at - start).ToString();
        if (at < field.Length) at++;
        return value;
    }

    private static void SkipBlanks(string field, ref int at)
    {
        while (at < field.Length && field[at] is ' ' or '\t') at++;
    }

    private static HttpLink? Make(string target, List<(string Name, string Value)> parameters, Uri? baseUrl)
    {
        // Only the first rel counts, and the first of the others, but for hreflang (RFC 8288 §3.3, §3.4.1).
        if (First(parameters, "rel") is not { } rel) return null;
        string[] relations = rel.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (relations.Length == 0) return null;
        for (int i = 0; i < relations.Length; i++) relations[i] = relations[i].ToLowerInvariant();
        string? anchor = First(parameters, "anchor");
        string? title = First(parameters, "title*") is { } extended ? ExtendedValue.Decode(extended) : null;
        return new HttpLink(target, ValueList.Create<string>(relations))
        {
            Target = Resolve(target, baseUrl),
            Anchor = anchor is null ? null : Resolve(anchor, baseUrl),
            HasAnchor = anchor is not null,
            Title = title ?? First(parameters, "title"),
            MediaType = First(parameters, "type"),
            Media = First(parameters, "media"),
            Languages = [.. parameters.Where(static each => each.Name is "hreflang").Select(static each => each.Value)],
            Parameters = [.. parameters],
        };
    }

    private static string? First(List<(string Name, string Value)> parameters, string name)
    {
        foreach ((string each, string value) in parameters)
        {
            if (string.Equals(each, name, StringComparison.Ordinal)) return value;
        }

        return null;
    }

    private static Uri? Resolve(string reference, Uri? baseUrl)
    {
        if (baseUrl is not null) return UrlText.TryResolve(baseUrl, reference, out Uri? resolved, out _) ? resolved : null;
        return UrlText.TryParse(reference, out Uri? absolute, out _) ? UrlText.WithoutUserInfo(absolute) : null;
    }
}
