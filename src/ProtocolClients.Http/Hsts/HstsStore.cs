using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A host that is asked over TLS only.</summary>
/// <param name="Host">The host, canonical: lower case, A-labels, no trailing dot.</param>
/// <param name="IncludeSubDomains">Whether all names under it are meant too.</param>
/// <param name="Expires">Until when.</param>
public sealed record HstsHost(string Host, bool IncludeSubDomains, DateTimeOffset Expires);

/// <summary>
/// The hosts that said that they are to be asked over TLS only (RFC 6797), and those that the caller knows of. Safe for many tasks; one
/// store under one lock, which no request takes as long as it is empty.
/// </summary>
/// <remarks>
/// A host says so by Strict-Transport-Security in an answer over TLS whose certificate was verified; over clear text anybody could say
/// it. Addresses never count. Expiry is checked with each question.
/// </remarks>
public sealed class HstsStore
{
    private const int MaxFile = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _limit;
    private readonly Dictionary<string, HstsHost> _hosts = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Makes an empty store.</summary>
    /// <param name="timeProvider">The clock that entries end by; null for the system's.</param>
    /// <param name="limit">The most hosts; beyond it the one that ends first leaves.</param>
    public HstsStore(TimeProvider? timeProvider = null, int limit = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _time = timeProvider ?? TimeProvider.System;
        _limit = limit;
    }

    /// <summary>The hosts that have not ended, by name: a copy.</summary>
    public IReadOnlyList<HstsHost> Hosts
    {
        get
        {
            DateTimeOffset now = _time.GetUtcNow();
            lock (_gate) return [.. _hosts.Values.Where(host => host.Expires > now).OrderBy(static host => host.Host, StringComparer.Ordinal)];
        }
    }

    /// <summary>Adds a host that is known beforehand, as from a preload list; it replaces what was known of it.</summary>
    /// <param name="host">The host's name, in any form; no address.</param>
    /// <param name="includeSubDomains">Whether all names under it are meant too.</param>
    /// <param name="expires">Until when; null for as long as the store lasts. The past removes it.</param>
    /// <exception cref="ArgumentException">It is no host name.</exception>
    public void Add(string host, bool includeSubDomains = false, DateTimeOffset? expires = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!HostName.TryCanonical(host, out string? name, out string? reason)) throw new ArgumentException(reason, nameof(host));
        if (CookieHost.IsAddress(name)) throw new ArgumentException("An address is never asked over TLS only (RFC 6797 §8.1.1).", nameof(host));
        Put(new HstsHost(name, includeSubDomains, expires ?? DateTimeOffset.MaxValue));
    }

    /// <summary>Removes a host; names above it that include it stay.</summary>
    /// <param name="host">The host's name, in any form.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return HostName.TryCanonical(host, out string? name, out _) && Drop(name);
    }

    /// <summary>Whether a host is to be asked over TLS only: it, or a name above it that includes it (§8.2).</summary>
    /// <param name="host">The host's name, in any form.</param>
    public bool IsKnown(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Volatile.Read(ref _count) > 0 && HostName.TryCanonical(host, out string? name, out _) && Knows(name);
    }

    /// <summary>
    /// The URL as it is asked: https for an http one of a known host, port 80 becoming 443 and any other staying as it is (§8.3).
    /// </summary>
    /// <param name="url">An absolute URL.</param>
    /// <returns>The same object when there is nothing to change.</returns>
    public Uri Upgrade(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (Volatile.Read(ref _count) == 0 || url.Scheme is not "http") return url;
        return CookieHost.Of(url) is { } host && Knows(host) ? OverTls(url) : url;
    }

    /// <summary>An http URL as one of https (§8.3): the platform writes port 80 and no port alike, so both become the default port of https.</summary>
    internal static Uri OverTls(Uri url) => new UriBuilder(url) { Scheme = Uri.UriSchemeHttps, Port = url.IsDefaultPort ? -1 : url.Port }.Uri;

    /// <summary>What an answer says about its host: the first Strict-Transport-Security field, when it is sound (§8.1).</summary>
    /// <param name="url">The URL that was asked; only https counts, and only of a name.</param>
    /// <param name="field">The field's value.</param>
    /// <returns>Whether it was heeded.</returns>
    public bool Learn(Uri url, string field)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(field);
        if (url.Scheme is not "https" || CookieHost.Of(url) is not { } host || CookieHost.IsAddress(host)) return false;
        if (!HstsHeader.TryParse(field, out TimeSpan age, out bool includeSubDomains)) return false;
        if (age == TimeSpan.Zero)
        {
            Drop(host);
            return true;
        }

        DateTimeOffset now = _time.GetUtcNow();
        Put(new HstsHost(host, includeSubDomains, age >= DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + age));
        return true;
    }

    /// <summary>Reads a store from a file in curl's format: <c>.example.org "20270131 08:00:00"</c>, the dot for the names under it.</summary>
    /// <param name="path">The file; at most 64 MiB.</param>
    /// <param name="timeProvider">The clock that entries end by; null for the system's.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The file is not there, or cannot be read.</exception>
    /// <exception cref="FormatException">The file is no such store; the message has the line's number.</exception>
    public static async Task<HstsStore> LoadAsync(string path, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        byte[] file = await PrivateFile.ReadAsync(path, MaxFile, cancellationToken).ConfigureAwait(false);
        List<HstsHost> hosts = HstsFile.Read(file);
        var store = new HstsStore(timeProvider, Math.Max(10_000, hosts.Count));
        foreach (HstsHost host in hosts) store.Put(host);
        return store;
    }

    /// <summary>Writes the store to a file in curl's format, whole or not at all, readable by its owner only.</summary>
    /// <param name="path">The file; what stood there is replaced.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default) =>
        PrivateFile.WriteAsync(path, HstsFile.Write(Hosts), cancellationToken);

    /// <summary>What a response teaches, when it came over a connection whose certificate was verified.</summary>
    internal void Learn(Uri url, HttpResponseMessage response)
    {
        if (url.Scheme is not "https") return;
        if (!response.Headers.NonValidated.TryGetValues("Strict-Transport-Security", out System.Net.Http.Headers.HeaderStringValues fields)) return;
        foreach (string field in fields)
        {
            // Only the first counts, sound or not.
            Learn(url, field);
            return;
        }
    }

    private bool Knows(string host)
    {
        if (CookieHost.IsAddress(host)) return false;
        DateTimeOffset now = _time.GetUtcNow();
        Dictionary<string, HstsHost>.AlternateLookup<ReadOnlySpan<char>> hosts = _hosts.GetAlternateLookup<ReadOnlySpan<char>>();
        lock (_gate)
        {
            for (ReadOnlySpan<char> name = host; ;)
            {
                if (hosts.TryGetValue(name, out HstsHost? known) && known.Expires > now && (known.IncludeSubDomains || name.Length == host.Length)) return true;
                int dot = name.IndexOf('.');
                if (dot < 0) return false;
                name = name[(dot + 1)..];
            }
        }
    }

    private void Put(HstsHost host)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            if (host.Expires <= now) _hosts.Remove(host.Host);
            else _hosts[host.Host] = host;
            if (_hosts.Count > _limit) _hosts.Remove(_hosts.Values.MinBy(static known => known.Expires)!.Host);
            Volatile.Write(ref _count, _hosts.Count);
        }
    }

    private bool Drop(string host)
    {
        lock (_gate)
        {
            bool was = _hosts.Remove(host);
            Volatile.Write(ref _count, _hosts.Count);
            return was;
        }
    }
}
