using ProtocolClients.HttpTests;
using ProtocolClients.Integration.Tests.Fleet;

namespace ProtocolClients.Integration.Tests.Http;

/// <summary>What the mock server shows, on a real one.</summary>
public abstract class RealServerBehaviour(RealServers servers, string service, string address) : HttpServerBehaviour, IAsyncLifetime
{
    protected override string Address => servers[address];

    protected override string Writable => "/put/";

    protected override Credentials Credentials => servers.Credentials;

    protected override TransportOptions Transport => servers.Trusting;

    public async ValueTask InitializeAsync() => await servers.RequireAsync(service);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

public sealed class NginxBehaviourTests(RealServers servers) : RealServerBehaviour(servers, "nginx", "NGINX_HTTP");

public sealed class NginxTlsBehaviourTests(RealServers servers) : RealServerBehaviour(servers, "nginx", "NGINX_HTTPS");

public sealed class ApacheBehaviourTests(RealServers servers) : RealServerBehaviour(servers, "apache", "APACHE_HTTP")
{
    protected override string Writable => "/dav/";
}

public sealed class ApacheTlsBehaviourTests(RealServers servers) : RealServerBehaviour(servers, "apache", "APACHE_HTTPS")
{
    protected override string Writable => "/dav/";
}
