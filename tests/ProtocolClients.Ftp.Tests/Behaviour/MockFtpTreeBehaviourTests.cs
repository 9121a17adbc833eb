using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>The behaviour of trees on the mock server, over sockets.</summary>
public sealed class MockFtpTreeBehaviourTests : FtpTreeBehaviour, IAsyncDisposable
{
    private MockFtpServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<FtpClient> ConnectAsync(Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        _server ??= await MockFtpServer.StartAsync();
        var options = new FtpClientOptions { Transport = _server.Transport, Resilience = ResilienceOptions.None };
        return new FtpClient(_server.Url, change?.Invoke(options) ?? options);
    }

    protected override async Task<string> FreshDirectoryAsync(FtpClient ftp)
    {
        await ftp.CreateDirectoryAsync("/fresh");
        return "/fresh";
    }
}
