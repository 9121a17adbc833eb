using System.Globalization;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What an answer's own fields say about mirrors (Metalink/HTTP, RFC 6249): <c>Link</c> with <c>rel=duplicate</c> for each place,
/// <c>rel=describedby</c> for the full document, a digest of the whole.
/// </summary>
internal sealed record MetalinkHeaders
{
    private const int MaxLinks = 1_000;
    private const int LowestPriority = 999_999;

    /// <summary>The other places, the preferred first; without the userinfo that a server may not give.</summary>
    public required IReadOnlyList<MetalinkUrl> Mirrors { get; init; }

    /// <summary>Where the Metalink document is; null when there is none.</summary>
    public Uri? Document { get; init; }

    /// <summary>The digest of the whole; null when the answer has none.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Reads an answer's fields.</summary>
    /// <param name="url">The URL that answered; links are relative to it.</param>
    /// <param name="headers">The fields.</param>
    public static MetalinkHeaders Of(Uri url, HttpFields headers)
    {
        var mirrors = new List<(MetalinkUrl Mirror, bool Preferred)>();
        Uri? document = null;
        foreach (string field in headers.All("Link"))
        {
            foreach (Link link in Links(field))
            {
                if (mirrors.Count == MaxLinks) break;
                if (!UrlText.TryResolve(url, link.Target, out Uri? target, out _) || target.Scheme is not ("http" or "https")) continue;
                if (link.Is("describedby") && string.Equals(link["type"], MetalinkDocument.MediaType, StringComparison.OrdinalIgnoreCase)) document ??= target;
                if (!link.Is("duplicate")) continue;
                int priority = int.TryParse(link["pri"], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= LowestPriority
                    ? value : LowestPriority;
                mirrors.Add((new MetalinkUrl(target, priority, link["geo"]?.ToLowerInvariant()), link.Has("pref")));
            }
        }

        return new MetalinkHeaders
        {
            // pref marks the mirrors that take part in the coordination of entity tags (RFC 6249 §3.3).
            Mirrors = [.. mirrors.OrderBy(static mirror => mirror.Mirror.Priority).ThenBy(static mirror => !mirror.Preferred).Select(static mirror => mirror.Mirror)],
            Document = document,
            Checksum = DigestField.Of(headers, whole: false),
        };
    }

    // Link = #( "<" URI-Reference ">" *( OWS ";" OWS link-param ) )   (RFC 8288 §3)
    private static IEnumerable<Link> Links(string field)
    {
        int at = 0;
        while (true)
        {
            int open = field.IndexOf('<', at);
            int close = open < 0 ? -1 : field.IndexOf('>', open);
            if (close < 0) yield break;
            var link = new Link(field[(open + 1)..close]);
            at = close + 1;
            while (at < field.Length && field[at] != ',')
            {
                if (field[at] is ';' or ' ' or '\t')
                {
                    at++;
                    continue;
                }

                int start = at;
                while (at < field.Length && field[at] is not ('=' or ';' or ',')) at++;
                string name = field[start..at].Trim();
                string value = string.Empty;
                if (at < field.Length && field[at] == '=') value = Value(field, ref at);
                link.Add(name, value);
            }

            yield return link;
        }
    }

    private static string Value(string field, ref int at)
    {
        at++;
        while (at < field.Length && field[at] is ' ' or '\t') at++;
        int start = at;
        if (at >= field.Length || field[at] != '"')
        {
            while (at < field.Length && field[at] is not (';' or ',')) at++;
            return field[start..at].Trim();
        }

        at++;
        while (at < field.Length && field[at] != '"') at += field[at] == '\\' ? 2 : 1;
        at = Math.Min(at + 1, field.Length);
        return field[start..at].Trim('"').Replace("\\", string.Empty, StringComparison.Ordinal);
    }

    private sealed class Link(string target)
    {
        private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);

        public string Target => target;

        public string? this[string name] => _parameters.GetValueOrDefault(name);

        public bool Has(string name) => _parameters.ContainsKey(name);

        /// <summary>Relation types are words without case, set apart by blanks (RFC 8288 §3.3).</summary>
        public bool Is(string relation) =>
            _parameters.TryGetValue("rel", out string? rel) && rel.Split(' ').Contains(relation, StringComparer.OrdinalIgnoreCase);

        // The first of a name counts (RFC 8288 §3.3).
        public void Add(string name, string value) => _parameters.TryAdd(name, value);
    }
}
