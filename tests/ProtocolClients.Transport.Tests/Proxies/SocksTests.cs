using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;
using ProtocolClients.Transport;
using static ProtocolClients.Tests.Proxies.FakeProxy;

namespace ProtocolClients.Tests.Proxies;

public sealed class SocksTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly EndPoint Host = new DnsEndPoint("host.example", 443);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Socks5h_gives_the_name_to_the_proxy(bool drip)
    {
        FakeProxy proxy = new FakeProxy { Drip = drip }.Then(false,
            ClientHex("05 01 00"), ProxyHex("05 00"),
            ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 7f 00 00 01 12 34 'hello'"));
        await using Connection connection = await DialAsync(proxy, "socks5h://proxy.example:1080", Host);
        Assert.Equal("hello", await ReadAsync(connection, 5));
        Assert.Equal(Host, connection.EndPoint);
        Assert.Equal("socks5h://proxy.example:1080", connection.Proxy);
        Assert.Equal([new DnsEndPoint("proxy.example", 1080)], proxy.Dialed);
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("05 00 00 01 01 02 03 04 00 01")]
    [InlineData("05 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 01")]
    [InlineData("05 00 00 03 04 'name' 00 01")]
    [InlineData("05 00 00 03 00 00 01")]
    public async Task A_reply_of_every_address_type_is_read_to_its_end_and_no_further(string reply)
    {
        foreach (bool drip in new[] { false, true })
        {
            FakeProxy proxy = new FakeProxy { Drip = drip }.Then(false,
                ClientHex("05 01 00"), ProxyHex("05 00"), ClientHex("05 01 00 01 0a 00 00 01 00 50"), ProxyHex(reply + " 'x'"));
            await using Connection connection = await DialAsync(proxy, "socks5h://p", new IPEndPoint(IPAddress.Parse("10.0.0.1"), 80));
            Assert.Equal("x", await ReadAsync(connection, 1));
        }
    }

    [Fact]
    public async Task Socks5_takes_ipv6_addresses()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 01 00"), ProxyHex("05 00"),
            ClientHex("05 01 00 04 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 00 50"), ProxyHex("05 00 00 01 00 00 00 00 00 00"));
        await using Connection connection = await DialAsync(proxy, "socks5h://p", new DnsEndPoint("2001:db8::1", 80));
        await proxy.DoneAsync();
    }

    [Fact]
    public async Task Socks5_resolves_the_name_here()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 01 00"), ProxyHex("05 00"), ClientHex("05 01 00 01 c0 00 02 07 01 bb"), ProxyHex("05 00 00 01 00 00 00 00 00 00"));
        await using Connection connection = await DialAsync(proxy, "socks5://p", Host);
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("01 00")]
    [InlineData("05 00")]
    public async Task Socks5_logs_in_when_the_proxy_chooses_so(string accepted)
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 02 00 02"), ProxyHex("05 02"), ClientHex("01 04 'user' 06 'secret'"), ProxyHex(accepted),
            ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 00 00 00 00 00 00"));
        await using Connection connection = await DialAsync(proxy, "socks5h://user:secret@p", Host);
        Assert.Equal("socks5h://p:1080", connection.Proxy);
        await proxy.DoneAsync();
    }

    [Fact]
    public async Task Socks5_shows_no_password_to_a_proxy_that_asks_for_none()
    {
        FakeProxy proxy = new FakeProxy().Then(false,
            ClientHex("05 02 00 02"), ProxyHex("05 00"), ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 00 00 00 00 00 00"));
        await using Connection connection = await DialAsync(proxy, "socks5h://user:secret@p", Host);
        await proxy.DoneAsync();
    }

    [Theory]
    [InlineData("socks5h://user:wrong@p", "does not accept the user and password", "05 02", "01 01")]
    [InlineData("socks5h://user:wrong@p", "neither a password nor no authentication", "05 ff", "")]
    [InlineData("socks5h://p", "asks for credentials", "05 ff", "")]
    [InlineData("socks5h://p", "method 2 that was not offered", "05 02", "")]
    [InlineData("socks5h://p", "method 1 that was not offered", "05 01", "")]
    [InlineData("socks5h://p", "none of SOCKS 5", "04 00", "")]
    [InlineData("socks5h://p", "none of SOCKS 5", "'HT'", "")]
    public async Task A_login_that_fails_is_a_proxy_failure_that_is_not_repeated(string url, string reason, string method, string status)
    {
        FakeProxy proxy = new FakeProxy().Then(true,
            ClientHex(url.Contains('@', StringComparison.Ordinal) ? "05 02 00 02" : "05 01 00"), ProxyHex(method),
            ClientHex(status.Length > 0 ? "01 04 'user' 05 'wrong'" : ""), ProxyHex(status));
        TransportException failure = await RefusedAsync(proxy, url);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "general failure")]
    [InlineData(2, "not allowed")]
    [InlineData(3, "network unreachable")]
    [InlineData(4, "host unreachable")]
    [InlineData(5, "connection refused")]
    [InlineData(6, "TTL expired")]
    [InlineData(7, "command not supported")]
    [InlineData(8, "address type not supported")]
    [InlineData(9, "reply code 9")]
    [InlineData(255, "reply code 255")]
    public async Task Each_refusal_of_socks5_says_why_even_when_it_is_cut_behind_its_code(byte code, string reason)
    {
        foreach (string rest in new[] { "", " 00 01 00 00 00 00 00 00" })
        {
            FakeProxy proxy = new FakeProxy().Then(true,
                ClientHex("05 01 00"), ProxyHex("05 00"), ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex($"05 {code:x2}{rest}"));
            Assert.Contains(reason, (await RefusedAsync(proxy, "socks5h://p")).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    public async Task A_proxy_that_goes_away_in_the_middle_of_socks5_is_a_failure(int after)
    {
        byte[] whole = [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
        FakeProxy proxy = new FakeProxy().Then(true,
            ClientHex("05 01 00"), ('<', whole[..Math.Min(after, 2)]),
            ClientHex(after < 2 ? "" : "05 01 00 03 0c 'host.example' 01 bb"), ('<', whole[Math.Min(after, 2)..after]));
        TransportException failure = await RefusedAsync(proxy, "socks5h://p");
        Assert.Contains("in the middle of the handshake", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_address_type_in_the_reply_is_a_failure()
    {
        FakeProxy proxy = new FakeProxy().Then(false, ProxyHex("05 00"), ProxyHex("05 00 00 02 00 00 00 00 00 00"));
        Assert.Contains("unknown address type 2", (await RefusedAsync(proxy, "socks5h://p")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks4://p", "04 01 01 bb c0 00 02 07 00")]
    [InlineData("socks4://me@p", "04 01 01 bb c0 00 02 07 'me' 00")]
    [InlineData("socks4a://p", "04 01 01 bb 00 00 00 01 00 'host.example' 00")]
    [InlineData("socks4a://me:x@p", "04 01 01 bb 00 00 00 01 'me' 00 'host.example' 00")]
    public async Task Socks4_asks_for_an_address_and_4a_for_a_name(string url, string request)
    {
        foreach (bool drip in new[] { false, true })
        {
            FakeProxy proxy = new FakeProxy { Drip = drip }.Then(false, ClientHex(request), ProxyHex("00 5a 00 00 00 00 00 00 'hi'"));
            await using Connection connection = await DialAsync(proxy, url, Host);
            Assert.Equal("hi", await ReadAsync(connection, 2));
            await proxy.DoneAsync();
        }
    }

    [Theory]
    [InlineData("00 5b 00 00 00 00 00 00", "rejected or failed")]
    [InlineData("00 5c 00 00 00 00 00 00", "cannot reach our identd")]
    [InlineData("00 5d 00 00 00 00 00 00", "another user")]
    [InlineData("00 5e 00 00 00 00 00 00", "none of SOCKS 4")]
    [InlineData("05 5a 00 00 00 00 00 00", "none of SOCKS 4")]
    [InlineData("00 5a 00", "in the middle of the handshake")]
    [InlineData("", "in the middle of the handshake")]
    public async Task Each_refusal_of_socks4_says_why(string reply, string reason)
    {
        FakeProxy proxy = new FakeProxy().Then(true, ClientHex("04 01 01 bb 00 00 00 01 00 'host.example' 00"), ProxyHex(reply));
        Assert.Contains(reason, (await RefusedAsync(proxy, "socks4a://p")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks4://p")]
    [InlineData("socks4a://p")]
    public async Task Socks4_has_no_ipv6(string url)
    {
        var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(new FakeProxy(), url, new IPEndPoint(IPAddress.IPv6Loopback, 80)));
        Assert.Contains("no IPv6", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("socks5h")]
    [InlineData("socks5")]
    [InlineData("socks4a")]
    [InlineData("http")]
    public async Task Row_39_a_host_over_255_bytes_is_an_error_and_never_resolved_here(string scheme)
    {
        string host = string.Join('.', Enumerable.Repeat(new string('a', 63), 4)) + ".example";
        var proxy = new FakeProxy();
        var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(proxy, scheme + "://p", new DnsEndPoint(host, 80), resolver: Unused));
        Assert.Equal(TransportError.NameResolution, failure.Error);
        Assert.False(failure.IsTransient);
        Assert.Empty(proxy.Dialed);
    }

    [Theory]
    [InlineData("a b.example")]
    [InlineData("a\r\nX: y")]
    [InlineData("127.1")]
    [InlineData("0x7f000001")]
    [InlineData("2130706433")]
    public async Task A_host_that_is_none_is_not_given_to_a_proxy(string host)
    {
        foreach (string url in new[] { "socks5h://p", "socks4a://p", "http://p:1" })
        {
            var proxy = new FakeProxy();
            var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(proxy, url, new DnsEndPoint(host, 80), resolver: Unused));
            Assert.Equal(TransportError.NameResolution, failure.Error);
            Assert.Empty(proxy.Dialed);
        }
    }

    [Fact]
    public async Task Credentials_that_do_not_fit_are_refused_before_a_byte_is_sent()
    {
        foreach (Credentials credentials in new[] { new Credentials(new string('u', 256), "x"), new Credentials("", "x"), new Credentials("u", new string('s', 256)) })
        {
            FakeProxy proxy = new FakeProxy().Then(async stream => Assert.Equal(0, await stream.ReadAsync(new byte[1])));
            var dialer = new ProxyDialer(proxy.Dialer, new ProxyServer(ProxyKind.Socks5h, "p", 1080, credentials));
            var failure = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(Host).AsTask().WaitAsync(Safety));
            Assert.Contains("255", failure.Message, StringComparison.Ordinal);
            await proxy.DoneAsync();
        }
    }

    [Fact]
    public async Task With_a_policy_a_name_that_the_proxy_would_resolve_is_refused_unless_allowed_by_name()
    {
        ProxyDialerOptions policy = new() { AddressPolicy = AddressPolicy.PublicOnly };
        foreach (string url in new[] { "socks5h://p", "socks4a://p", "http://p:1", "https://p:1" })
        {
            var proxy = new FakeProxy();
            var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(proxy, url, Host, policy));
            Assert.Equal(TransportError.AddressRefused, failure.Error);
            Assert.Empty(proxy.Dialed);
        }

        FakeProxy allowed = new FakeProxy().Then(false, ClientHex("05 01 00"), ProxyHex("05 00"),
            ClientHex("05 01 00 03 0c 'host.example' 01 bb"), ProxyHex("05 00 00 01 00 00 00 00 00 00"));
        await using Connection connection = await DialAsync(
            allowed, "socks5h://p", Host, policy with { AddressPolicy = AddressPolicy.PublicOnly.WithAllowedNames("host.example") });
    }

    [Theory]
    [InlineData("socks5h://p", "10.0.0.1")]
    [InlineData("http://p:1", "10.0.0.1")]
    [InlineData("http://p:1", "::ffff:10.0.0.1")]
    [InlineData("socks5://p", "inside.example")]
    public async Task With_a_policy_a_forbidden_address_is_refused(string url, string host)
    {
        var proxy = new FakeProxy();
        var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(proxy, url, new DnsEndPoint(host, 80),
            new() { AddressPolicy = AddressPolicy.PublicOnly }, (_, _, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1")])));
        Assert.Equal(TransportError.AddressRefused, failure.Error);
        Assert.Empty(proxy.Dialed);
    }

    [Fact]
    public async Task A_silent_proxy_misses_the_connect_deadline()
    {
        var time = new VirtualTime();
        FakeProxy proxy = new FakeProxy().Then(false, ClientHex("05 01 00"));
        Task<Connection> dialing = DialAsync(proxy, "socks5h://p", Host, new() { TimeProvider = time });
        await proxy.DoneAsync();
        time.Advance(Deadlines.Default.Connect);
        var failure = await Assert.ThrowsAsync<TransportException>(() => dialing);
        Assert.Equal(TransportError.Timeout, failure.Error);
        Assert.Equal(DeadlinePhase.Connect, failure.Phase);
    }

    [Fact]
    public async Task A_cancelled_dial_is_a_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        FakeProxy proxy = new FakeProxy().Then(false, ClientHex("05 01 00"));
        Task<Connection> dialing = DialAsync(proxy, "socks5h://p", Host, cancellationToken: cancel.Token);
        await proxy.DoneAsync();
        await cancel.CancelAsync();
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing);
        Assert.Equal(cancel.Token, failure.CancellationToken);
    }

    [Fact]
    public async Task A_proxy_that_is_not_reached_is_named()
    {
        var inner = new InMemoryDialer((_, _) => throw new SocketException((int)SocketError.ConnectionRefused));
        var dialer = new ProxyDialer(inner, ProxyServer.FromUrl(new Uri("socks5h://user:secret@p")));
        var failure = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(Host).AsTask());
        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.True(failure.IsTransient);
        Assert.Contains("The proxy socks5h://p:1080 was not reached", failure.Message, StringComparison.Ordinal);
        Assert.Single(failure.Attempts);
        Assert.Equal(Host, failure.Endpoint);
    }

    internal static async Task<Connection> DialAsync(
        FakeProxy proxy, string url, EndPoint target, ProxyDialerOptions? options = null, HostResolver? resolver = null, CancellationToken cancellationToken = default)
    {
        var dialer = new ProxyDialer(
            proxy.Dialer,
            ProxyServer.FromUrl(new Uri(url)),
            options ?? new() { Deadlines = Deadlines.None },
            resolver ?? ((host, _, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("192.0.2.7")])));
        return await dialer.DialAsync(target, cancellationToken).AsTask().WaitAsync(Safety, CancellationToken.None);
    }

    internal static async Task<TransportException> RefusedAsync(FakeProxy proxy, string url, ProxyDialerOptions? options = null)
    {
        var failure = await Assert.ThrowsAsync<TransportException>(() => DialAsync(proxy, url, Host, options));
        Assert.Equal(TransportError.Proxy, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
        Assert.False(failure.IsTransient);
        Assert.Equal(Host, failure.Endpoint);
        return failure;
    }

    private static Task<IPAddress[]> Unused(string host, AddressFamily family, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("The name was resolved here.");
}
