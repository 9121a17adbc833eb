using System.Globalization;

namespace ProtocolClients.Servers;

/// <summary>
/// How many handlers run at once. Connections beyond that are accepted and wait for their turn in order of arrival, so that
/// <see cref="ServerOptions.MaxConnections"/> counts them too. The default value is <see cref="Unbounded"/>.
/// </summary>
public readonly record struct ServerConcurrency
{
    private ServerConcurrency(int limit) => Limit = limit;

    /// <summary>One connection after the other, for handlers that share state without locks.</summary>
    public static ServerConcurrency OneAtATime { get; } = new(1);

    /// <summary>A handler for every connection at once.</summary>
    public static ServerConcurrency Unbounded { get; }

    /// <summary>The number of handlers that may run at once, or null for any number.</summary>
    public int? Limit { get; }

    /// <summary>At most <paramref name="limit"/> handlers at once.</summary>
    /// <param name="limit">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is below 1.</exception>
    public static ServerConcurrency Bounded(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return new ServerConcurrency(limit);
    }

    /// <inheritdoc/>
    public override string ToString() => Limit is { } limit ? limit.ToString(CultureInfo.InvariantCulture) : "unbounded";
}
