using ProtocolClients.Testing;

namespace ProtocolClients.HttpTests;

public sealed class MockServerBehaviourTests : HttpServerBehaviour, IAsyncLifetime
{
    private MockHttpServer _server = null!;

    protected override string Address => _server.Url.AbsoluteUri.TrimEnd('/');

    protected override string Writable => "/put/";

    protected override Credentials Credentials { get; } = new("fleet", "secret");

    protected override TransportOptions Transport => _server.Transport;

    public async ValueTask InitializeAsync()
    {
        _server = await MockHttpServer.StartAsync(new() { WritableFiles = true });
        _server.Files["hello.txt"] = Text;
        _server.Routes.Get("/basic/hello.txt").Protect(MockAuthentication.Basic("fleet", "secret")).Respond(Text);
        _server.Routes.Get("/redirect").Redirect("/hello.txt");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
