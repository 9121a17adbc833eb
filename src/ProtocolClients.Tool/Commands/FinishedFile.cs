
namespace ProtocolClients.Tool;

/// <summary>A file under the name of a download that goes on: what an earlier run brought to its end, or another one.</summary>
internal static class FinishedFile
{
    private const int BufferSize = 128 * 1024;

    /// <summary>The file, when it has the length that the server says of the content, and its checksums; null for another one, or when nothing can be told.</summary>
    /// <exception cref="IntegrityException">The length is right, and a checksum is not.</exception>
    public static async Task<DownloadPlan?> FindAsync(DownloadRequest request, Downloader downloader, CancellationToken cancellationToken)
    {
        DownloadPlan plan;
        try
        {
            plan = await downloader.PlanAsync(request with { WhenExists = ExistingFile.Overwrite, Continue = false }, cancellationToken);
        }
        catch (ProtocolClientException)
        {
            return null;
        }

        var file = new FileInfo(plan.Path);
        if (!file.Exists || file.Length != plan.Length) return null;
        foreach (Checksum checksum in request.Checksums) await VerifyAsync(plan.Path, checksum, cancellationToken);
        return plan;
    }

    private static async Task VerifyAsync(string path, Checksum checksum, CancellationToken cancellationToken)
    {
        using ChecksumHash hash = checksum.CreateHash();
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (file)
        {
            byte[] buffer = new byte[BufferSize];
            int count;
            while ((count = await file.ReadAsync(buffer, cancellationToken)) > 0) hash.AppendData(buffer.AsSpan(0, count));
        }

        checksum.Verify(hash);
    }
}
