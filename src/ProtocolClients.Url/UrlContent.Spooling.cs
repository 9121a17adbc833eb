using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class UrlContent
{
    /// <summary>
    /// The rest of the content where it can be read again and from anywhere: in memory while it is small, else in a temporary file that is
    /// deleted when the result is disposed, when the process ends, or, if that is killed, when the next one starts (Python's
    /// <c>SpooledTemporaryFile</c>). This object is read to its end and disposed, so that its connection is free.
    /// </summary>
    /// <param name="memoryLimit">The most bytes kept in memory; one MiB by default.</param>
    /// <param name="limit">The most bytes taken at all; null for as many as there are.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The same facts with a stream that can seek, from its beginning, and the length that was counted.</returns>
    /// <exception cref="WireLimitException">There is more than the limit; nothing is kept.</exception>
    /// <exception cref="IOException">The disk is full, or another local failure; nothing is kept.</exception>
    public async Task<UrlContent> SpoolAsync(long memoryLimit = 1024 * 1024, long? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryLimit);
        if (limit is { } most) ArgumentOutOfRangeException.ThrowIfNegative(most, nameof(limit));
        await using (this.ConfigureAwait(false))
        {
            var spool = new SpoolWriter(Math.Min(memoryLimit, Array.MaxLength), limit ?? long.MaxValue);
            await using (spool.ConfigureAwait(false))
            {
                await spool.FillAsync(Stream, cancellationToken).ConfigureAwait(false);
                long length = spool.Length;
                return new UrlContent(spool.Detach(), FinalUrl)
                {
                    Length = length,
                    MediaType = MediaType,
                    Charset = Charset,
                    LastModified = LastModified,
                    Headers = Headers,
                    Total = Total ?? (Offset + length),
                    Offset = Offset,
                    IsNotModified = IsNotModified,
                    Validator = Validator,
                    InMemoryLimit = InMemoryLimit,
                };
            }
        }
    }
}
