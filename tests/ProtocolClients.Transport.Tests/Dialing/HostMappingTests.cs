using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests.Dialing;

/// <summary>Names at fixed addresses.</summary>
public sealed class HostMappingTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("www.Example.ORG", 80, "127.0.0.1")]
    [InlineData("www.example.org.", 80, "127.0.0.1")]
    [InlineData("www.example.org", 81, "127.0.0.2")]
    [InlineData("bücher.example", 1, "127.0.0.3")]
    [InlineData("xn--bcher-kva.example", 2, "127.0.0.3")]
    public async Task A_mapped_name_is_dialed_without_a_name_server_and_the_first_that_fits_counts(string host, int port, string address)
    {
        IPEndPoint? dialed = null;
        SocketDialer dialer = Dialer(
            ["www.example.org:80:127.0.0.1", "www.example.org:*:127.0.0.2", "www.example.org:80:127.0.0.9", "BÜCHER.example:*:127.0.0.3"], endPoint => dialed = (IPEndPoint)endPoint);
        await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(new DnsEndPoint(host, port)).AsTask().WaitAsync(Safety));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), dialed);
    }

    [Fact]
    public async Task What_is_not_mapped_is_resolved()
    {
        SocketDialer dialer = Dialer(["www.example.org:80:127.0.0.1"], static _ => { });
        foreach (DnsEndPoint other in (DnsEndPoint[])[new("example.org", 80), new("www.example.org", 443)])
        {
            TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(other).AsTask().WaitAsync(Safety));
            Assert.Equal(TransportError.NameResolution, failure.Error);
        }
    }

    [Fact]
    public async Task Another_port_can_be_dialed_and_every_address_is_tried()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        // Nothing listens on the second loopback address.
        var mapping = new HostMapping("h.example", IPAddress.Parse("127.0.0.2"), IPAddress.Loopback) { ToPort = port };
        var dialer = new SocketDialer(new SocketDialerOptions { Hosts = [mapping] });
        await using Connection connection = await dialer.DialAsync(new DnsEndPoint("h.example", 443)).AsTask().WaitAsync(Safety);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, port), connection.RemoteEndPoint);
        Assert.Equal(new DnsEndPoint("h.example", 443), connection.EndPoint);
    }

    [Fact]
    public async Task Row_30_the_address_policy_judges_mapped_addresses_too()
    {
        int connects = 0;
        SocketDialer dialer = Dialer(["h.example:*:10.0.0.1"], _ => connects++, AddressPolicy.PublicOnly);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(new DnsEndPoint("h.example", 80)).AsTask().WaitAsync(Safety));
        Assert.Equal((TransportError.AddressRefused, 0), (failure.Error, connects));
    }

    [Theory]
    [InlineData("h.example:443:127.0.0.1", "h.example:443:127.0.0.1")]
    [InlineData("H.example:*:127.0.0.1,[::1],fe80::1", "h.example:*:127.0.0.1,::1,fe80::1")]
    public void The_form_of_curl_is_read_and_written(string text, string canonical)
    {
        HostMapping mapping = HostMapping.Parse(text);
        Assert.Equal(canonical, mapping.ToString());
        Assert.Equal(mapping, HostMapping.Parse(canonical));
        Assert.Equal(mapping.GetHashCode(), HostMapping.Parse(canonical).GetHashCode());
    }

    [Theory]
    [InlineData("h.example")]
    [InlineData("h.example:443")]
    [InlineData("h.example:443:")]
    [InlineData("h.example:443:nowhere")]
    [InlineData("h.example:443:127.1")]
    [InlineData("h.example:443:127.0.0.1,")]
    [InlineData("h.example:0:127.0.0.1")]
    [InlineData("h.example:65536:127.0.0.1")]
    [InlineData("h.example:+1:127.0.0.1")]
    [InlineData(":443:127.0.0.1")]
    [InlineData("a b:443:127.0.0.1")]
    [InlineData("10.0.0.1:443:127.0.0.1")]
    public void What_is_no_mapping_is_refused_with_a_reason(string text)
    {
        Assert.False(HostMapping.TryParse(text, out _, out string? error));
        Assert.NotEmpty(error);
        Assert.Throws<FormatException>(() => HostMapping.Parse(text));
    }

    private static SocketDialer Dialer(string[] hosts, Action<EndPoint> seen, AddressPolicy? policy = null) => new(
        new SocketDialerOptions { Hosts = [.. hosts.Select(HostMapping.Parse)], AddressPolicy = policy ?? AddressPolicy.Any },
        static (_, _, _) => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
        (endPoint, _) =>
        {
            seen(endPoint);
            return Task.FromException<Socket>(new SocketException((int)SocketError.ConnectionRefused));
        },
        SourceAddress.Find);
}
