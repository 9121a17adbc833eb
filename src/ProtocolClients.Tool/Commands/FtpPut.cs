using System.Buffers;

namespace ProtocolClients.Tool;

/// <summary>An upload by <c>pcl put</c> to an ftp URL.</summary>
internal sealed record FtpPut
{
    private const int BufferSize = 128 * 1024;

    public bool CreateOnly { get; init; }

    public bool NoClobber { get; init; }

    public bool Append { get; init; }

    public bool Continue { get; init; }

    public bool CreateDirectories { get; init; }

    public RateLimit? RateLimit { get; init; }

    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>What a server answered to something that failed: the status of HTTP, the code of FTP.</summary>
    public static int? StatusOf(Exception failure) => failure switch
    {
        HttpStatusException http => (int)http.Status,
        FtpReplyException ftp => ftp.Code,
        RefusedException { InnerException: FtpReplyException ftp } => ftp.Code,
        _ => null,
    };

    public async Task<PutResult> RunAsync(Stream content, string target, UrlOpenerOptions options, CancellationToken cancellationToken)
    {
        var url = FtpUrl.Parse(target);
        if (url.IsDirectory) throw new UsageException("The URL names a directory, not a file.");
        FtpClient ftp = FtpClients.For(url, options);
        await using (ftp)
        {
            if (CreateDirectories && Parent(url.Path) is { } parent) await ftp.CreateDirectoryAsync(parent, parents: true, cancellationToken);
            try
            {
                return Append ? await AppendAsync(ftp, url, content, cancellationToken) : await UploadAsync(ftp, url, target, content, cancellationToken);
            }
            catch (FtpReplyException refusal) when (!refusal.IsTransient && !CreateDirectories && Parent(url.Path) is not null)
            {
                FtpPath folder = Parent(url.Path)!.Value;
                if (!await FtpKinds.IsNothingAsync(ftp, folder, cancellationToken)) throw;
                throw new RefusedException($"There is no directory '{folder}'; --create-dirs makes it ({refusal.Code}).", refusal);
            }
        }
    }

    private async Task<PutResult> UploadAsync(FtpClient ftp, FtpUrl url, string target, Stream content, CancellationToken cancellationToken)
    {
        TransferResult sent = await ftp.UploadAsync(
            content,
            url.Path,
            new FtpTransferOptions
            {
                WhenExists = CreateOnly || NoClobber ? ExistingFile.Skip : ExistingFile.Overwrite,
                Continue = Continue,
                RateLimit = RateLimit,
                Progress = Progress,
            },
            cancellationToken);
        bool skipped = sent.Outcome == TransferOutcome.Skipped;
        return new PutResult
        {
            Url = target,
            ExitCode = skipped && CreateOnly ? throw new ExistsException(url) : ExitCode.Done,
            Outcome = skipped ? "skipped" : "uploaded",
            Bytes = sent.Bytes,
            ResumedFrom = sent.ResumedFrom > 0 ? sent.ResumedFrom : null,
            FinalUrl = sent.FinalUrl?.AbsoluteUri,
        };
    }

    // Never begun again: what an attempt brought stands behind what was there.
    private async Task<PutResult> AppendAsync(FtpClient ftp, FtpUrl url, Stream content, CancellationToken cancellationToken)
    {
        long sent = 0;
        long? length = content.CanSeek ? content.Length : null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            Stream there = await ftp.OpenWriteAsync(url.Path, FtpWriteMode.Append, cancellationToken: cancellationToken);
            await using (there)
            {
                int read;
                while ((read = await content.ReadAsync(buffer.AsMemory(0, Math.Min(BufferSize, RateLimit?.Piece ?? BufferSize)), cancellationToken)) > 0)
                {
                    await there.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    sent += read;
                    Progress?.Report(new TransferProgress(sent, length));
                    if (RateLimit is { } limit) await limit.PayAsync(read, TimeProvider.System, cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new PutResult { Url = url.ToString(), ExitCode = ExitCode.Done, Outcome = "appended", Bytes = sent, FinalUrl = url.ToString() };
    }

    private static FtpPath? Parent(FtpPath path)
    {
        string text = path.ToString();
        int slash = text.LastIndexOf('/');
        return slash > 0 ? FtpPath.FromString(text[..slash]) : default(FtpPath?);
    }
}

/// <summary>What is not to be replaced is there.</summary>
internal sealed class ExistsException(FtpUrl url) : ReplyException($"'{url}' exists already.", isTransient: false);
