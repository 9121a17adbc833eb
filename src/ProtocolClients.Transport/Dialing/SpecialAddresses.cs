using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// The IANA special-purpose address registries (RFC 6890, RFC 8190; entries as of 2025-10) and the multicast and reserved
/// blocks beside them: which addresses are globally reachable hosts.
/// </summary>
internal static class SpecialAddresses
{
    /// <summary>Blocks of IPv4 that are not globally reachable unicast.</summary>
    private static readonly IPNetwork[] NotPublic4 = Parse(
        "0.0.0.0/8", // this network, RFC 791
        "10.0.0.0/8", // private use, RFC 1918
        "100.64.0.0/10", // shared address space, RFC 6598
        "127.0.0.0/8", // loopback, RFC 1122
        "169.254.0.0/16", // link-local, RFC 3927
        "172.16.0.0/12", // private use, RFC 1918
        "192.0.0.0/24", // IETF protocol assignments, RFC 6890
        "192.0.2.0/24", // documentation, RFC 5737
        "192.88.99.0/24", // deprecated 6to4 relay anycast, RFC 7526
        "192.168.0.0/16", // private use, RFC 1918
        "198.18.0.0/15", // benchmarking, RFC 2544
        "198.51.100.0/24", // documentation, RFC 5737
        "203.0.113.0/24", // documentation, RFC 5737
        "224.0.0.0/4", // multicast, RFC 5771
        "240.0.0.0/4"); // reserved and limited broadcast, RFC 1112, RFC 8190

    /// <summary>What is globally reachable within those blocks.</summary>
    private static readonly IPNetwork[] PublicAfterAll4 = Parse(
        "192.0.0.9/32", // port control protocol anycast, RFC 7723
        "192.0.0.10/32"); // TURN anycast, RFC 8155

    /// <summary>Blocks of 2000::/3, the only allocated global unicast space, that are not globally reachable.</summary>
    private static readonly IPNetwork[] NotPublic6 = Parse(
        "2001::/23", // IETF protocol assignments, RFC 2928
        "2001:db8::/32", // documentation, RFC 3849
        "3fff::/20"); // documentation, RFC 9637

    /// <summary>What is globally reachable within those blocks.</summary>
    private static readonly IPNetwork[] PublicAfterAll6 = Parse(
        "2001:1::1/128", // port control protocol anycast, RFC 7723
        "2001:1::2/128", // TURN anycast, RFC 8155
        "2001:1::3/128", // DNS-SD service registration anycast, RFC 9665
        "2001:3::/32", // AMT, RFC 7450
        "2001:4:112::/48", // AS112, RFC 7535
        "2001:20::/28", // ORCHIDv2, RFC 7343
        "2001:30::/28"); // drone remote identification, RFC 9374

    private static readonly IPNetwork GlobalUnicast6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>True for a globally reachable unicast address.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !Contains(NotPublic4, address) || Contains(PublicAfterAll4, address);
        }

        IPAddress[] embedded = Embedded(address);
        if (embedded.Length > 0) return Array.TrueForAll(embedded, IsPublic);
        return GlobalUnicast6.Contains(address) && (!Contains(NotPublic6, address) || Contains(PublicAfterAll6, address));
    }

    /// <summary>
    /// The IPv4 addresses that an address carries: the site of 6to4 (RFC 3056 §2), the server and the client of Teredo
    /// (RFC 4380 §4), the host behind NAT64 (RFC 6052 §2.1), the one that is mapped (RFC 4291 §2.5.5.2).
    /// </summary>
    public static IPAddress[] Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return [];
        if (address.IsIPv4MappedToIPv6) return [address.MapToIPv4()];
        byte[] bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address)) return [new IPAddress(bytes.AsSpan(2, 4))];
        if (Nat64.Contains(address)) return [new IPAddress(bytes.AsSpan(12, 4))];
        if (!Teredo.Contains(address)) return [];
        Span<byte> client = [(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]];
        return [new IPAddress(bytes.AsSpan(4, 4)), new IPAddress(client)];
    }

    private static bool Contains(IPNetwork[] networks, IPAddress address) => Array.Exists(networks, n => n.Contains(address));

    private static IPNetwork[] Parse(params string[] networks) => Array.ConvertAll(networks, static n => IPNetwork.Parse(n));
}
