using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The rules of many sites, each asked for once a day (RFC 9309 §2.4) and by one request however many ask. A site that cannot be
/// reached any more keeps the rules that were read from it for thirty days; one that never could be allows nothing, and is asked
/// again after five minutes. Safe for many tasks; the time is that of the opener.
/// </summary>
public sealed class RobotsCache
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestUnreachable = TimeSpan.FromDays(30);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    private readonly UrlOpener _opener;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Site> _sites = new(StringComparer.Ordinal);

    /// <summary>Makes an empty cache.</summary>
    /// <param name="opener">The opener, which stays the caller's; null for the one of <see cref="Url.Opener"/>.</param>
    /// <param name="capacity">The most sites; beyond, the one that was asked for longest ago is forgotten.</param>
    public RobotsCache(UrlOpener? opener = null, int capacity = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _opener = opener ?? Url.Opener;
        _time = _opener.Options.TimeProvider;
        _capacity = capacity;
    }

    /// <summary>Whether a crawler may ask for a URL, by the rules of its site.</summary>
    /// <param name="agent">The product token, or a User-Agent that begins with it.</param>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The URL is malformed or names no host; the agent begins with no product token.</exception>
    public async Task<bool> AllowsAsync(string agent, string url, CancellationToken cancellationToken = default) =>
        (await GetAsync(url, cancellationToken).ConfigureAwait(false)).Allows(agent, url);

    /// <summary>The rules of a site; see <see cref="RobotsRules.LoadAsync"/>.</summary>
    /// <param name="url">Any URL of the site.</param>
    /// <param name="cancellationToken">Ends the waiting; a request that others wait for goes on.</param>
    /// <exception cref="ArgumentException">The URL is malformed, names no host, or has a scheme that the opener does not know.</exception>
    public async Task<RobotsRules> GetAsync(string url, CancellationToken cancellationToken = default)
    {
        string address = RobotsRules.AddressOf(UrlText.Parse(url));
        Task<RobotsRules> loading;
        lock (_gate)
        {
            if (!_sites.TryGetValue(address, out Site? site))
            {
                if (_sites.Count >= _capacity) _sites.Remove(_sites.MinBy(static pair => pair.Value.Used).Key);
                _sites.Add(address, site = new Site());
            }

            site.Used = _time.GetTimestamp();
            if (site.Loading is null && site.Rules is { } rules && !Stale(site)) return rules;
            loading = site.Loading ??= LoadAsync(address, site);
        }

        return await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private bool Stale(Site site) =>
        _time.GetElapsedTime(site.Tried) >= (site.Reached ? Lifetime : RetryAfter);

    private async Task<RobotsRules> LoadAsync(string address, Site site)
    {
        // Not under the lock, and not on the thread of whoever asks first.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return Keep(site, await RobotsRules.LoadAsync(address, _opener, CancellationToken.None).ConfigureAwait(false));
        }
        finally
        {
            lock (_gate) site.Loading = null;
        }
    }

    private RobotsRules Keep(Site site, RobotsRules loaded)
    {
        lock (_gate)
        {
            site.Tried = _time.GetTimestamp();
            site.Reached = loaded.Source != RobotsSource.Unreachable;
            if (site.Reached) site.Read = site.Tried;
            bool keepOld = !site.Reached && site.Rules is { Source: not RobotsSource.Unreachable } && _time.GetElapsedTime(site.Read) < LongestUnreachable;
            if (!keepOld) site.Rules = loaded;
            return site.Rules!;
        }
    }

    private sealed class Site
    {
        public RobotsRules? Rules { get; set; }

        public Task<RobotsRules>? Loading { get; set; }

        /// <summary>Whether the last attempt had an answer.</summary>
        public bool Reached { get; set; }

        /// <summary>When the last attempt ended.</summary>
        public long Tried { get; set; }

        /// <summary>When <see cref="Rules"/> were read.</summary>
        public long Read { get; set; }

        public long Used { get; set; }
    }
}
