using System.Collections.Concurrent;

namespace ProtocolClients;

/// <summary>
/// A limit of bytes a second for each host: all transfers from one host share it, those from others do not feel it. Safe for many tasks;
/// it can be changed while they run. A number converts: <c>HostRateLimits = 1 &lt;&lt; 20</c>.
/// </summary>
/// <remarks>A host is its name as it stands in the URL that answered, after redirects, whatever the port and the scheme.</remarks>
public sealed class HostRateLimits
{
    private readonly ConcurrentDictionary<string, RateLimit> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();
    private long _rate;

    /// <summary>Makes the limits.</summary>
    /// <param name="bytesPerSecond">Bytes a second of each host; 0 for no limit.</param>
    public HostRateLimits(long bytesPerSecond = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerSecond);
        _rate = bytesPerSecond;
    }

    /// <summary>
    /// Bytes a second of each host; 0 for no limit. A change holds at once, but not for hosts whose limit was changed on its own
    /// (<see cref="Of"/>).
    /// </summary>
    public long BytesPerSecond
    {
        get => Volatile.Read(ref _rate);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_gate)
            {
                long before = _rate;
                Volatile.Write(ref _rate, value);
                foreach (RateLimit host in _hosts.Values)
                {
                    if (host.BytesPerSecond == before) host.BytesPerSecond = value;
                }
            }
        }
    }

    /// <summary>Takes a number as the limit of each host; 0 is none.</summary>
    /// <param name="bytesPerSecond">Bytes a second.</param>
    public static implicit operator HostRateLimits(long bytesPerSecond) => new(bytesPerSecond);

    /// <summary>The limits of a number: the named form of the conversion.</summary>
    /// <param name="bytesPerSecond">Bytes a second of each host; 0 for no limit.</param>
    public static HostRateLimits FromInt64(long bytesPerSecond) => new(bytesPerSecond);

    /// <summary>The limit of one host, always the same object: change its rate for a limit of that host's own.</summary>
    /// <param name="host">The host's name; a name with other letters than those of ASCII as its A-labels. Upper and lower case do not differ.</param>
    public RateLimit Of(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (_hosts.TryGetValue(host, out RateLimit? known)) return known;
        // Not beside a change of the rate for all, which must find it or be found by it.
        lock (_gate) return _hosts.GetOrAdd(host, new RateLimit(_rate));
    }
}
