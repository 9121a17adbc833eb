using System.Net;
using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

/// <summary>NTLM, and Negotiate with NTLM inside, against the mock server's own verification.</summary>
public class ConnectionAuthenticationTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_connection_is_proved_once_and_used_again(bool negotiate, bool tls)
    {
        await using MockHttpServer server = await MockHttpServer.StartAsync(new() { Tls = tls });
        server.Authentication = MockAuthentication.Ntlm("ann", "sécret", negotiate);
        server.Routes.On("*", "/").Respond("in");
        await using var http = new HttpSession(server.ClientOptions with { Credentials = new("ann", "sécret") });
        for (int i = 0; i < 3; i++)
        {
            using HttpReply reply = await http.PostAsync(server.Url.AbsoluteUri, new StringContent("body")).WaitAsync(Safety);
            Assert.Equal("in", await reply.EnsureSuccess().ReadTextAsync().WaitAsync(Safety));
        }

        Assert.Equal(tls ? [401, 401, 401, 200, 200, 200] : [401, 401, 200, 200, 200], server.Calls.Select(static call => call.Status));
        Assert.Equal(2, server.Calls.Select(static call => call.ConnectionId).Distinct().Count());
        Assert.Single(server.Calls.Skip(1).Select(static call => call.ConnectionId).Distinct());
        Assert.All(server.Calls.Where(static call => call.Status == 200), static call => Assert.Equal("body", call.BodyText));
    }
}
