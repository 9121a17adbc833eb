using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Where a site's <see cref="RobotsRules"/> come from (RFC 9309 §2.3.1).</summary>
public enum RobotsSource
{
    /// <summary>The file was read: what it says holds.</summary>
    File,

    /// <summary>There is none (a 4xx status, more redirects than are followed): everything is allowed (RFC 9309 §2.3.1.3).</summary>
    Unavailable,

    /// <summary>Nobody could say (a 5xx status, no connection): nothing is allowed (RFC 9309 §2.3.1.4).</summary>
    Unreachable,
}

/// <summary>So many requests in so much time: a <c>Request-rate</c> line.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Period">In what time.</param>
public readonly record struct RobotsRequestRate(int Requests, TimeSpan Period)
{
    /// <summary>The time between two requests that this comes to.</summary>
    public TimeSpan Interval => Requests > 0 ? Period / Requests : Period;
}

/// <summary>
/// What a site asks of crawlers in its <c>/robots.txt</c> (RFC 9309): groups of one product token merged, the longest match wins, <c>*</c> and
/// <c>$</c>, percent-encoding compared in one form. Immutable. <see cref="RobotsCache"/> keeps the rules of many sites.
/// </summary>
public sealed class RobotsRules
{
    /// <summary>The bytes that are read: rules beyond, the line that is cut included, are ignored (RFC 9309 §2.5).</summary>
    public const int MaxBytes = 500 * 1024;

    private readonly Dictionary<string, RobotsGroup> _groups;

    private RobotsRules(RobotsSource source, Dictionary<string, RobotsGroup> groups, IReadOnlyList<string> sitemaps)
    {
        Source = source;
        _groups = groups;
        Sitemaps = sitemaps;
    }

    /// <summary>Rules that allow everything: those of a site without any.</summary>
    public static RobotsRules AllowAll { get; } = new(RobotsSource.Unavailable, [], []);

    /// <summary>Rules that allow nothing: those of a site that cannot be asked.</summary>
    public static RobotsRules DisallowAll { get; } = new(RobotsSource.Unreachable, [], []);

    /// <summary>Where the rules come from.</summary>
    public RobotsSource Source { get; }

    /// <summary>The values of the <c>Sitemap</c> lines as they stand, in order; they are the site's text, and checked by nobody yet.</summary>
    public IReadOnlyList<string> Sitemaps { get; }

    /// <summary>Reads rules. Nothing is malformed: lines that say nothing known are skipped (RFC 9309 §2.2.4).</summary>
    /// <param name="text">The file's text.</param>
    public static RobotsRules Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Reads rules; see the other form.</summary>
    /// <param name="bytes">The file's bytes: UTF-8, with or without a byte order mark, lines ended by LF, CRLF or CR.</param>
    public static RobotsRules Parse(ReadOnlySpan<byte> bytes)
    {
        (Dictionary<string, RobotsGroup> groups, List<string> sitemaps) = RobotsParser.Parse(bytes);
        return new RobotsRules(RobotsSource.File, groups, sitemaps);
    }

    /// <summary>
    /// Asks a site for its rules: <c>/robots.txt</c> of the URL's scheme, host and port. What the network or the server does
    /// wrong is an answer too (<see cref="Source"/>), no exception.
    /// </summary>
    /// <param name="url">Any URL of the site.</param>
    /// <param name="opener">The opener; null for the one of <see cref="Url.Opener"/>.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="ArgumentException">The URL is malformed, names no host, or has a scheme that the opener does not know.</exception>
    public static async Task<RobotsRules> LoadAsync(string url, UrlOpener? opener = null, CancellationToken cancellationToken = default)
    {
        string address = AddressOf(UrlText.Parse(url));
        try
        {
            UrlContent content = await (opener ?? Url.Opener).OpenAsync(address, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                byte[] bytes = new byte[MaxBytes + 1];
                int count = await content.Stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                return Parse(bytes.AsSpan(0, count));
            }
        }
        catch (HttpStatusException refusal)
        {
            return OfStatus(refusal);
        }
        catch (AuthenticationFailedException refusal) when (refusal.InnerException is HttpStatusException status)
        {
            return OfStatus(status);
        }
        catch (HttpRedirectException refusal)
        {
            return refusal.Reason == HttpRedirectRefusal.TooMany ? AllowAll : DisallowAll;
        }
        catch (Exception failure) when (failure is ProtocolClientException or IOException)
        {
            return DisallowAll;
        }
    }

    /// <summary>
    /// Whether a crawler may ask for a URL. The group of its product token decides, else the one for <c>*</c>; in it the rule whose
    /// pattern matches and is longest, and of two alike the one that allows. <c>/robots.txt</c> itself is always allowed. The work is
    /// at most the length of the path for each rule.
    /// </summary>
    /// <param name="agent">The product token (<c>my-bot</c>), or a whole User-Agent that begins with it (<c>my-bot/1.0 (…)</c>). Case does not matter.</param>
    /// <param name="pathOrUrl">A path with its query, or an absolute URL of the site. A fragment does not count.</param>
    /// <exception cref="ArgumentException">The agent begins with no product token; the URL is malformed, or neither a path nor absolute.</exception>
    public bool Allows(string agent, string pathOrUrl)
    {
        ArgumentNullException.ThrowIfNull(pathOrUrl);
        RobotsGroup? group = GroupOf(agent);
        string path = pathOrUrl.StartsWith('/') ? pathOrUrl : pathOrUrl.Length == 0 ? "/" : UrlText.Parse(pathOrUrl).PathAndQuery;
        byte[] normal = RobotsPath.OfUrl(path);
        if (normal.AsSpan().SequenceEqual("/robots.txt"u8)) return true;
        return Source != RobotsSource.Unreachable && (group is null || group.Allows(normal));
    }

    /// <summary>The time between two requests that the site asks of a crawler (<c>Crawl-delay</c>, no standard); null when it asks none.</summary>
    /// <param name="agent">The product token, or a User-Agent that begins with it.</param>
    /// <exception cref="ArgumentException">The agent begins with no product token.</exception>
    public TimeSpan? CrawlDelay(string agent) => GroupOf(agent)?.CrawlDelay;

    /// <summary>The rate that the site asks of a crawler (<c>Request-rate: 1/5s</c>, no standard); null when it asks none.</summary>
    /// <param name="agent">The product token, or a User-Agent that begins with it.</param>
    /// <exception cref="ArgumentException">The agent begins with no product token.</exception>
    public RobotsRequestRate? RequestRate(string agent) => GroupOf(agent)?.RequestRate;

    /// <summary>The URL of a site's rules.</summary>
    internal static string AddressOf(Uri url)
    {
        if (url.Host.Length == 0) throw new ArgumentException("The URL names no host.", nameof(url));
        return UrlText.WithoutUserInfo(url).GetLeftPart(UriPartial.Authority) + "/robots.txt";
    }

    // 407 is the proxy's: the site has not been asked.
    private static RobotsRules OfStatus(HttpStatusException refusal) =>
        (int)refusal.Status is >= 400 and < 500 and not 407 ? AllowAll : DisallowAll;

    private RobotsGroup? GroupOf(string agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        string token = RobotsParser.TokenOf(Encoding.UTF8.GetBytes(agent));
        if (token.Length == 0) throw new ArgumentException("A crawler is named by its product token: letters, digits, hyphens, underscores.", nameof(agent));
        return _groups.GetValueOrDefault(token) ?? _groups.GetValueOrDefault("*");
    }
}
