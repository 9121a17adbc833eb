using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace ProtocolClients.Transport;

/// <summary>
/// The order in which to try a host's addresses: destination address selection of RFC 6724 §6, then the interleaving of
/// families of RFC 8305 §4. Pure: the source addresses are given.
/// </summary>
internal static class AddressOrder
{
    /// <summary>RFC 6724 §2.1, the default policy table, but for ::ffff:0:0/96, which is IPv4.</summary>
    private static readonly (IPNetwork Prefix, int Precedence, int Label)[] Table =
    [
        (IPNetwork.Parse("::1/128"), 50, 0),
        (IPNetwork.Parse("::/96"), 1, 3),
        (IPNetwork.Parse("2001::/32"), 5, 5),
        (IPNetwork.Parse("2002::/16"), 30, 2),
        (IPNetwork.Parse("3ffe::/16"), 1, 12),
        (IPNetwork.Parse("fec0::/10"), 1, 11),
        (IPNetwork.Parse("fc00::/7"), 3, 13),
        (IPNetwork.Parse("::/0"), 40, 1),
    ];

    /// <summary>Sorts destinations, the best first; stable (rule 10).</summary>
    /// <param name="candidates">The destinations: addresses with a port; others stay where they are.</param>
    /// <param name="sourceOf">The source address for a destination; null when it cannot be reached.</param>
    public static List<EndPoint> Sort(IReadOnlyList<EndPoint> candidates, Func<IPAddress, IPAddress?> sourceOf)
    {
        var facts = new List<Candidate>(candidates.Count);
        foreach (EndPoint candidate in candidates)
        {
            IPAddress address = ((IPEndPoint)candidate).Address;
            facts.Add(new Candidate(candidate, address, sourceOf(address)));
        }

        return [.. facts.Order(Comparer<Candidate>.Create(Compare)).Select(f => f.EndPoint)];
    }

    /// <summary>Alternates the families, keeping the order within each (RFC 8305 §4, First Address Family Count of 1).</summary>
    /// <param name="sorted">The sorted destinations.</param>
    /// <param name="last">The family tried last, after which the other one is due; unspecified at the start.</param>
    public static List<EndPoint> Interleave(List<EndPoint> sorted, AddressFamily last)
    {
        if (sorted.Count < 2) return sorted;
        AddressFamily due = sorted[0].AddressFamily;
        if (due == last) due = sorted.Find(e => e.AddressFamily != last)?.AddressFamily ?? due;
        var ours = new Queue<EndPoint>(sorted.Where(e => e.AddressFamily == due));
        var others = new Queue<EndPoint>(sorted.Where(e => e.AddressFamily != due));
        var result = new List<EndPoint>(sorted.Count);
        while (ours.Count > 0 || others.Count > 0)
        {
            if (ours.TryDequeue(out EndPoint? one)) result.Add(one);
            if (others.TryDequeue(out EndPoint? other)) result.Add(other);
        }

        return result;
    }

    // RFC 6724 §6. Rules 3 (deprecated sources), 4 (home addresses) and 7 (native transport) need what the system does not tell.
    private static int Compare(Candidate a, Candidate b)
    {
        // Rule 1: avoid unusable destinations.
        if (a.Source is null || b.Source is null) return (a.Source is null).CompareTo(b.Source is null);

        // Rule 2: prefer matching scope.
        int order = (b.Scope == b.SourceScope).CompareTo(a.Scope == a.SourceScope);

        // Rule 5: prefer matching label. Rule 6: prefer higher precedence. Rule 8: prefer smaller scope.
        if (order == 0) order = (b.Label == b.SourceLabel).CompareTo(a.Label == a.SourceLabel);
        if (order == 0) order = b.Precedence.CompareTo(a.Precedence);
        if (order == 0) order = a.Scope.CompareTo(b.Scope);

        // Rule 9: use longest matching prefix; for IPv6 alone, since for IPv4 it undoes the name server's rotation of equals.
        if (order == 0 && a.IsIPv6 && b.IsIPv6) order = b.CommonPrefix.CompareTo(a.CommonPrefix);
        return order;
    }

    private static (int Precedence, int Label) Policy(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return (35, 4);
        foreach ((IPNetwork prefix, int precedence, int label) in Table)
        {
            if (prefix.Contains(address)) return (precedence, label);
        }

        return (40, 1);
    }

    // RFC 4291 §2.7 (multicast scopes), RFC 6724 §3.1 (unicast) and §3.2 (IPv4).
    private static int ScopeOf(IPAddress address)
    {
        const int LinkLocal = 2;
        const int SiteLocal = 5;
        const int Global = 14;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            if (address.IsIPv6Multicast) return address.GetAddressBytes()[1] & 0xf;
            if (address.IsIPv6LinkLocal || IPAddress.IsLoopback(address)) return LinkLocal;
            return address.IsIPv6SiteLocal ? SiteLocal : Global;
        }

        byte[] bytes = address.GetAddressBytes();
        return bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ? LinkLocal : Global;
    }

    // RFC 6724 §2.2: no longer than the source's prefix, of which only the usual 64 bits are known here.
    private static int CommonPrefixLength(IPAddress a, IPAddress b)
    {
        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        a.MapToIPv6().TryWriteBytes(left, out _);
        b.MapToIPv6().TryWriteBytes(right, out _);
        ulong difference = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(left)
            ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(right);
        return BitOperations.LeadingZeroCount(difference);
    }

    private sealed class Candidate
    {
        public Candidate(EndPoint endPoint, IPAddress address, IPAddress? source)
        {
            EndPoint = endPoint;
            Source = source;
            IsIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            Scope = ScopeOf(address);
            (Precedence, Label) = Policy(address);
            if (source is null) return;
            SourceScope = ScopeOf(source);
            SourceLabel = Policy(source).Label;
            CommonPrefix = CommonPrefixLength(source, address);
        }

        public EndPoint EndPoint { get; }

        public IPAddress? Source { get; }

        public bool IsIPv6 { get; }

        public int Scope { get; }

        public int SourceScope { get; }

        public int Label { get; }

        public int SourceLabel { get; }

        public int Precedence { get; }

        public int CommonPrefix { get; }
    }
}
