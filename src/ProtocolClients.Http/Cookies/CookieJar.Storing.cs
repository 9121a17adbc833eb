using System.Diagnostics.CodeAnalysis;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class CookieJar
{
    private static readonly Comparer<StoredCookie> InOrder = Comparer<StoredCookie>.Create(StoredCookie.Compare);

    private readonly Lock _gate = new();
    private long _sequence;
    private int _count;

    /// <summary>Keeps what a server said in a Set-Cookie field, when it may say so (RFC 6265bis §5.7).</summary>
    /// <param name="url">The absolute URL of the request that was answered.</param>
    /// <param name="setCookie">The field's value: <c>name=value; Path=/; Secure</c>, each character one byte.</param>
    /// <param name="context">On whose behalf the request was made; null for the user himself, by GET.</param>
    /// <returns>Whether it was taken; also true when it ended a cookie.</returns>
    /// <exception cref="ArgumentException">The URL is malformed.</exception>
    public bool Add(string url, string setCookie, CookieContext? context = null) => Add(UrlText.Parse(url), setCookie, context);

    /// <summary>Keeps what a server said in a Set-Cookie field, when it may say so (RFC 6265bis §5.7).</summary>
    /// <param name="url">The absolute URL of the request that was answered.</param>
    /// <param name="setCookie">The field's value: <c>name=value; Path=/; Secure</c>, each character one byte.</param>
    /// <param name="context">On whose behalf the request was made; null for the user himself, by GET.</param>
    /// <returns>Whether it was taken; also true when it ended a cookie.</returns>
    public bool Add(Uri url, string setCookie, CookieContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(setCookie);
        if (CookieHost.Of(url) is not { } host || !SetCookieText.TryParse(setCookie, out SetCookieText text)) return false;
        if (DomainFor(host, text.Domain, out bool hostOnly) is not { } domain) return false;
        bool secure = IsSecure(url, host, Policy);
        if (text.Secure && !secure) return false;
        if (text.SameSite == CookieSameSite.None && !text.Secure) return false;
        // The prefixes say what a server can rely on (§4.1.3): a cookie that was set some other way is not of that name.
        if (SetCookieText.IsSecurePrefixed(text.Name) && !text.Secure) return false;
        if (SetCookieText.IsHostPrefixed(text.Name) && !(text.Secure && hostOnly && text.Path is "/")) return false;
        if (text.SameSite != CookieSameSite.None && context is { Initiator: not null, TopLevel: false } && !MaySetFromAfar(url, context, text.SameSite)) return false;

        DateTimeOffset now = Policy.TimeProvider.GetUtcNow();
        var cookie = new HttpCookie(text.Name.ToString(), text.Value.ToString())
        {
            Domain = domain,
            HostOnly = hostOnly,
            Path = text.Path.IsEmpty ? DefaultPath(PathOf(url)) : text.Path.ToString(),
            Expires = Ends(text, now),
            Secure = text.Secure,
            HttpOnly = text.HttpOnly,
            SameSite = text.SameSite,
            Created = now,
        };
        if (Policy.Accept is { } accept && !accept(url, cookie)) return false;
        lock (_gate)
        {
            if (!secure && ShadowsSecure(cookie, now.UtcTicks)) return false;
            Store(cookie, now.UtcTicks);
        }

        return true;
    }

    /// <summary>Keeps a cookie of the caller's own, in place of the one of the same name, domain and path; one that has ended ends that.</summary>
    /// <param name="cookie">The cookie; it needs a domain.</param>
    /// <exception cref="ArgumentException">It has characters that no cookie has, is longer than 4096 bytes, is for a public suffix or no
    /// host at all, or breaks what its name's prefix promises.</exception>
    public void Add(HttpCookie cookie)
    {
        ArgumentNullException.ThrowIfNull(cookie);
        if (!TryAdd(cookie, out string? objection)) throw new ArgumentException(objection, nameof(cookie));
    }

    /// <summary>Removes a cookie, as <see cref="Cookies"/> gives it.</summary>
    /// <param name="cookie">The cookie; its name, domain, host-only flag and path count.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(HttpCookie cookie)
    {
        ArgumentNullException.ThrowIfNull(cookie);
        lock (_gate) return RemoveFrom(cookie.Domain, stored => stored.IsReplacedBy(cookie)) > 0;
    }

    /// <summary>Removes all cookies.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _domains.Clear();
            Volatile.Write(ref _count, 0);
        }
    }

    /// <summary>Removes the cookies that last as long as the session: those without an end.</summary>
    public void ClearSession()
    {
        lock (_gate)
        {
            foreach (string domain in _domains.Keys) RemoveFrom(domain, static stored => stored.Cookie.Expires is null);
        }
    }

    /// <summary>The checks of a cookie that no server set: what it must be whoever sets it.</summary>
    internal bool TryAdd(HttpCookie cookie, [NotNullWhen(false)] out string? objection)
    {
        string? domain = null;
        string? reason = null;
        objection = !SetCookieText.IsPair(cookie.Name, cookie.Value) ? "The name and value of a cookie are together 1 to 4096 bytes without control characters, and without a name there is no '=' in the value."
            : cookie.Name.AsSpan().ContainsAny('=', ';') || cookie.Value.Contains(';', StringComparison.Ordinal) ? "A cookie's name has no '=', and neither it nor its value has ';'."
            : HasMargin(cookie.Name) || HasMargin(cookie.Value) ? "The name and value of a cookie begin or end with a blank, and would be read as others."
            : !IsPath(cookie.Path) ? "A cookie's path begins with '/', has no control characters, and no blank at its end."
            : !HostName.TryCanonical(cookie.Domain, out domain, out reason) ? "A cookie is for a host: " + reason
            : !cookie.HostOnly && (CookieHost.IsAddress(domain) || Policy.PublicSuffixes.SuffixLength(domain) == domain.Length) ? "A cookie for all of a public suffix, or for names under an address, is for strangers."
            : cookie.SameSite == CookieSameSite.None && !cookie.Secure ? "A cookie of SameSite=None is a secure one."
            : SetCookieText.IsSecurePrefixed(cookie.Name) && !cookie.Secure ? "A cookie whose name begins with __Secure- is a secure one."
            : SetCookieText.IsHostPrefixed(cookie.Name) && !(cookie is { Secure: true, HostOnly: true, Path: "/" }) ? "A cookie whose name begins with __Host- is secure, of its host alone, and for the path /."
            : null;
        if (objection is not null) return false;
        DateTimeOffset now = Policy.TimeProvider.GetUtcNow();
        DateTimeOffset latest = Latest(now);
        cookie = cookie with
        {
            Domain = domain!,
            Created = cookie.Created == default ? now : cookie.Created,
            Expires = cookie.Expires > latest ? latest : cookie.Expires,
        };
        lock (_gate) Store(cookie, now.UtcTicks);
        return true;
    }

    /// <summary>The domain of a new cookie: its host alone, or the one that it names, if its host is under it and no stranger is.</summary>
    private string? DomainFor(string host, ReadOnlySpan<char> attribute, out bool hostOnly)
    {
        hostOnly = true;
        if (attribute.IsEmpty) return host;
        // What is no plain name would have to be decoded or mapped first, and two readers do that in two ways.
        if (attribute.ContainsAny('%', '[') || !System.Text.Ascii.IsValid(attribute)) return null;
        if (!HostName.TryCanonical(attribute.ToString(), out string? domain, out _) || !CookieHost.DomainMatches(host, domain)) return null;
        if (CookieHost.IsAddress(host)) return host;
        if (Policy.PublicSuffixes.SuffixLength(domain) == domain.Length) return domain.Length == host.Length ? host : null;
        hostOnly = false;
        return domain;
    }

    /// <summary>A part of another site's page sets no cookies that it would not be sent.</summary>
    private bool MaySetFromAfar(Uri url, CookieContext context, CookieSameSite sameSite)
    {
        if (sameSite == CookieSameSite.Default) sameSite = Policy.DefaultSameSite;
        return sameSite == CookieSameSite.None || ReachOf(url, context, Policy) == CookieSameSite.Strict;
    }

    // §5.6.3: Max-Age before Expires; §5.5: neither beyond the limit
    private DateTimeOffset? Ends(in SetCookieText text, DateTimeOffset now)
    {
        DateTimeOffset latest = Latest(now);
        if (text.MaxAge is { } age) return age <= TimeSpan.Zero ? DateTimeOffset.UnixEpoch : age >= latest - now ? latest : now + age;
        return text.Expires > latest ? latest : text.Expires;
    }

    private DateTimeOffset Latest(DateTimeOffset now) => DateTimeOffset.MaxValue - now > Policy.Lifetime ? now + Policy.Lifetime : DateTimeOffset.MaxValue;

    // §5.1.4: up to the last slash, without it
    private static string DefaultPath(ReadOnlySpan<char> path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash].ToString();
    }

    private static bool IsPath(string path) =>
        path.Length > 0 && path[0] == '/' && SetCookieText.IsClean(path) && !HasMargin(path);

    private static bool HasMargin(string text) => SetCookieText.Trim(text).Length != text.Length;

    /// <summary>
    /// §5.7, "leave secure cookies alone": one that came over clear text takes no place of, and stands before, no secure one of the same
    /// name, that a request could send together with it. One that has ended is none.
    /// </summary>
    private bool ShadowsSecure(HttpCookie cookie, long now)
    {
        foreach ((string domain, StoredCookie[] cookies) in _domains)
        {
            if (!CookieHost.DomainMatches(domain, cookie.Domain) && !CookieHost.DomainMatches(cookie.Domain, domain)) continue;
            foreach (StoredCookie stored in cookies)
            {
                if (stored.Cookie.Secure && !stored.IsExpired(now) && string.Equals(stored.Cookie.Name, cookie.Name, StringComparison.Ordinal)
                    && StoredCookie.PathMatches(cookie.Path, stored.Cookie.Path))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private IEnumerable<StoredCookie> Live()
    {
        long now = Now;
        return _domains.Values.SelectMany(static cookies => cookies)
            .Where(stored => !stored.IsExpired(now))
            .OrderBy(static stored => stored.CreatedTicks).ThenBy(static stored => stored.Sequence);
    }

    /// <summary>Under the lock: in the place of the old one, in order, then what is too much leaves.</summary>
    private void Store(HttpCookie cookie, long now)
    {
        _domains.TryGetValue(cookie.Domain, out StoredCookie[]? old);
        old ??= [];
        var kept = new List<StoredCookie>(old.Length + 1);
        StoredCookie added = new(cookie, _sequence++, now);
        foreach (StoredCookie stored in old)
        {
            if (stored.IsReplacedBy(cookie)) added = new StoredCookie(cookie with { Created = stored.Cookie.Created }, stored.Sequence, now);
            else if (!stored.IsExpired(now)) kept.Add(stored);
        }

        if (!added.IsExpired(now))
        {
            int at = kept.BinarySearch(added, InOrder);
            foreach (StoredCookie neighbour in kept) added.ShareWith(neighbour);
            kept.Insert(at < 0 ? ~at : at, added);
        }

        // §5.7: of a domain that has too many, those that are not secure leave first, and of them the longest unused.
        while (kept.Count > Policy.PerDomain)
        {
            kept.Remove(kept.MinBy(static stored => (stored.Cookie.Secure, stored.LastUsed, stored.Sequence))!);
        }

        Put(cookie.Domain, old.Length, kept);
        if (_count > Policy.Total) Shrink(now);
    }

    private void Shrink(long now)
    {
        foreach ((string domain, _) in _domains) RemoveFrom(domain, stored => stored.IsExpired(now));
        while (_count > Policy.Total)
        {
            StoredCookie? oldest = null;
            foreach ((_, StoredCookie[] cookies) in _domains)
            {
                foreach (StoredCookie stored in cookies)
                {
                    if (oldest is null || (stored.LastUsed, stored.Sequence).CompareTo((oldest.LastUsed, oldest.Sequence)) < 0) oldest = stored;
                }
            }

            RemoveFrom(oldest!.Cookie.Domain, stored => ReferenceEquals(stored, oldest));
        }
    }

    private int RemoveFrom(string domain, Func<StoredCookie, bool> leaves)
    {
        if (!_domains.TryGetValue(domain, out StoredCookie[]? old)) return 0;
        List<StoredCookie> kept = [.. old.Where(stored => !leaves(stored))];
        if (kept.Count < old.Length) Put(domain, old.Length, kept);
        return old.Length - kept.Count;
    }

    private void Put(string domain, int before, List<StoredCookie> cookies)
    {
        if (cookies.Count == 0) _domains.TryRemove(domain, out _);
        else _domains[domain] = [.. cookies];
        Volatile.Write(ref _count, _count + cookies.Count - before);
    }
}
