using System.Net;
using System.Text;
using ProtocolClients.Transport;
using static ProtocolClients.Tests.Proxies.FakeProxy;

namespace ProtocolClients.Tests.Proxies;

/// <summary>Two proxies, one behind the other: the bytes of each, in order, on one connection.</summary>
public sealed class ChainTests
{
    private static readonly EndPoint Host = new DnsEndPoint("host.example", 443);

    private static readonly (char, byte[])[] Socks =
    [
        ClientHex("05 02 00 02"), ProxyHex("05 02"), ClientHex("01 03 'one' 02 'p1'"), ProxyHex("01 00"),
        ClientHex("05 01 00 03 06 'second' 0c 38"), ProxyHex("05 00 00 01 00 00 00 00 00 00"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Socks_leads_to_an_HTTP_proxy_and_that_to_the_host_each_with_its_own_credentials(bool drip)
    {
        FakeProxy proxy = new FakeProxy { Drip = drip }.Then(false,
        [
            .. Socks,
            Client("CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n"),
            Proxy("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n"),
            Client($"CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\nProxy-Authorization: Basic {Base64("two:p2")}\r\n\r\n"),
            Proxy("HTTP/1.1 200 OK\r\n\r\nhello"),
        ]);
        await using Connection connection = await DialAsync(proxy, Of("socks5h://one:p1@first:1080", "http://two:p2@second:3128"), Host);
        Assert.Equal("hello", await ReadAsync(connection, 5));
        Assert.Equal((Host, "http://second:3128"), (connection.EndPoint, connection.Proxy));
        Assert.Equal([new DnsEndPoint("first", 1080)], proxy.Dialed);
        await proxy.DoneAsync();
    }

    [Fact]
    public async Task An_HTTP_proxy_leads_to_socks_with_credentials_from_the_options()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            Client("CONNECT second:1080 HTTP/1.1\r\nHost: second:1080\r\n\r\n"),
            Proxy("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n"),
            Client($"CONNECT second:1080 HTTP/1.1\r\nHost: second:1080\r\nProxy-Authorization: Basic {Base64("one:p1")}\r\n\r\n"),
            Proxy("HTTP/1.1 200 OK\r\n\r\n"),
            ClientHex("05 02 00 02"), ProxyHex("05 02"), ClientHex("01 03 'two' 02 'p2'"), ProxyHex("01 00"),
            ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 7f 00 00 01 12 34 'hello'"));
        ProxyOptions options = Of("http://first:3128", "socks5h://second") with { Credentials = new("two", "p2"), PreProxyCredentials = new("one", "p1") };
        await using Connection connection = await DialAsync(proxy, options, Host);
        Assert.Equal("hello", await ReadAsync(connection, 5));
        await proxy.DoneAsync();
    }

    [Fact]
    public async Task Credentials_of_one_are_not_shown_to_the_other()
    {
        // The first has credentials and the second asks: it is told that there are none for it. And the other way round.
        FakeProxy second = new FakeProxy().Then(false, [.. Socks, Client("CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n"), Proxy("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n")]);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => DialAsync(second, Of("socks5h://one:p1@first", "http://second:3128"), Host).AsTask());
        Assert.Contains("http://second:3128 refused host.example:443: it asks for credentials", refused.Message, StringComparison.Ordinal);
        await second.DoneAsync();

        FakeProxy first = new FakeProxy().Then(false, ClientHex("05 01 00"), ProxyHex("05 ff"));
        refused = await Assert.ThrowsAsync<TransportException>(() => DialAsync(first, Of("socks5h://first", "http://two:p2@second:3128"), Host).AsTask());
        Assert.Equal(TransportError.Proxy, refused.Error);
        Assert.Contains("The proxy http://second:3128 was not reached: The proxy socks5h://first:1080 refused second:3128: it asks for credentials", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("p2", refused.Message, StringComparison.Ordinal);
        await first.DoneAsync();
    }

    [Theory]
    [InlineData("host.example")]
    [InlineData("*")]
    public async Task No_proxy_speaks_for_both(string list)
    {
        FakeProxy network = new FakeProxy().Then(false, Proxy("direct"));
        await using Connection connection = await DialAsync(network, Of("socks5h://first", "http://second:3128") with { NoProxy = list }, Host);
        Assert.Equal("direct", await ReadAsync(connection, 6));
        Assert.Null(connection.Proxy);
        Assert.Equal([Host], network.Dialed);
    }

    [Fact]
    public async Task That_no_proxy_names_the_second_one_does_not_lead_past_the_first()
    {
        FakeProxy proxy = new FakeProxy().Then(false, [.. Socks, Client("CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\n")]);
        await using Connection connection = await DialAsync(proxy, Of("socks5h://one:p1@first", "http://second:3128") with { NoProxy = "second" }, Host);
        Assert.Equal([new DnsEndPoint("first", 1080)], proxy.Dialed);
        await proxy.DoneAsync();
    }

    [Fact]
    public async Task Alone_it_is_the_proxy()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 01 00"), ProxyHex("05 00"), ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 7f 00 00 01 12 34"));
        await using Connection connection = await DialAsync(proxy, new() { PreProxy = new("socks5h://first") }, Host);
        Assert.Equal("socks5h://first:1080", connection.Proxy);
        await proxy.DoneAsync();
    }

    [Fact]
    public void The_environments_proxy_is_the_second()
    {
        var resolver = new ProxyResolver(ProxyOptions.Environment with { PreProxy = new("socks5://one:p1@first") }, static name => name switch
        {
            "https_proxy" => "http://two:p2@second:3128",
            "no_proxy" => "direct.example",
            _ => null,
        });
        ProxyServer? https = resolver.Resolve("https", "host.example", 443);
        Assert.Equal(("http://second:3128", "two"), (https?.ToString(), https?.Credentials?.User));
        Assert.Equal(("socks5://first:1080", "one", null), (https?.Via?.ToString(), https?.Via?.Credentials?.User, https?.Via?.Via));
        ProxyServer? ftp = resolver.Resolve("ftp", "host.example", 21);
        Assert.Equal(("socks5://first:1080", null), (ftp?.ToString(), ftp?.Via));
        Assert.Null(resolver.Resolve("https", "direct.example", 443));
    }

    [Fact]
    public async Task The_address_policy_judges_the_host_and_not_the_second_proxy()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 01 00"), ProxyHex("05 00"), ClientHex("05 01 00 01 0a 00 00 02 0c 38"), ProxyHex("05 00 00 01 00 00 00 00 00 00"),
            Client("CONNECT 8.8.8.8:443 HTTP/1.1\r\nHost: 8.8.8.8:443\r\n\r\n"), Proxy("HTTP/1.1 200 OK\r\n\r\n"));
        var transport = new TransportOptions { Dialer = proxy.Dialer, Proxy = Of("socks5h://first", "http://10.0.0.2:3128"), AddressPolicy = AddressPolicy.PublicOnly };
        IDialer dialer = Dialers.Create(new Options { Transport = transport }, "https");
        await using Connection connection = await dialer.DialAsync(new IPEndPoint(IPAddress.Parse("8.8.8.8"), 443));
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(new IPEndPoint(IPAddress.Parse("10.0.0.3"), 443)).AsTask());
        Assert.Equal(TransportError.AddressRefused, refused.Error);
        await proxy.DoneAsync();
    }

    [Fact]
    public void Its_text_shows_both_and_no_credentials()
    {
        Assert.Equal("socks5h://first:1080, http://second:3128", Of("socks5h://one:p1@first:1080", "http://two:p2@second:3128").ToString());
        Assert.Equal("socks5h://first:1080", new ProxyOptions { PreProxy = new("socks5h://first:1080") }.ToString());
        Assert.Equal("socks5h://first:1080, environment", (ProxyOptions.Environment with { PreProxy = new("socks5h://first:1080") }).ToString());
        Assert.NotEqual(Of("http://a:1@first:1", "http://second:2"), Of("http://b:1@first:1", "http://second:2"));
        Assert.Throws<ArgumentException>(() => new ProxyOptions { PreProxy = new("ftp://first") });
    }

    private static ProxyOptions Of(string first, string second) => new() { PreProxy = new(first), Url = new(second) };

    private static ValueTask<Connection> DialAsync(FakeProxy network, ProxyOptions proxy, EndPoint endPoint) =>
        Dialers.Create(new Options { Transport = new() { Dialer = network.Dialer, Proxy = proxy } }, "https").DialAsync(endPoint);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private sealed record Options : ClientOptions;
}
