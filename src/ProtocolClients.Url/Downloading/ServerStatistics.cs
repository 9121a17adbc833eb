using System.Collections.Concurrent;

namespace ProtocolClients;

/// <summary>
/// How fast servers were, and which failed, kept between runs (aria2's <c>--server-stat-of</c> and <c>--server-stat-if</c>): of several URLs of
/// one content the one whose server was fastest is asked first. Only scheme, host and port are kept, no path, no user. Safe for many tasks.
/// </summary>
/// <remarks>
/// Of what is older than <see cref="Lifetime"/> nothing is known any more. Servers that were fast come first, then those that nobody
/// measured, in the caller's order, then those that were slower than 20 KiB a second, then those that failed last. A rate that a limit of
/// bytes a second held down is not kept, nor is that of fewer than 64 KiB.
/// </remarks>
public sealed partial class ServerStatistics
{
    private const int MaxServers = 10_000;
    private const long WorthMeasuring = 64 * 1024;
    private const double Slow = 20 * 1024;

    private readonly ConcurrentDictionary<string, ServerStatistic> _servers = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    /// <summary>Statistics that know nothing yet.</summary>
    /// <param name="lifetime">How long something is known; null for 24 hours.</param>
    /// <param name="time">The source of time; null for the system's.</param>
    public ServerStatistics(TimeSpan? lifetime = null, TimeProvider? time = null)
    {
        Lifetime = lifetime ?? TimeSpan.FromHours(24);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Lifetime, TimeSpan.Zero, nameof(lifetime));
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How long something is known.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>What is known now.</summary>
    public IReadOnlyList<ServerStatistic> Servers => [.. _servers.Values.Where(IsFresh).OrderBy(static server => server.Server, StringComparer.Ordinal)];

    /// <summary>A server gave bytes at a rate; with what is known already the mean counts.</summary>
    /// <param name="url">A URL of the server.</param>
    /// <param name="bytesPerSecond">The rate.</param>
    public void Measured(Uri url, double bytesPerSecond)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!(bytesPerSecond > 0) || double.IsInfinity(bytesPerSecond) || KeyOf(url) is not { } key) return;
        DateTimeOffset now = _time.GetUtcNow();
        Note(key, known => new ServerStatistic(key, known is { BytesPerSecond: > 0 } ? (known.BytesPerSecond + bytesPerSecond) / 2 : bytesPerSecond, now, HasFailed: false));
    }

    /// <summary>A server could not be reached, or gave up; until it is measured again the others go before it.</summary>
    /// <param name="url">A URL of the server.</param>
    public void Failed(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (KeyOf(url) is not { } key) return;
        DateTimeOffset now = _time.GetUtcNow();
        Note(key, known => new ServerStatistic(key, known?.BytesPerSecond ?? 0, now, HasFailed: true));
    }

    /// <summary>What is wrong with a server, and not with one of its files, is kept for later runs.</summary>
    internal void Failed(Uri url, ProtocolClientException failure)
    {
        if (failure.IsTransient || failure is TransportException) Failed(url);
    }

    /// <summary>Notes the rate of a transfer that is worth it.</summary>
    internal void Measured(Uri url, long bytes, TimeSpan elapsed)
    {
        if (bytes >= WorthMeasuring) Measured(url, bytes / Math.Max(elapsed.TotalSeconds, 0.001));
    }

    /// <summary>The sources, the one that is to be asked first in front.</summary>
    internal IReadOnlyList<Source> Ordered(IReadOnlyList<Source> sources)
    {
        if (sources.Count < 2) return sources;
        return [.. sources.Select(source => (Source: source, Known: Find(source.Url)))
            .OrderBy(static one => one.Known switch { null => 1, { HasFailed: true } => 3, { BytesPerSecond: >= Slow } => 0, _ => 2 })
            .ThenByDescending(static one => one.Known?.BytesPerSecond ?? 0)
            .Select(static one => one.Source)];
    }

    private ServerStatistic? Find(Uri url) => KeyOf(url) is { } key && _servers.TryGetValue(key, out ServerStatistic? known) && IsFresh(known) ? known : null;

    private void Note(string key, Func<ServerStatistic?, ServerStatistic> next)
    {
        if (_servers.Count >= MaxServers && !_servers.ContainsKey(key)) return;
        _servers.AddOrUpdate(key, _ => next(null), (_, known) => next(IsFresh(known) ? known : null));
    }

    // From the future is what another clock wrote.
    private bool IsFresh(ServerStatistic server) => _time.GetUtcNow() - server.Updated is { } age && age < Lifetime && age > -Lifetime;

    private static string? KeyOf(Uri url) => url.IdnHost.Length == 0 ? null
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{url.Scheme}://{(url.HostNameType == UriHostNameType.IPv6 ? $"[{url.IdnHost}]" : url.IdnHost)}:{url.Port}");
}

/// <summary>What is known of one server.</summary>
/// <param name="Server">Scheme, host and port: <c>https://a.example:443</c>.</param>
/// <param name="BytesPerSecond">Its rate; 0 when it was never measured.</param>
/// <param name="Updated">When that was.</param>
/// <param name="HasFailed">Whether it failed the last time.</param>
public sealed record ServerStatistic(string Server, double BytesPerSecond, DateTimeOffset Updated, bool HasFailed);
