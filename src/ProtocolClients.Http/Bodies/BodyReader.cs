using System.Buffers;
using System.Text;

namespace ProtocolClients;

/// <summary>Reads whole bodies within a limit; never allocates by an announced length.</summary>
internal static class BodyReader
{
    public static async ValueTask<byte[]> ReadAllAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        int length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(checked(buffer.Length * 2));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                int read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0) return buffer.AsSpan(0, length).ToArray();
                length += read;
                if (length > limit) throw new WireLimitException(nameof(WireLimits.InMemory), limit, "The body exceeds the limit of what is held in memory.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static Encoding EncodingOf(string? charset)
    {
        if (charset is null) return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (ArgumentException cause)
        {
            throw new WireFormatException("The charset of the body is unknown here.", cause);
        }
    }

    public static string Decode(ReadOnlySpan<byte> bytes, Encoding fallback)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) return Encoding.UTF8.GetString(bytes[3..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return Encoding.Unicode.GetString(bytes[2..]);
        return fallback.GetString(bytes);
    }
}

/// <summary>Fails when more comes than may be taken.</summary>
internal sealed class LimitedStream(Stream inner, long limit) : ForwardStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _read += read;
        return _read <= limit
            ? read
            : throw new WireLimitException(nameof(WireLimits.InMemory), limit, "The body exceeds the limit of what is held in memory.");
    }
}
