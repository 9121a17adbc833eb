using System.Text;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>Requests through two proxies: by tunnels, and in absolute form to the second.</summary>
public sealed class ProxyChainTests : IAsyncLifetime
{
    private MockHttpServer _server = null!;
    private MockProxyServer _first = null!;
    private MockProxyServer _second = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync(new() { Tls = true });
        _server.Routes.Get("/r").Respond("hello");
        _first = await MockProxyServer.StartAsync();
        _first.Authentication = MockAuthentication.Basic("one", "first-secret");
        _second = await MockProxyServer.StartAsync();
        _second.Authentication = MockAuthentication.Basic("two", "second-secret");
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_tunnel_leads_through_both_and_each_sees_its_own_credentials()
    {
        await using var http = new HttpSession(Options(_server, _second.Url));
        using HttpReply reply = await http.GetAsync(_server.Url + "r");
        Assert.Equal("hello", await reply.ReadTextAsync());
        Assert.All(_first.Calls, call => Assert.Equal(_second.Url.Authority, call.Authority));
        Assert.Equal(["", Basic("one:first-secret")], _first.Calls.Select(static call => call.ProxyAuthorization));
        Assert.All(_second.Calls, call => Assert.Equal(_server.Url.Authority, call.Authority));
        Assert.Equal(["", Basic("two:second-secret")], _second.Calls.Select(static call => call.ProxyAuthorization));
        Assert.Equal(("", ""), (_server.Calls.Single("GET", "/r")["Proxy-Authorization"], _server.Calls.Single("GET", "/r")["Authorization"]));
    }

    [Fact]
    public async Task A_request_in_absolute_form_reaches_the_second_through_the_first()
    {
        await using MockHttpServer forwarding = await MockHttpServer.StartAsync();
        forwarding.ProxyAuthentication = MockAuthentication.Basic("two", "second-secret");
        forwarding.Routes.Get("/r").Respond("by the proxy");
        await using var http = new HttpSession(Options(forwarding, forwarding.Url));
        using HttpReply reply = await http.GetAsync("http://origin.example/r");
        Assert.Equal("by the proxy", await reply.ReadTextAsync());
        Assert.All(_first.Calls, call => Assert.Equal(forwarding.Url.Authority, call.Authority));
        Assert.Equal(Basic("one:first-secret"), _first.Calls.Last().ProxyAuthorization);
        Assert.All(forwarding.Calls, static call => Assert.Equal("http://origin.example/r", call.Target));
        Assert.Equal(["", Basic("two:second-secret")], forwarding.Calls.Select(static call => call["Proxy-Authorization"]));
    }

    [Fact]
    public async Task No_proxy_leads_past_both()
    {
        HttpSessionOptions options = Options(_server, _second.Url);
        await using var http = new HttpSession(options with { Transport = options.Transport with { Proxy = options.Transport.Proxy with { NoProxy = _server.Url.Host } } });
        using HttpReply reply = await http.GetAsync(_server.Url + "r");
        Assert.True(reply.IsSuccess);
        Assert.Empty(_first.Calls);
        Assert.Empty(_second.Calls);
    }

    [Fact]
    public async Task A_first_one_that_refuses_is_named_and_the_second_hears_of_nothing()
    {
        HttpSessionOptions options = Options(_server, _second.Url);
        options = options with { Transport = options.Transport with { Proxy = options.Transport.Proxy with { PreProxyCredentials = new("one", "wrong") } } };
        await using var http = new HttpSession(options);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => http.GetAsync(_server.Url + "r"));
        Assert.Equal((TransportError.Proxy, Delivery.NotSent), (refused.Error, refused.Delivery));
        Assert.Contains(_first.Url.Authority, refused.Message, StringComparison.Ordinal);
        Assert.Empty(_second.Calls);
        Assert.Empty(_server.Calls);
    }

    private HttpSessionOptions Options(MockHttpServer server, Uri second) => server.ClientOptions with
    {
        Transport = server.Transport with
        {
            Dialer = null,
            Proxy = new()
            {
                PreProxy = _first.Url,
                PreProxyCredentials = new("one", "first-secret"),
                Url = second,
                Credentials = new("two", "second-secret"),
            },
        },
    };

    private static string Basic(string text) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
