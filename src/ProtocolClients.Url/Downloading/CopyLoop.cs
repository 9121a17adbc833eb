using System.Buffers;
using System.Runtime.CompilerServices;
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

    // What comes in small pieces (behind a head, or in records of TLS) is written together, while it is still in the processor's cache.
    private const int Together = 64 * 1024;

    /// <summary>Copies to the end of the content.</summary>
    /// <param name="source">The content.</param>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where in the file the content begins.</param>
    /// <param name="length">The bytes that are expected, when somebody said: the buffer need not be larger.</param>
    /// <param name="hasher">Takes every byte; null for none.</param>
    /// <param name="pace">How fast it may and must go.</param>
    /// <param name="written">Told the new end of the file after each piece.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask CopyAsync(
        Stream source, SafeFileHandle file, long offset, long? length, ContentHasher? hasher, Pace pace, Action<long> written, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length ?? MaxBuffer, MinBuffer, MaxBuffer));
        int from = 0;
        int to = 0;
        try
        {
            while (true)
            {
                ValueTask<int> next = pace.ReadAsync(source, buffer.AsMemory(to), cancellationToken);
                // Nothing more is here for now, or for good: the file gets what there is.
                if (!next.IsCompletedSuccessfully) Put();
                int read = await next.ConfigureAwait(false);
                pace.Count(read);
                to += read;
                if (read > 0 && to - from < Together && to < buffer.Length && !pace.MustPay) continue;
                Put();
                if (read == 0) return;
                from = to = 0;
                if (pace.MustPay) await pace.PayAsync(read, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        void Put()
        {
            if (to == from) return;
            hasher?.Append(buffer.AsSpan(from, to - from));
#pragma warning disable CA1849, MA0042 // A write to the page cache is done before a thread of the pool would have begun it.
            RandomAccess.Write(file, buffer.AsSpan(from, to - from), offset);
#pragma warning restore CA1849, MA0042
            offset += to - from;
            from = to;
            written(offset);
        }
    }
}
