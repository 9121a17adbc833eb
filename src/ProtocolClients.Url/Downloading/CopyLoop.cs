using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients;

/// <summary>
/// The one place where content becomes a file. Reads go from the socket into one pooled buffer, and from it to the file by
/// offset: no stream in between, no copy, no growth.
/// </summary>
internal static class CopyLoop
{
    // Each read that has to wait costs a trip through the thread pool: a quarter of this took a third more processor time.
    private const int MaxBuffer = 1024 * 1024;
    private const int MinBuffer = 16 * 1024;

    /// <summary>Copies to the end of the content.</summary>
    /// <param name="source">The content.</param>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where in the file the content begins.</param>
    /// <param name="length">The bytes that are expected, when somebody said: the buffer need not be larger.</param>
    /// <param name="hasher">Takes every byte; null for none.</param>
    /// <param name="pace">How fast it may and must go.</param>
    /// <param name="written">Told the new end of the file after each piece.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public static async ValueTask CopyAsync(
        Stream source, SafeFileHandle file, long offset, long? length, ContentHasher? hasher, Pace pace, Action<long> written, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length ?? MaxBuffer, MinBuffer, MaxBuffer));
        try
        {
            while (true)
            {
                int read = await pace.ReadAsync(source, buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0) return;
                pace.Count(read);
                hasher?.Append(buffer.AsSpan(0, read));
#pragma warning disable CA1849, MA0042 // A write to the page cache is done before a thread of the pool would have begun it.
                RandomAccess.Write(file, buffer.AsSpan(0, read), offset);
#pragma warning restore CA1849, MA0042
                offset += read;
                written(offset);
                if (pace.IsLimited) await pace.PayAsync(read, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
