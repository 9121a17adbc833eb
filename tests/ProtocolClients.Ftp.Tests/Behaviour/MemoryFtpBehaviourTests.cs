using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>The behaviour on the mock server in memory: what goes over no socket goes another way through the client (no sendfile, no half-close).</summary>
public sealed class MemoryFtpBehaviourTests : FtpServerBehaviour, IAsyncDisposable
{
    private MockFtpServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<FtpClient> ConnectAsync(Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        _server ??= await MockFtpServer.StartInMemoryAsync();
        var options = new FtpClientOptions { Transport = _server.Transport, Resilience = ResilienceOptions.None };
        return new FtpClient(_server.Url, change?.Invoke(options) ?? options);
    }

    protected override async Task<string> FreshDirectoryAsync(FtpClient ftp)
    {
        await ftp.CreateDirectoryAsync("/fresh");
        return "/fresh";
    }
}
