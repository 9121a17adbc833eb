namespace ProtocolClients.Tool;

/// <summary>What stands behind a name on an ftp server, asked after it was refused: servers say no more than that there is no such file.</summary>
internal static class FtpKinds
{
    /// <summary>Whether there is a directory of a name; false too when that cannot be told.</summary>
    public static async Task<bool> IsDirectoryAsync(FtpClient ftp, FtpPath path, CancellationToken cancellationToken) =>
        await OfAsync(ftp, path, cancellationToken) == FtpEntryKind.Directory;

    /// <summary>Whether the server says that there is nothing of a name.</summary>
    public static async Task<bool> IsNothingAsync(FtpClient ftp, FtpPath path, CancellationToken cancellationToken) =>
        await OfAsync(ftp, path, cancellationToken) is null;

    /// <summary>What a download met, in words that say what to do.</summary>
    public static async Task<Exception> ExplainAsync(string url, Exception failure, UrlOpenerOptions options, CancellationToken cancellationToken)
    {
        if (!WildcardUrls.IsFtp(url))
        {
            return failure is ArgumentException && WildcardUrls.HasStar(url)
                ? new UsageException("A star stands for files in an ftp URL only; a web server has no list of them to choose from.")
                : failure;
        }

        if (failure is not FtpReplyException { IsTransient: false }) return failure;
        var parsed = FtpUrl.Parse(url);
        FtpClient ftp = FtpClients.For(parsed, options);
        await using (ftp) return await IsDirectoryAsync(ftp, parsed.Path, cancellationToken) ? new RefusedException(Directory, failure) : failure;
    }

    private const string Directory = "It is a directory: 'pcl ls' lists it, and 'pcl sync URL FOLDER' fetches what is in it.";

    private static async Task<FtpEntryKind?> OfAsync(FtpClient ftp, FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            return (await ftp.StatAsync(path, cancellationToken)).Kind;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return null;
        }
        catch (ProtocolClientException)
        {
            // The first failure is told then.
            return FtpEntryKind.Unknown;
        }
    }
}

/// <summary>A server's refusal in words that say what to do.</summary>
internal sealed class RefusedException(string message, Exception refusal) : ReplyException(message, isTransient: false, refusal);
