using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients;

/// <summary>What is seen of files, and whether it is still the same.</summary>
internal static class SyncFiles
{
    public static FtpSyncFile Of(LocalEntry entry) =>
        new(entry.Kind, entry.Kind == FtpEntryKind.File ? entry.Size : null, entry.Modified, FtpTimePrecision.Tick);

    public static FtpSyncFile Of(TreeEntry entry) => new(entry.Kind, entry.SizeOrNull, entry.ModifiedOrNull, entry.Precision);

    /// <summary>What the server says of a path now; null for nothing.</summary>
    public static async ValueTask<FtpSyncFile?> FindAsync(FtpClient client, FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            FtpEntry entry = await client.StatAsync(path, cancellationToken).ConfigureAwait(false);
            return new FtpSyncFile(entry.Kind, entry.Size, entry.Modified, entry.ModifiedPrecision);
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return null;
        }
    }

    /// <summary>As the other one, in the words in which it was seen: LIST tells times of the server's own zone and cut off, so that only LIST says they are the same.</summary>
    public static async ValueTask<FtpSyncFile?> FindAsync(FtpClient client, FtpPath path, FtpSyncFile? seen, CancellationToken cancellationToken)
    {
        FtpSyncFile? now = await FindAsync(client, path, cancellationToken).ConfigureAwait(false);
        if (seen is not { Kind: FtpEntryKind.File, Modified: not null, Precision: FtpTimePrecision.Day or FtpTimePrecision.Minute } before) return now;
        if (now is not { Kind: FtpEntryKind.File } after || after.Size != before.Size || IsStill(seen, now)) return now;
        FtpSyncFile? listed = await ListedAsync(client, path, cancellationToken).ConfigureAwait(false);
        return listed is not null && IsStill(seen, listed) ? listed : now;
    }

    /// <summary>Whether what was seen is what is there now, as exactly as both are told.</summary>
    public static bool IsStill(FtpSyncFile? seen, FtpSyncFile? now)
    {
        if (seen is not { } before || now is not { } after) return seen is null && now is null;
        if (before.Kind != after.Kind) return false;
        if (before.Kind != FtpEntryKind.File) return true;
        return before.Size == after.Size && SameTime(before, after, TimeSpan.Zero);
    }

    /// <summary>Whether a copy has the size and the time of its source: a step that was done before.</summary>
    public static bool IsCopy(FtpSyncFile? source, FtpSyncFile? copy, TimeSpan tolerance) =>
        source is { Kind: FtpEntryKind.File } from && copy is { Kind: FtpEntryKind.File } to && from.Size == to.Size && SameTime(from, to, tolerance);

    // Most servers list a file by its path; for the others the directory above is read.
    private static async ValueTask<FtpSyncFile?> ListedAsync(FtpClient client, FtpPath path, CancellationToken cancellationToken)
    {
        (FtpPath directory, FtpPath name) = FtpDirectories.Split(path, client.Options.Encoding);
        byte[] wanted = name.Encode(client.Options.Encoding).ToArray();
        var options = new FtpListOptions { Hidden = true };
        foreach (FtpPath asked in (FtpPath[])[path, directory])
        {
            if (asked.Encode(client.Options.Encoding) is [(byte)'-', ..]) continue;
            FtpSyncFile? found = null;
            try
            {
                await foreach (FtpEntry entry in client.ListAsync(asked, options, cancellationToken).ConfigureAwait(false))
                {
                    if (entry.RawName.Span.SequenceEqual(wanted)) found = new FtpSyncFile(entry.Kind, entry.Size, entry.Modified, entry.ModifiedPrecision);
                }
            }
            catch (FtpReplyException refusal) when (!refusal.IsTransient)
            {
                // It lists directories only.
            }

            if (found is not null) return found;
        }

        return null;
    }

    private static bool SameTime(FtpSyncFile one, FtpSyncFile other, TimeSpan tolerance)
    {
        if (one.Modified is null || other.Modified is null) return one.Modified == other.Modified;
        // The one that is told less exactly is the one that is cut off.
        return one.Precision <= other.Precision
            ? ProtocolClients.SameTime.Of(one.Modified, one.Precision, other.Modified.Value, tolerance)
            : ProtocolClients.SameTime.Of(other.Modified, other.Precision, one.Modified.Value, tolerance);
    }
}

/// <summary>Hashes of files here.</summary>
internal static class LocalHash
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>The hash of a file, in lower-case hex digits.</summary>
    public static async ValueTask<string> OfAsync(string path, string algorithm, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.Asynchronous | FileOptions.SequentialScan);
        using var hasher = new FtpHasher(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await RandomAccess.ReadAsync(file, buffer, hasher.Bytes, cancellationToken).ConfigureAwait(false)) > 0) hasher.Append(buffer.AsSpan(0, read));
            return hasher.Hex();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
