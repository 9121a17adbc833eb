using System.Buffers;

namespace ProtocolClients.Tool;

/// <summary>Copies content to standard output, and says at the end whether it was what was announced.</summary>
internal static class ChecksumGate
{
    private const int BufferSize = 128 * 1024;

    /// <param name="source">The content.</param>
    /// <param name="target">Standard output.</param>
    /// <param name="checksum">What the content has to come to; null for anything.</param>
    /// <param name="limit">The most bytes that are taken.</param>
    /// <param name="rates">Limits of the rate, each of which is kept.</param>
    /// <param name="quota">Told of all bytes that come, those of a copy that fails included; null for none.</param>
    /// <param name="time">The time by which they are kept.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public static async Task<long> CopyAsync(
        Stream source, Stream target, Checksum? checksum, long limit, IReadOnlyList<RateLimit> rates, ByteQuota? quota, TimeProvider time, CancellationToken cancellationToken)
    {
        using ChecksumHash? hash = checksum?.CreateHash();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long total = 0;
            int count;
            int piece = rates.Aggregate(buffer.Length, static (most, rate) => Math.Min(most, rate.Piece));
            while ((count = await source.ReadAsync(buffer.AsMemory(0, piece), cancellationToken)) > 0)
            {
                total += count;
                quota?.Add(count);
                if (total > limit) throw new WireLimitException("--max-size", limit, "The content is longer than --max-size.");
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                hash?.AppendData(buffer.AsSpan(0, count));
                foreach (RateLimit rate in rates) await rate.PayAsync(count, time, cancellationToken);
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
