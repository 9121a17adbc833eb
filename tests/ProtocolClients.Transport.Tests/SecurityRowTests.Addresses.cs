using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests;

/// <summary>One test a row of the list of advisories; the parts of this class stand beside what they test.</summary>
public sealed partial class SecurityRowTests
{
    [Theory]
    [InlineData("010.0.0.1")]
    [InlineData("127.1")]
    [InlineData("127.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0x7f000001")]
    [InlineData("127.0.0.0x1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("127.0.0.1.")]
    [InlineData("127.0.0.256")]
    public async Task Row_30_forms_of_IPv4_that_only_some_readers_take_are_dialed_by_none(string host)
    {
        Assert.False(AddressLiteral.TryParse(host, out _));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => new SocketDialer().DialAsync(new DnsEndPoint(host, 9)).AsTask());
        Assert.Equal(TransportError.NameResolution, failure.Error);
        Assert.Empty(failure.Attempts);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:a00:1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1%1")]
    public async Task Row_30_literals_of_internal_addresses_are_refused_by_the_public_policy(string host)
    {
        var dialer = new SocketDialer(new SocketDialerOptions { AddressPolicy = AddressPolicy.PublicOnly });
        TransportException byName = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint(host, 9)).AsTask());
        Assert.Equal(TransportError.AddressRefused, byName.Error);

        TransportException byAddress = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new IPEndPoint(IPAddress.Parse(host), 9)).AsTask());
        Assert.Equal(TransportError.AddressRefused, byAddress.Error);
    }

    [Fact]
    public async Task Row_30_a_real_name_of_an_internal_address_is_refused_by_the_public_policy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dialer = new SocketDialer(new SocketDialerOptions { AddressPolicy = AddressPolicy.PublicOnly });
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port)).AsTask());
        Assert.Equal(TransportError.AddressRefused, failure.Error);
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("localhost\0.example")]
    [InlineData("localhost\r\nHost: other")]
    [InlineData("local host")]
    [InlineData("user@localhost")]
    [InlineData("localhost%00")]
    [InlineData("localhos%74")]
    public async Task Row_28_what_is_no_host_name_reaches_no_resolver(string host)
    {
        var dialer = new SocketDialer(
            SocketDialerOptions.Default, (_, _, _) => throw new InvalidOperationException("resolved"), connector: null, _ => null);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint(host, 9)).AsTask());
        Assert.Equal(TransportError.NameResolution, failure.Error);
        Assert.DoesNotContain(failure.Message, char.IsControl);
    }

    [Fact]
    public async Task Row_39_a_host_of_more_than_255_bytes_reaches_no_resolver()
    {
        string host = string.Join('.', Enumerable.Repeat(new string('a', 50), 5)) + ".x";
        var dialer = new SocketDialer(
            SocketDialerOptions.Default, (_, _, _) => throw new InvalidOperationException("resolved"), connector: null, _ => null);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint(host, 9)).AsTask());
        Assert.Equal(TransportError.NameResolution, failure.Error);
    }

    [Theory]
    [InlineData("\u2100.example")] // maps to a/c
    [InlineData("evil\uFF03.example")] // fullwidth #
    [InlineData("evil\uFF0Fpath")] // fullwidth /
    [InlineData("evil\uFF20host")] // fullwidth @
    [InlineData("evil\uFF1A80")] // fullwidth :
    public void Row_27_characters_that_map_to_delimiters_are_refused(string host)
    {
        Assert.False(HostName.TryCanonical(host, out _, out string? reason));
        Assert.NotEmpty(reason);
    }

    [Fact]
    public void Row_27_the_sharp_s_keeps_its_own_name()
    {
        Assert.Equal("xn--fa-hia.de", HostName.Canonical("fa\u00DF.de"));
        Assert.NotEqual(HostName.Canonical("fass.de"), HostName.Canonical("fa\u00DF.de"));
    }

    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("a%2fb")]
    [InlineData("a%40b")]
    [InlineData("a%23b")]
    [InlineData("a%3Ab")]
    [InlineData("a%00b")]
    [InlineData("a%0D%0Ab")]
    [InlineData("a%25b")]
    [InlineData("a%2")]
    [InlineData("a%")]
    [InlineData("a%GG")]
    [InlineData("a%+1b")]
    [InlineData("a%FF")]
    [InlineData("a/b")]
    [InlineData("a#@b")]
    [InlineData("a@b")]
    [InlineData("a b")]
    [InlineData(" a")]
    [InlineData("a\t")]
    [InlineData("a\r\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u007Fb")]
    [InlineData("a\u0085b")]
    [InlineData("a\\b")]
    [InlineData("a?b")]
    [InlineData("a^b|c")]
    public void Row_28_delimiters_controls_and_blanks_in_a_host_are_refused(string host)
    {
        Assert.False(HostName.TryCanonical(host, out _, out _));
    }
}
