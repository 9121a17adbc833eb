using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class AddressOrderTests
{
    // RFC 6724 §10.2: destinations with the source that each would get, in the order that the section gives.
    public static TheoryData<string, string[]> Examples => new()
    {
        { "prefer matching scope (IPv6)", ["2001:db8:1::1 2001:db8:1::2", "198.51.100.121 169.254.13.78"] },
        { "prefer matching scope (IPv4)", ["198.51.100.121 198.51.100.117", "2001:db8:1::1 fe80::1"] },
        { "prefer higher precedence", ["2001:db8:1::1 2001:db8:1::2", "10.1.2.3 10.1.2.4"] },
        { "prefer smaller scope", ["fe80::1 fe80::2", "2001:db8:1::1 2001:db8:1::2"] },
        { "longest matching prefix", ["2001:db8:1::1 2001:db8:1::2", "2001:db8:3ffe::1 2001:db8:3f44::2"] },
        { "prefer matching label", ["2002:c633:6401::1 2002:c633:6401::2", "2001:db8:1::1 2002:c633:6401::2"] },
        { "prefer higher precedence (6to4)", ["2001:db8:1::1 2001:db8:1::2", "2002:c633:6401::1 2002:c633:6401::2"] },
    };

    // The rules and the policy table of §2.1 beyond the examples.
    public static TheoryData<string, string[]> Rules => new()
    {
        { "rule 1, avoid unusable", ["198.51.100.1 198.51.100.2", "2001:db8::1 -"] },
        { "rule 1, both unusable stay as they are", ["2001:db8::1 -", "198.51.100.1 -"] },
        { "rule 5, native before Teredo's other label", ["198.51.100.1 198.51.100.2", "2001:db8::1 2001:0:c633:6401::1"] },
        { "rule 6, loopback first", ["::1 ::1", "127.0.0.1 127.0.0.1"] },
        { "rule 6, IPv4 before 6to4", ["198.51.100.1 198.51.100.2", "2002:c633:6401::1 2002:c633:6401::2"] },
        { "rule 6, 6to4 before Teredo", ["2002:c633:6401::1 2002:c633:6401::2", "2001:0:c633:6401::1 2001:0:c633:6402::1"] },
        { "rule 6, IPv4 before unique local", ["198.51.100.1 198.51.100.2", "fd00::1 fd00::2"] },
        { "rule 6, Teredo before unique local", ["2001:0:c633:6401::1 2001:0:c633:6402::1", "fd00::1 fd00::2"] },
        { "rule 9 is not for IPv4", ["198.51.100.200 198.51.100.1", "198.51.100.2 198.51.100.1"] },
        { "rule 9 looks at 64 bits", ["2001:db8::8000 2001:db8::1", "2001:db8::2 2001:db8::1"] },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    [MemberData(nameof(Rules))]
    public void The_order_is_that_of_RFC_6724_from_either_start(string rule, string[] expected)
    {
        Dictionary<IPAddress, IPAddress?> sources = expected.Select(e => e.Split(' ')).ToDictionary(
            e => IPAddress.Parse(e[0]), e => e[1] == "-" ? null : IPAddress.Parse(e[1]));
        bool isTie = rule.Contains("stay", StringComparison.Ordinal) || rule.StartsWith("rule 9", StringComparison.Ordinal);
        List<EndPoint> sorted = [.. sources.Keys.Select(a => new IPEndPoint(a, 80))];

        Assert.Equal(sorted, AddressOrder.Sort(sorted, a => sources[a]));
        if (isTie) Assert.Equal(sorted.AsEnumerable().Reverse(), AddressOrder.Sort([.. sorted.AsEnumerable().Reverse()], a => sources[a]));
        else Assert.Equal(sorted, AddressOrder.Sort([.. sorted.AsEnumerable().Reverse()], a => sources[a]));
    }

    [Theory]
    [InlineData("6a 6b 6c 4a 4b", "", "6a 4a 6b 4b 6c")]
    [InlineData("4a 4b 6a", "", "4a 6a 4b")]
    [InlineData("6a 6b 4a", "6", "4a 6a 6b")]
    [InlineData("6a 6b", "6", "6a 6b")]
    [InlineData("6a 4a", "4", "6a 4a")]
    [InlineData("4a", "", "4a")]
    public void Families_alternate_in_their_own_order(string sorted, string last, string expected)
    {
        AddressFamily family = last switch
        {
            "4" => AddressFamily.InterNetwork,
            "6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        Assert.Equal(Parse(expected), AddressOrder.Interleave(Parse(sorted), family));

        static List<EndPoint> Parse(string text) =>
        [
            .. text.Split(' ').Select(t => new IPEndPoint(
                IPAddress.Parse(t[0] == '4' ? $"192.0.2.{t[1] - 'a'}" : $"2001:db8::{t[1]}"), 80)),
        ];
    }

    [Fact]
    public void The_source_of_a_loopback_address_is_found_without_sending()
    {
        Assert.Equal(IPAddress.Loopback, SourceAddress.Find(IPAddress.Loopback));
    }
}
