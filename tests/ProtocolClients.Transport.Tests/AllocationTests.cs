using ProtocolClients.Transport.Tests.Channel;

namespace ProtocolClients.Transport.Tests;

/// <summary>What is measured here is the process's: nothing else runs beside it.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a peer announces is not allocated.</summary>
[Collection("alone")]
public sealed class AllocationTests
{
    [Fact]
    public async Task Row_16_Nothing_is_allocated_by_an_announced_length()
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await using WireChannel channel = Script.Of("abc").Open();
        await Assert.ThrowsAsync<WireFormatException>(() => channel.ReadBytesAsync(60_000_000).AsTask());
        await using WireChannel other = Script.Of("abc").Open();
        await Assert.ThrowsAsync<WireLimitException>(() => other.ReadBytesAsync(1L << 40).AsTask());
        await using WireChannel third = Script.Of("abc").Open();
        await using (Stream count = third.OpenCount(999_999_999_999))
        {
            await Assert.ThrowsAsync<WireFormatException>(() => count.CopyToAsync(Stream.Null));
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20_000_000);
    }
}
