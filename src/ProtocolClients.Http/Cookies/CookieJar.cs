using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Cookies by RFC 6265bis: host-only and domain cookies, paths, prefixes, SameSite, public suffixes, limits. It belongs to a session, or
/// to as many as are to share it, not to a connection. Safe for many tasks; reading takes no lock.
/// </summary>
/// <remarks>
/// Domains are kept in one canonical form (lower case, A-labels, no trailing dot); cookies of addresses are theirs alone. What breaks a
/// rule is ignored, as the RFC asks of a client, never repaired. Beside the RFC two more are: a tab inside a name, value or path, which
/// cookies.txt could not hold, and a cookie without a name whose value has '=', which a server would read as another.
/// </remarks>
public sealed partial class CookieJar
{
    /// <summary>By domain; each array is in the order of sending, and never changed once it is here.</summary>
    private readonly ConcurrentDictionary<string, StoredCookie[]> _domains = new(concurrencyLevel: 1, capacity: 31, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, StoredCookie[]>.AlternateLookup<ReadOnlySpan<char>> _byName;

    /// <summary>Makes an empty jar.</summary>
    /// <param name="policy">What it takes and keeps; null for the defaults.</param>
    public CookieJar(CookiePolicy? policy = null)
    {
        Policy = policy ?? CookiePolicy.Default;
        _byName = _domains.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>What it takes and keeps.</summary>
    public CookiePolicy Policy { get; }

    /// <summary>The cookies that have not ended, those first that were set first: a copy, which the jar's changes do not reach.</summary>
    public IReadOnlyList<HttpCookie> Cookies => [.. Live().Select(static cookie => cookie.Cookie)];

    /// <summary>Whether there is nothing to send anywhere: a request asks no more than this.</summary>
    internal bool IsEmpty => Volatile.Read(ref _count) == 0;

    private long Now => Policy.TimeProvider.GetUtcNow().UtcTicks;

    /// <summary>The Cookie field for a request; null when no cookie is for it.</summary>
    /// <param name="url">The absolute URL of the request.</param>
    /// <param name="context">On whose behalf it is made; null for the user himself, by GET.</param>
    /// <returns><c>name=value; name=value</c>, longer paths first, then those set first; at most <see cref="CookiePolicy.HeaderLength"/>.</returns>
    /// <exception cref="ArgumentException">The URL is malformed.</exception>
    public string? HeaderFor(string url, CookieContext? context = null) => HeaderFor(UrlText.Parse(url), context);

    /// <summary>The Cookie field for a request; null when no cookie is for it.</summary>
    /// <param name="url">The absolute URL of the request.</param>
    /// <param name="context">On whose behalf it is made; null for the user himself, by GET.</param>
    /// <returns><c>name=value; name=value</c>, longer paths first, then those set first; at most <see cref="CookiePolicy.HeaderLength"/>.</returns>
    public string? HeaderFor(Uri url, CookieContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        return IsEmpty ? null : HeaderFor(url, CookieHost.Of(url), context);
    }

    /// <summary>The same for a URL whose canonical host is known.</summary>
    internal string? HeaderFor(Uri url, string? host, CookieContext? context)
    {
        if (string.IsNullOrEmpty(host)) return null;
        var found = new Selection(url, host, context, Policy);
        try
        {
            bool address = CookieHost.IsAddress(host);
            for (ReadOnlySpan<char> domain = host; ;)
            {
                if (_byName.TryGetValue(domain, out StoredCookie[]? cookies)) found.Add(cookies, isHost: domain.Length == host.Length);
                int dot = domain.IndexOf('.');
                if (dot < 0 || address) break;
                domain = domain[(dot + 1)..];
            }

            return found.ToHeader();
        }
        finally
        {
            found.Return();
        }
    }

    /// <summary>The cookies of one request: those of its host and of each domain above it, collected without allocating.</summary>
    private ref struct Selection(Uri url, string host, CookieContext? context, CookiePolicy policy)
    {
        private readonly bool _secure = IsSecure(url, host, policy);
        private StoredCookie[]? _found;
        private ReadOnlySpan<char> _path;
        private int _count;
        private int _used;
        private long _now;
        private CookieSameSite _reaches;
        private bool _isKnown;

        public void Add(StoredCookie[] cookies, bool isHost)
        {
            MakeRoom(cookies.Length);
            int before = _count;
            string? path = null;
            bool matches = false;
            foreach (StoredCookie cookie in cookies)
            {
                if ((cookie.HostOnly && !isHost) || (cookie.Secure && !_secure) || cookie.IsExpired(_now)) continue;
                // Those of one path stand together and share its string.
                if (!ReferenceEquals(cookie.Path, path))
                {
                    path = cookie.Path;
                    matches = path.Length == 1 || StoredCookie.PathMatches(Path(), path);
                }

                if (!matches || (context is not null && !Reaches(cookie.SameSite))) continue;
                cookie.LastUsed = _now;
                _found[_count++] = cookie;
            }

            if (before > 0 && _count > before) Merge(before);
        }

        public readonly string? ToHeader()
        {
            if (_count == 0) return null;
            int length = _found![0].Pair.Length;
            int fit = 1;
            while (fit < _count && length + 2 + _found[fit].Pair.Length <= policy.HeaderLength) length += 2 + _found[fit++].Pair.Length;
            if (length > policy.HeaderLength) return null;
            return string.Create(length, (_found, fit), static (header, cookies) =>
            {
                cookies._found[0].Pair.CopyTo(header);
                int at = cookies._found[0].Pair.Length;
                for (int i = 1; i < cookies.fit; i++)
                {
                    header[at] = ';';
                    header[at + 1] = ' ';
                    cookies._found[i].Pair.CopyTo(header[(at + 2)..]);
                    at += 2 + cookies._found[i].Pair.Length;
                }
            });
        }

        public readonly void Return()
        {
            if (_found is null) return;
            _found.AsSpan(0, Math.Max(_count, _used)).Clear();
            ArrayPool<StoredCookie>.Shared.Return(_found);
        }

        /// <summary>Room for some more, twice: the second half is what they are merged from.</summary>
        [MemberNotNull(nameof(_found))]
        private void MakeRoom(int more)
        {
            if (_found is null)
            {
                _found = ArrayPool<StoredCookie>.Shared.Rent(Math.Max(more * 2, 128));
                _now = policy.TimeProvider.GetUtcNow().UtcTicks;
            }
            else if (_found.Length - _count < more * 2)
            {
                StoredCookie[] larger = ArrayPool<StoredCookie>.Shared.Rent(_count + (more * 2));
                _found.AsSpan(0, _count).CopyTo(larger);
                Return();
                _found = larger;
                _used = 0;
            }
        }

        /// <summary>What was found before and what came now, both in order, as one: from the end, so that nothing is overwritten.</summary>
        private void Merge(int before)
        {
            int added = _count - before;
            _found.AsSpan(before, added).CopyTo(_found.AsSpan(_count));
            _used = Math.Max(_used, _count + added);
            int old = before - 1;
            int now = _count + added - 1;
            for (int to = _count - 1; old >= 0 && now >= _count; to--)
            {
                _found![to] = StoredCookie.Compare(_found[old], _found[now]) > 0 ? _found[old--] : _found[now--];
            }

            while (now >= _count) _found![now - _count] = _found[now--];
        }

        /// <summary>The path of the URL as it is sent, without taking a copy of it.</summary>
        private ReadOnlySpan<char> Path()
        {
            if (_path.IsEmpty) _path = PathOf(url);
            return _path;
        }

        private bool Reaches(CookieSameSite sameSite)
        {
            if (sameSite == CookieSameSite.Default) sameSite = policy.DefaultSameSite;
            if (sameSite == CookieSameSite.None) return true;
            if (!_isKnown) _reaches = ReachOf(url, context!, policy);
            _isKnown = true;
            return sameSite == CookieSameSite.Strict ? _reaches == CookieSameSite.Strict : _reaches != CookieSameSite.None;
        }
    }

    /// <summary>The strictest cookies that a request may carry: Strict of one's own site, Lax for safe top-level ones, else None.</summary>
    private static CookieSameSite ReachOf(Uri url, CookieContext context, CookiePolicy policy)
    {
        if (context.Initiator is null || CookieSite.IsSame(context.Initiator, url, policy.PublicSuffixes)) return CookieSameSite.Strict;
        return context.TopLevel && CookieSite.IsSafe(context.Method) ? CookieSameSite.Lax : CookieSameSite.None;
    }

    private static bool IsSecure(Uri url, string host, CookiePolicy policy) =>
        url.Scheme is "https" or "wss" || (policy.TrustLoopback && CookieHost.IsLoopback(host));

    /// <summary>The path of a URL as it stands in the request; never empty.</summary>
    private static ReadOnlySpan<char> PathOf(Uri url)
    {
        ReadOnlySpan<char> text = url.AbsoluteUri;
        text = text[(url.Scheme.Length + 3)..];
        int start = text.IndexOfAny('/', '?', '#');
        if (start < 0 || text[start] != '/') return "/";
        text = text[start..];
        int end = text.IndexOfAny('?', '#');
        return end < 0 ? text : text[..end];
    }
}
