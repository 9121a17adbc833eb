using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests.Client;

public sealed class DialersTests
{
    private static readonly DnsEndPoint Host = new("host.example", 21);
    private static readonly ProxyOptions Proxy = new() { Url = new Uri("socks5h://proxy.example:1080"), NoProxy = "direct.example" };
    private readonly List<EndPoint> _dialed = [];

    [Fact]
    public async Task A_dialer_of_ones_own_reaches_the_proxy_that_the_options_name()
    {
        await FailureOf(new TransportOptions { Dialer = Recording(), Proxy = Proxy }, Host);
        Assert.Equal(new DnsEndPoint("proxy.example", 1080), Assert.Single(_dialed));
    }

    [Fact]
    public async Task A_host_that_is_excepted_is_reached_directly()
    {
        var direct = new DnsEndPoint("direct.example", 21);
        await FailureOf(new TransportOptions { Dialer = Recording(), Proxy = Proxy }, direct);
        Assert.Equal(direct, Assert.Single(_dialed));
    }

    [Fact]
    public async Task A_Unix_domain_socket_is_dialed_without_the_proxy()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        TransportException failure = await FailureOf(new TransportOptions { UnixSocketPath = path, Proxy = Proxy }, Host);
        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_policy_judges_the_peer_and_not_the_proxy()
    {
        // Bound and not listening: nobody else can take the port meanwhile.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        var transport = new TransportOptions
        {
            AddressPolicy = AddressPolicy.PublicOnly.WithAllowedNames("host.example"),
            Proxy = new ProxyOptions { Url = new Uri($"http://127.0.0.1:{port}") },
        };

        Assert.Equal(TransportError.Connect, (await FailureOf(transport, Host)).Error);
        Assert.Equal(TransportError.AddressRefused, (await FailureOf(transport, new DnsEndPoint("other.example", 21))).Error);
        Assert.Equal(TransportError.AddressRefused, (await FailureOf(transport, new DnsEndPoint("10.0.0.1", 21))).Error);
    }

    [Fact]
    public async Task The_options_reach_the_sockets()
    {
        var transport = new TransportOptions { AddressPolicy = AddressPolicy.PublicOnly, Proxy = ProxyOptions.None };
        TransportException failure = await FailureOf(transport, new IPEndPoint(IPAddress.Loopback, 9));
        Assert.Equal(TransportError.AddressRefused, failure.Error);
    }

    private InMemoryDialer Recording() => new((endPoint, _) =>
    {
        _dialed.Add(endPoint);
        throw new IOException("nobody is there");
    });

    private static async Task<TransportException> FailureOf(TransportOptions transport, EndPoint endPoint) =>
        await Assert.ThrowsAsync<TransportException>(() => Dialers.Create(new Options { Transport = transport }, "ftp")
            .DialAsync(endPoint).AsTask().WaitAsync(TimeSpan.FromMinutes(2)));

    private sealed record Options : ClientOptions;
}
