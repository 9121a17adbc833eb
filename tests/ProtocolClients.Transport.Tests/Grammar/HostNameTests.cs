using System.Net;

namespace ProtocolClients.Transport.Tests.Grammar;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("EXAMPLE.Org", "example.org")]
    [InlineData("example.org.", "example.org")]
    [InlineData("localhost", "localhost")]
    [InlineData("my_host", "my_host")]
    [InlineData("b\u00FCcher.example", "xn--bcher-kva.example")]
    [InlineData("B\u00DCCHER.example", "xn--bcher-kva.example")]
    [InlineData("b%C3%BCcher.example", "xn--bcher-kva.example")]
    [InlineData("bu\u0308cher.example", "xn--bcher-kva.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("\u4F8B\u3048\u3002\u30C6\u30B9\u30C8", "xn--r8jz45g.xn--zckzah")]
    [InlineData("\uFF45xample.org", "example.org")]
    [InlineData("ex%61mple.org", "example.org")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("\uFF11\uFF12\uFF17.0.0.1", "127.0.0.1")]
    [InlineData("[::1]", "::1")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    public void A_host_has_one_canonical_form_which_is_its_own(string host, string canonical)
    {
        Assert.Equal(canonical, HostName.Canonical(host));
        Assert.Equal(canonical, HostName.Canonical(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a..")]
    [InlineData("010.0.0.1")]
    [InlineData("127.1")]
    [InlineData("127.0.0.1.")]
    [InlineData("1.2.3.4.5")]
    [InlineData("example.123")]
    [InlineData("0x7f.1")]
    [InlineData("[::1")]
    [InlineData("[127.0.0.1]")]
    [InlineData("host:80")]
    [InlineData("xn--a")]
    [InlineData("xn--\u00FC")]
    [InlineData("a\uD800b")]
    public void What_is_no_host_is_refused(string host)
    {
        Assert.False(HostName.TryCanonical(host, out string? canonical, out string? reason));
        Assert.Null(canonical);
        Assert.NotEmpty(reason);
        Assert.Equal(reason, Assert.Throws<FormatException>(() => HostName.Canonical(host)).Message);
    }

    [Fact]
    public void Lengths_are_limited_to_those_of_the_domain_name_system()
    {
        string label = new('a', 63);
        string longest = string.Join('.', label, label, label, new string('a', 61));
        Assert.Equal(253, longest.Length);
        Assert.Equal(longest, HostName.Canonical(longest));
        Assert.False(HostName.TryCanonical(longest + "a", out _, out _));
        Assert.False(HostName.TryCanonical(label + "a.example", out _, out _));
        Assert.False(HostName.TryCanonical(new string('\u00FC', 300), out _, out _));
        Assert.False(HostName.TryCanonical(new string('a', 1_000_000), out _, out _));
    }

    [Theory]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    [InlineData("FE80::a%1", "fe80::a%1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    public void A_strict_literal_is_the_address_that_the_platform_reads(string text, string address)
    {
        Assert.True(AddressLiteral.TryParse(text, out IPAddress? parsed));
        Assert.Equal(IPAddress.Parse(address), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1..2.3")]
    [InlineData("1.2.3.")]
    [InlineData(".1.2.3")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.00")]
    [InlineData("1.2.3.1000")]
    [InlineData("1.2.3.-4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("\u0661.2.3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1:::2")]
    [InlineData("1::2::3")]
    [InlineData(":1::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("+1::")]
    [InlineData("::ffff:010.0.0.1")]
    [InlineData("::ffff:1.2.3")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1%")]
    [InlineData("::1%a b")]
    [InlineData("[::1]:80")]
    [InlineData("[]")]
    [InlineData("::1/64")]
    public void What_is_no_strict_literal_is_none(string text) => Assert.False(AddressLiteral.TryParse(text, out _));
}
