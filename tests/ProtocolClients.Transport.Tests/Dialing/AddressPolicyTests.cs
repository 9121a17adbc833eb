using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.255.255.255")]
    [InlineData("10.0.0.0")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.0")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.0")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.0.170")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.255.255")]
    [InlineData("198.18.0.0")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:2::1")]
    [InlineData("2001:10::1")]
    [InlineData("2001:1ff:ffff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("3fff:fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("ff0e::1")]
    public void PublicOnly_forbids(string address) => Assert.False(AddressPolicy.PublicOnly.Allows(IPAddress.Parse(address), 80));

    [Theory]
    [InlineData("1.0.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.0.9")]
    [InlineData("192.0.0.10")]
    [InlineData("192.31.196.1")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2001:1::1")]
    [InlineData("2001:3::1")]
    [InlineData("2001:4:112::1")]
    [InlineData("2001:20::1")]
    [InlineData("2001:200::1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2002:808:808::1")]
    [InlineData("2606:4700::1111")]
    public void PublicOnly_allows(string address) => Assert.True(AddressPolicy.PublicOnly.Allows(IPAddress.Parse(address), 80));

    [Theory]
    [InlineData("8.8.8.8", "8.8.4.4", true)]
    [InlineData("10.0.0.1", "8.8.4.4", false)]
    [InlineData("8.8.8.8", "192.168.1.1", false)]
    public void Teredo_is_judged_by_its_server_and_its_client(string server, string client, bool allowed)
    {
        byte[] bytes = [0x20, 0x01, 0, 0, .. IPAddress.Parse(server).GetAddressBytes(), 0, 0, 0, 0,
            .. IPAddress.Parse(client).GetAddressBytes().Select(b => (byte)~b)];
        Assert.Equal(allowed, AddressPolicy.PublicOnly.Allows(new IPAddress(bytes), 80));
    }

    [Fact]
    public void The_last_word_on_a_network_counts()
    {
        AddressPolicy policy = AddressPolicy.PublicOnly.WithAllowed("10.1.0.0/16", "fd00::/8").WithDenied("10.1.9.0/24", "8.8.8.8");

        Assert.True(policy.Allows(IPAddress.Parse("10.1.2.3"), 80));
        Assert.True(policy.Allows(IPAddress.Parse("fd12::1"), 80));
        Assert.False(policy.Allows(IPAddress.Parse("10.1.9.1"), 80));
        Assert.False(policy.Allows(IPAddress.Parse("10.2.0.1"), 80));
        Assert.False(policy.Allows(IPAddress.Parse("8.8.8.8"), 80));
        Assert.True(policy.Allows(IPAddress.Parse("8.8.4.4"), 80));
    }

    [Theory]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("2002:a00:1::1")]
    public void A_denied_network_cannot_be_reached_through_an_address_that_carries_it(string address)
    {
        Assert.False(AddressPolicy.Any.WithDenied("10.0.0.0/8").Allows(IPAddress.Parse(address), 80));
        Assert.False(AddressPolicy.PublicOnly.WithAllowed("10.0.0.0/8").Allows(IPAddress.Parse(address), 80));
    }

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("example.org")]
    [InlineData("")]
    public void What_is_no_network_in_strict_form_is_refused(string network)
    {
        Assert.Throws<FormatException>(() => AddressPolicy.Any.WithDenied(network));
    }

    [Fact]
    public void Policies_are_equal_by_value_and_so_are_the_options_that_hold_them()
    {
        AddressPolicy a = AddressPolicy.PublicOnly.WithAllowed("10.0.0.0/8").WithAllowedNames("Host.example");
        AddressPolicy b = AddressPolicy.PublicOnly.WithAllowed("10.0.0.0/8").WithAllowedNames("host.EXAMPLE");

        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal(new TransportOptions { AddressPolicy = a }, new TransportOptions { AddressPolicy = b });
        Assert.NotEqual(a, AddressPolicy.PublicOnly.WithAllowed("10.0.0.0/8"));
        Assert.NotEqual(AddressPolicy.Any.WithAllowed("10.0.0.0/8"), AddressPolicy.PublicOnly.WithAllowed("10.0.0.0/8"));
        Assert.NotEqual(AddressPolicy.Any.WithAllowed("10.0.0.0/8"), AddressPolicy.Any.WithDenied("10.0.0.0/8"));
        Assert.NotEqual(AddressPolicy.Any, AddressPolicy.PublicOnly);
    }

    [Fact]
    public void A_proxy_may_resolve_any_name_without_a_policy_and_only_named_ones_with_one()
    {
        Assert.True(AddressPolicy.Any.AllowsRemoteName("host.example"));
        Assert.True(AddressPolicy.Any.WithAllowed("10.0.0.0/8").AllowsRemoteName("host.example"));
        Assert.False(AddressPolicy.Any.WithDenied("10.0.0.0/8").AllowsRemoteName("host.example"));
        Assert.False(AddressPolicy.PublicOnly.AllowsRemoteName("host.example"));
        AddressPolicy named = AddressPolicy.PublicOnly.WithAllowedNames("host.example").WithDenied("10.0.0.0/8");
        Assert.True(named.AllowsRemoteName("HOST.example"));
        Assert.False(named.AllowsRemoteName("other.example"));
    }

    [Fact]
    public async Task Every_address_of_a_name_is_judged_before_it_is_dialed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var asked = new List<(IPAddress, int)>();
        var dialed = new List<EndPoint>();
        SocketDialer dialer = Dialer(new Recording(asked, a => a.Equals(IPAddress.Loopback)), dialed, "10.0.0.1", "::ffff:10.0.0.2", "127.0.0.1");
        await using Connection connection = await dialer.DialAsync(new DnsEndPoint("host.example", port));

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, port)], dialed);
        Assert.Contains((IPAddress.Parse("10.0.0.1"), port), asked);
        Assert.Contains((IPAddress.Parse("10.0.0.2"), port), asked);
    }

    [Fact]
    public async Task A_name_whose_every_address_is_forbidden_is_refused_without_a_connect()
    {
        var dialed = new List<EndPoint>();
        SocketDialer dialer = Dialer(AddressPolicy.PublicOnly, dialed, "10.0.0.1", "fd00::1");
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint("rebound.example", 80)).AsTask());

        Assert.Equal(TransportError.AddressRefused, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.False(failure.IsTransient);
        Assert.Equal(2, failure.Attempts.Count);
        Assert.Empty(dialed);
    }

    private static SocketDialer Dialer(AddressPolicy policy, List<EndPoint> dialed, params string[] addresses) => new(
        new SocketDialerOptions { AddressPolicy = policy },
        (_, family, _) => Task.FromResult(addresses.Select(IPAddress.Parse).Where(a => a.AddressFamily == family).ToArray()),
        async (address, token) =>
        {
            dialed.Add(address);
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, token);
            return socket;
        },
        _ => IPAddress.Loopback);

    private sealed class Recording(List<(IPAddress, int)> asked, Func<IPAddress, bool> allows) : AddressPolicy
    {
        public override bool Allows(IPAddress address, int port)
        {
            asked.Add((address, port));
            return allows(address);
        }
    }
}
