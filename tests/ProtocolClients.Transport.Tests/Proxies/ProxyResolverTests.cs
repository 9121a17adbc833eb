using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Proxies;

public sealed class ProxyResolverTests
{
    [Theory]
    [InlineData("example.com", "example.com", 80, true)]
    [InlineData("example.com", "www.example.com", 80, true)]
    [InlineData("example.com", "notexample.com", 80, false)]
    [InlineData("example.com", "example.com.evil.org", 80, false)]
    [InlineData(".example.com", "www.example.com", 80, true)]
    [InlineData(".example.com", "example.com", 80, true)]
    [InlineData("EXAMPLE.com", "www.Example.COM", 80, true)]
    [InlineData("example.com.", "example.com", 80, true)]
    [InlineData("example.com", "example.com.", 80, true)]
    [InlineData("a.org,b.org", "b.org", 80, true)]
    [InlineData("a.org b.org", "b.org", 80, true)]
    [InlineData(" a.org ,\t b.org ", "b.org", 80, true)]
    [InlineData("a.org, ,b.org", "c.org", 80, false)]
    [InlineData("*", "anything.org", 80, true)]
    [InlineData("*", "10.0.0.1", 80, true)]
    [InlineData("*.example.com", "www.example.com", 80, false)]
    [InlineData("", "example.com", 80, false)]
    [InlineData("example.com:8080", "example.com", 8080, true)]
    [InlineData("example.com:8080", "example.com", 80, false)]
    [InlineData("example.com:x", "example.com", 80, false)]
    [InlineData("10.0.0.1", "10.0.0.1", 80, true)]
    [InlineData("10.0.0.1:81", "10.0.0.1", 80, false)]
    [InlineData("0.0.1", "10.0.0.1", 80, false)]
    [InlineData("10.0.0.0/8", "10.200.3.4", 80, true)]
    [InlineData("10.9.9.9/8", "10.200.3.4", 80, true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", 80, false)]
    [InlineData("192.168.0.0/20", "192.168.15.255", 80, true)]
    [InlineData("192.168.0.0/20", "192.168.16.0", 80, false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", 80, true)]
    [InlineData("10.0.0.0/33", "10.0.0.1", 80, false)]
    [InlineData("10.0.0.0/x", "10.0.0.1", 80, false)]
    [InlineData("10.0.0.0/8", "10.example.org", 80, false)]
    [InlineData("::1", "::1", 80, true)]
    [InlineData("::1", "[::1]", 80, true)]
    [InlineData("[::1]", "::1", 80, true)]
    [InlineData("[::1]:80", "::1", 80, true)]
    [InlineData("[::1]:81", "::1", 80, false)]
    [InlineData("0:0::0:1", "::1", 80, true)]
    [InlineData("fd00::/8", "fd12:3456::1", 80, true)]
    [InlineData("fd00::/8", "fe80::1", 80, false)]
    [InlineData("2001:db8::/29", "2001:dbf::1", 80, true)]
    [InlineData("2001:db8::/29", "2001:dc0::1", 80, false)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", 80, true)]
    [InlineData("localhost", "127.0.0.1", 80, false)]
    [InlineData(":80", "example.com", 80, false)]
    [InlineData(".", "example.com", 80, false)]
    public void No_proxy_is_read_as_curl_reads_it(string list, string host, int port, bool direct) =>
        Assert.Equal(direct, new NoProxyList(list).Matches(host, port));

    [Theory]
    [InlineData("http", "http_proxy=http://p:1", "http://p:1")]
    [InlineData("http", "HTTP_PROXY=http://p:1", null)]
    [InlineData("https", "https_proxy=http://p:1", "http://p:1")]
    [InlineData("https", "HTTPS_PROXY=http://p:1", "http://p:1")]
    [InlineData("https", "HTTPS_PROXY=http://upper:1;https_proxy=http://lower:1", "http://lower:1")]
    [InlineData("https", "http_proxy=http://p:1", null)]
    [InlineData("ftp", "FTP_PROXY=http://p:1", "http://p:1")]
    [InlineData("imap", "all_proxy=socks5h://p", "socks5h://p:1080")]
    [InlineData("imap", "ALL_PROXY=socks5h://p", "socks5h://p:1080")]
    [InlineData("https", "all_proxy=socks5h://p;https_proxy=http://q:2", "http://q:2")]
    [InlineData("https", "all_proxy=socks5h://p;https_proxy=", "socks5h://p:1080")]
    [InlineData("http", "http_proxy=proxy.example:3128", "http://proxy.example:3128")]
    [InlineData("http", "http_proxy=proxy.example", "http://proxy.example:1080")]
    [InlineData("http", "http_proxy=https://proxy.example/", "https://proxy.example:443")]
    [InlineData("http", "http_proxy=http://[::1]:3128/x", "http://[::1]:3128")]
    [InlineData("http", "http_proxy=SOCKS4A://Proxy.Example:9", "socks4a://proxy.example:9")]
    [InlineData("http", "http_proxy=http://p:1;no_proxy=host.example", null)]
    [InlineData("http", "http_proxy=http://p:1;NO_PROXY=host.example", null)]
    [InlineData("http", "http_proxy=http://p:1;no_proxy=x.example;NO_PROXY=host.example", "http://p:1")]
    [InlineData("http", "", null)]
    public void The_environment_is_read_as_curl_reads_it(string scheme, string environment, string? expected)
    {
        var resolver = new ProxyResolver(ProxyOptions.Environment, Variables(environment));
        Assert.Equal(expected, resolver.Resolve(scheme, "host.example", 80)?.ToString());
        Assert.Null(new ProxyResolver(ProxyOptions.None, Variables(environment)).Resolve(scheme, "host.example", 80));
    }

    [Theory]
    [InlineData("http_proxy=ftp://p:1")]
    [InlineData("http_proxy=http://")]
    [InlineData("http_proxy=http://p:99999")]
    [InlineData("http_proxy=http://user:hunter2@p:x")]
    [InlineData("http_proxy=http://a b")]
    public void A_variable_that_is_no_proxy_is_an_error_that_does_not_show_it(string environment)
    {
        var resolver = new ProxyResolver(ProxyOptions.Environment, Variables(environment));
        var failure = Assert.Throws<TransportException>(() => resolver.Resolve("http", "host.example", 80));
        Assert.Equal(TransportError.Proxy, failure.Error);
        Assert.Contains("http_proxy", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
        Assert.Null(resolver.Resolve("gopher", "host.example", 70));
    }

    [Fact]
    public void Credentials_come_from_the_user_info_which_ends_at_the_last_at()
    {
        var resolver = new ProxyResolver(ProxyOptions.Environment, Variables("http_proxy=http://us%40er:p@ss%3A@p:1"));
        ProxyServer proxy = resolver.Resolve("http", "host.example", 80)!;
        Assert.Equal(new Credentials("us@er", "p@ss:"), proxy.Credentials);
        Assert.Equal("p", proxy.Host);
        Assert.Equal("http://p:1", proxy.ToString());
        Assert.Equal(new Uri("http://p:1"), proxy.Url);

        ProxyOptions own = ProxyOptions.Environment with { Credentials = new("other", "x") };
        Assert.Equal(own.Credentials, new ProxyResolver(own, Variables("http_proxy=http://a:b@p:1")).Resolve("http", "h", 80)!.Credentials);
    }

    [Fact]
    public void A_proxy_of_the_options_is_before_the_environments()
    {
        var url = new Uri("socks5://user:secret@proxy.example");
        ProxyOptions options = new() { Url = url, NoProxy = "direct.example" };
        var resolver = new ProxyResolver(options, Variables("all_proxy=http://p:1;no_proxy=host.example"));
        Assert.Equal(new ProxyServer(ProxyKind.Socks5, "proxy.example", 1080, new("user", "secret")), resolver.Resolve("https", "host.example", 443));
        Assert.Null(resolver.Resolve("https", "direct.example", 443));

        // With the environment's list beside it, as a command's --proxy has it.
        var both = new ProxyResolver(ProxyOptions.Environment with { Url = url }, Variables("no_proxy=host.example"));
        Assert.Null(both.Resolve("https", "host.example", 443));
        Assert.NotNull(both.Resolve("https", "direct.example", 443));
    }

    [Fact]
    public void A_url_of_another_scheme_is_no_proxy() =>
        Assert.Throws<ArgumentException>(() => new ProxyOptions { Url = new Uri("ftp://proxy.example") });

    private static Func<string, string?> Variables(string text)
    {
        Dictionary<string, string> all = text.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return name => all.GetValueOrDefault(name);
    }
}
