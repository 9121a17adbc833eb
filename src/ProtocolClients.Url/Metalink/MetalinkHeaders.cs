using System.Globalization;

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
        foreach (HttpLink link in headers.All("Link").SelectMany(field => LinkHeader.Parse(field, url)))
        {
            if (mirrors.Count == MaxLinks) break;
            if (link.Target is not { Scheme: "http" or "https" } target) continue;
            // A link with an anchor speaks of another resource (RFC 8288 §3.2), unless it names this one.
            if (link.HasAnchor && link.Anchor != url) continue;
            if (link.Is("describedby") && string.Equals(link.MediaType, MetalinkDocument.MediaType, StringComparison.OrdinalIgnoreCase)) document ??= target;
            if (!link.Is("duplicate")) continue;
            int priority = int.TryParse(Parameter(link, "pri"), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= LowestPriority
                ? value : LowestPriority;
            mirrors.Add((new MetalinkUrl(target, priority, Parameter(link, "geo")?.ToLowerInvariant()), Parameter(link, "pref") is not null));
        }

        return new MetalinkHeaders
        {
            // pref marks the mirrors that take part in the coordination of entity tags (RFC 6249 §3.3).
            Mirrors = [.. mirrors.OrderBy(static mirror => mirror.Mirror.Priority).ThenBy(static mirror => !mirror.Preferred).Select(static mirror => mirror.Mirror)],
            Document = document,
            Checksum = DigestField.Of(headers, whole: false),
        };
    }

    /// <summary>The first of a name counts (RFC 8288 §3.4.1); empty for one without a value.</summary>
    private static string? Parameter(HttpLink link, string name) =>
        link.Parameters.Where(parameter => parameter.Name == name).Select(static parameter => parameter.Value).FirstOrDefault();
}
