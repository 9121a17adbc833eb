using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport;

/// <summary>Reads whole bodies within a limit, and as text. Never allocates by an announced length: what is held grows with what comes.</summary>
public static class BoundedReader
{
    /// <summary>Reads to the end.</summary>
    /// <param name="body">The body; not disposed.</param>
    /// <param name="limit">The most bytes taken.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="WireLimitException">There is more than the limit.</exception>
    public static async ValueTask<byte[]> ReadAllAsync(Stream body, long limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
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

    /// <summary>The encoding of a charset's name; UTF-8 for none.</summary>
    /// <param name="charset">The name as it stands in a media type; null for none.</param>
    /// <exception cref="WireFormatException">The name is unknown here.</exception>
    public static Encoding EncodingOf(string? charset)
    {
        if (charset is null) return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (Exception cause) when (cause is ArgumentException or NotSupportedException)
        {
            // UTF-7 is one that the platform knows, and refuses.
            throw new WireFormatException("The charset of the body is unknown here.", cause);
        }
    }

    /// <summary>Bytes as text: by their byte order mark, else by the encoding that was announced.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="announced">The encoding when there is no mark.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding announced)
    {
        ArgumentNullException.ThrowIfNull(announced);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) return Encoding.UTF8.GetString(bytes[3..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return Encoding.Unicode.GetString(bytes[2..]);
        return announced.GetString(bytes);
    }
}
