using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>One of many files on its way here: left alone when it is here already, else fetched with what a listing told of it.</summary>
internal sealed class FileFetch(FtpClient client, FtpManyOptions options)
{
    // What a later run goes on with only when the server's own words for its time were noted.
    private const long ResumedFrom = 1024 * 1024;

    /// <summary>Whether the file here is the one there, as far as size and time tell.</summary>
    public bool IsUnchanged(string local, long? size, DateTimeOffset? modified, FtpTimePrecision precision)
    {
        if (!options.SkipUnchanged || size is null || modified is null) return false;
        return LocalEntry.Find(local) is { Kind: FtpEntryKind.File } here
            && here.Size == size
            && SameTime.Of(modified, precision, here.Modified, options.TimeTolerance);
    }

    public ValueTask<TransferResult> FetchAsync(
        FtpTransferOptions transfer, FtpPath remote, string local, long? size, DateTimeOffset? modified, FtpTimePrecision precision, CancellationToken cancellationToken)
    {
        // A time to the minute is good enough to compare with, not to keep.
        bool isExact = precision >= FtpTimePrecision.Second;
        bool isEnough = size is not null && (isExact || (size <= ResumedFrom && !transfer.KeepTime));
        return client.FetchAsync(remote, local, transfer, isEnough ? new FtpFacts(remote, size, isExact ? modified : null) : null, cancellationToken);
    }
}
