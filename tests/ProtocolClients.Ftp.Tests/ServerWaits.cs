using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>Waits for what a server does by itself.</summary>
internal static class ServerWaits
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    /// <summary>Nobody is connected any more: what a client had sent before it left is done or dropped, and nothing of it comes between what follows.</summary>
    public static async Task LeftAsync(this MockFtpServer server)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        while (server.OpenConnections > 0 || server.OpenDataConnections > 0)
        {
            Assert.False(safety.IsCancellationRequested, $"A connection stays open.\n{server.Calls}");
            await Task.Yield();
        }
    }
}
