namespace ProtocolClients;

/// <summary>
/// A cookie as the jar keeps it: checked, what is sent written out, and what a look-up compares in this one object, since a look-up
/// costs as much as the memory that it touches.
/// </summary>
internal sealed class StoredCookie
{
    private long _lastUsed;

    public StoredCookie(HttpCookie cookie, long sequence, long now)
    {
        Cookie = cookie;
        Path = cookie.Path;
        PathLength = cookie.Path.Length;
        HostOnly = cookie.HostOnly;
        Secure = cookie.Secure;
        SameSite = cookie.SameSite;
        Pair = cookie.Name.Length == 0 ? cookie.Value : cookie.Name + "=" + cookie.Value;
        ExpiresTicks = cookie.Expires?.UtcTicks ?? long.MaxValue;
        CreatedTicks = cookie.Created.UtcTicks;
        Sequence = sequence;
        _lastUsed = now;
    }

    public HttpCookie Cookie { get; }

    /// <summary>The cookie as it stands in a Cookie field.</summary>
    public string Pair { get; }

    /// <summary>The path; one string for all cookies of a domain that have it.</summary>
    public string Path { get; private set; }

    public int PathLength { get; }

    public bool HostOnly { get; }

    public bool Secure { get; }

    public CookieSameSite SameSite { get; }

    public long ExpiresTicks { get; }

    public long CreatedTicks { get; }

    /// <summary>The order among cookies of one instant.</summary>
    public long Sequence { get; }

    /// <summary>Written by readers without a lock: any of two readers' times is right.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }

    /// <summary>RFC 6265bis §5.8.3: longer paths first, then those that were created first.</summary>
    public static int Compare(StoredCookie one, StoredCookie other)
    {
        int order = other.PathLength.CompareTo(one.PathLength);
        if (order == 0) order = one.CreatedTicks.CompareTo(other.CreatedTicks);
        return order != 0 ? order : one.Sequence.CompareTo(other.Sequence);
    }

    /// <summary>Takes the string of a neighbour's path when it is the same: then a look-up compares it once for both.</summary>
    public void ShareWith(StoredCookie neighbour)
    {
        if (string.Equals(Path, neighbour.Path, StringComparison.Ordinal)) Path = neighbour.Path;
    }

    /// <summary>Whether another cookie takes this one's place: same name, host-only flag and path, in the same domain.</summary>
    public bool IsReplacedBy(HttpCookie other) =>
        Cookie.HostOnly == other.HostOnly
        && string.Equals(Cookie.Name, other.Name, StringComparison.Ordinal)
        && string.Equals(Cookie.Path, other.Path, StringComparison.Ordinal);

    public bool IsExpired(long now) => ExpiresTicks <= now;

    // RFC 6265bis §5.1.4: the same, or below it, where a slash ends it: /any is not for /anybad
    public static bool PathMatches(ReadOnlySpan<char> path, string cookiePath) =>
        path.StartsWith(cookiePath, StringComparison.Ordinal)
        && (path.Length == cookiePath.Length || cookiePath[^1] == '/' || path[cookiePath.Length] == '/');
}
