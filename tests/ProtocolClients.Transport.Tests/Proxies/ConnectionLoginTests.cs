using System.Net;
using System.Text;
using ProtocolClients.Servers;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Proxies;

/// <summary>Logins that are bound to a connection (NTLM, Negotiate) inside CONNECT, against the mock proxy's own verification.</summary>
public sealed class ConnectionLoginTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_tunnel_is_opened_after_one_handshake_on_one_connection(bool negotiate, bool tls)
    {
        await using MockProxyServer proxy = await MockProxyServer.StartAsync(new() { Tls = tls });
        proxy.Authentication = MockAuthentication.Ntlm("ann", "sécret", negotiate);
        await using TcpServer peer = Greeter();
        ProxyDialer dialer = Dialer(proxy, new Credentials("ann", "sécret"));
        for (int i = 0; i < 2; i++)
        {
            await using Connection connection = await dialer.DialAsync(peer.EndPoint).AsTask().WaitAsync(Safety);
            Assert.Equal("hello", await FakeProxy.ReadAsync(connection, 5));
        }

        // The second tunnel begins with the handshake at once; each has a connection of its own, since the tunnel takes it.
        Assert.Equal([407, 407, 200, 407, 200], proxy.Calls.Select(static call => call.Status));
        Assert.Equal([1, 1, 1, 2, 2], proxy.Calls.Select(static call => call.ConnectionId));
        Assert.All(proxy.Calls.Skip(1), call => Assert.StartsWith(negotiate ? "Negotiate " : "NTLM ", call.ProxyAuthorization, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proxy_that_closes_when_it_asks_is_dialed_again_and_one_that_closes_in_the_middle_is_left()
    {
        await using MockProxyServer proxy = await MockProxyServer.StartAsync();
        proxy.Authentication = MockAuthentication.Ntlm("ann", "secret");
        proxy.ClosesWhenAsking = true;
        await using TcpServer peer = Greeter();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => Dialer(proxy, new Credentials("ann", "secret")).DialAsync(peer.EndPoint).AsTask().WaitAsync(Safety));
        Assert.Equal(TransportError.Proxy, failure.Error);
        Assert.Contains("in the middle of a login", failure.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], proxy.Calls.Select(static call => call.ConnectionId));
    }

    [Theory]
    [InlineData("ann", "guess", false)]
    [InlineData("ann", "guess", true)]
    [InlineData("bob", "secret", false)]
    public async Task Wrong_credentials_are_refused_after_one_handshake(string user, string password, bool negotiate)
    {
        await using MockProxyServer proxy = await MockProxyServer.StartAsync();
        proxy.Authentication = MockAuthentication.Ntlm("ann", "secret", negotiate);
        await using TcpServer peer = Greeter();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => Dialer(proxy, new Credentials(user, password)).DialAsync(peer.EndPoint).AsTask().WaitAsync(Safety));
        Assert.Contains("does not accept the credentials", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal([407, 407, 407], proxy.Calls.Select(static call => call.Status));
        Assert.Equal(0, peer.AcceptedConnections);
    }

    [Fact]
    public async Task The_strongest_of_several_is_taken()
    {
        await using MockProxyServer proxy = await MockProxyServer.StartAsync();
        proxy.Authentication = MockAuthentication.AnyOf(
            MockAuthentication.Basic("ann", "secret"), MockAuthentication.Digest("ann", "secret", "SHA-256"), MockAuthentication.Ntlm("ann", "secret"));
        await using TcpServer peer = Greeter();
        await using Connection connection = await Dialer(proxy, new Credentials("ann", "secret")).DialAsync(peer.EndPoint).AsTask().WaitAsync(Safety);
        Assert.StartsWith("NTLM ", proxy.Calls.Last().ProxyAuthorization, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", proxy.Transcript.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NTLM", "does not accept the credentials")]
    [InlineData("NTLM !!!", "malformed")]
    [InlineData("NTLM TlRMTVNTUAACAAAA", "malformed")]
    public async Task A_proxy_that_asks_for_ever_or_talks_nonsense_is_left(string challenge, string reason)
    {
        int asked = 0;
        FakeProxy proxy = new FakeProxy().Then(async stream =>
        {
            while ((await FakeProxy.HeadAsync(stream)).Length > 0 && ++asked < 20)
            {
                string now = asked == 1 ? "NTLM" : challenge;
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 407 A\r\nProxy-Authenticate: {now}\r\nContent-Length: 0\r\n\r\n"));
            }
        });
        TransportException failure = await SocksTests.RefusedAsync(proxy, "http://user:secret@proxy.example:3128");
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.InRange(asked, 2, 4);
    }

    private static TcpServer Greeter() => TcpServer.Start(
        new IPEndPoint(IPAddress.Loopback, 0), async (connection, stop) => await connection.WriteAsync("hello", stop));

    private static ProxyDialer Dialer(MockProxyServer proxy, Credentials credentials) => new(
        new SocketDialer(),
        ProxyServer.FromUrl(proxy.Url, credentials),
        new ProxyDialerOptions { Tls = new TlsOptions { Roots = [TestCertificates.Shared.Authority] } });
}
