using System.Buffers;
using System.Security.Cryptography;

namespace ProtocolClients.Tool;

/// <summary>Copies content to standard output, and says at the end whether it was what was announced.</summary>
internal static class ChecksumGate
{
    private const int BufferSize = 128 * 1024;

    public static async Task<long> CopyAsync(Stream source, Stream target, Checksum? checksum, long limit, CancellationToken cancellationToken)
    {
        using IncrementalHash? hash = checksum?.CreateHash();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long total = 0;
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                total += count;
                if (total > limit) throw new WireLimitException("--max-size", limit, "The content is longer than --max-size.");
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                hash?.AppendData(buffer, 0, count);
            }

            await target.FlushAsync(cancellationToken);
            if (hash is not null) checksum!.Verify(hash);
            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
