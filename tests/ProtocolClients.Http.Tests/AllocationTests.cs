namespace ProtocolClients.HttpTests;

/// <summary>What is measured here is the process's: nothing else runs beside it.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a server announces is not allocated.</summary>
[Collection("alone")]
public sealed class AllocationTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private static readonly HttpSessionOptions Options = new()
    {
        Resilience = ResilienceOptions.None,
        Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
    };

    [Fact]
    public async Task Row_16_nothing_is_allocated_by_an_announced_length()
    {
        await using var server = new RawServer(async (_, stream, stop) =>
        {
            await RawServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\nabc", stop);
            throw new RawServer.CloseException();
        });
        await using var http = new HttpSession(Options);
        using HttpReply reply = await http.GetAsync(server.Url).WaitAsync(Safety);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Assert.ThrowsAsync<IntegrityException>(() => reply.ReadBytesAsync().WaitAsync(Safety));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 * 1024 * 1024);
    }
}
