using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Files from there to here, and from here to there.</content>
public abstract partial class FtpAccess
{
    /// <summary>
    /// Downloads a file. It gets its name here only when it is whole: confirmed by the server (226) and of the size that the server tells. What
    /// breaks off goes on at the last byte, under the client's policy and, with <see cref="FtpTransferOptions.Continue"/>, in a later run.
    /// </summary>
    /// <param name="remote">The file there.</param>
    /// <param name="local">The file here.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the transfer; what came stays for the next one.</param>
    /// <exception cref="IOException">The file is there already, or the disk is full or forbidden.</exception>
    /// <exception cref="IntegrityException">Another size, hash or checksum than announced; nothing stands under the name.</exception>
    public async Task<TransferResult> DownloadAsync(
        FtpPath remote, string local, FtpTransferOptions? options = null, CancellationToken cancellationToken = default) =>
        await DownloadAsync(remote, local, options ?? FtpTransferOptions.Default, known: null, isOneOfMany: false, cancellationToken).ConfigureAwait(false);

    /// <summary>Downloads a file into a stream, from its beginning. What was written stays when the transfer fails.</summary>
    /// <param name="remote">The file there.</param>
    /// <param name="target">Takes the content; not closed.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <returns>How many bytes came.</returns>
    public async Task<long> DownloadAsync(FtpPath remote, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        Stream content = await OpenReadAsync(Checked(remote), cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await content.CopyToAsync(target, 256 * 1024, cancellationToken).ConfigureAwait(false);
            return content.Position;
        }
    }

    /// <summary>
    /// Uploads a file. It gets its name there only when it is whole (<see cref="FtpTransferOptions.UploadAside"/>): confirmed by the server (226)
    /// and of the same size there. What breaks off goes on at the last byte that the server has.
    /// </summary>
    /// <param name="local">The file here.</param>
    /// <param name="remote">The file there.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the transfer; what went stays for the next one.</param>
    /// <exception cref="IOException">The file here cannot be read; or one of the name is there already, and is to stay.</exception>
    /// <exception cref="IntegrityException">The server has another size or hash.</exception>
    public async Task<TransferResult> UploadAsync(
        string local, FtpPath remote, FtpTransferOptions? options = null, CancellationToken cancellationToken = default)
    {
        FileStream file = OpenForUpload(local);
        await using (file.ConfigureAwait(false)) return await UploadAsync(file, remote, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Uploads a stream from where it stands to its end. One that can seek is resumed after a failure; another is read once, so that a failure
    /// after its first byte is final.
    /// </summary>
    /// <param name="content">The content; not closed.</param>
    /// <param name="remote">The file there.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="IOException">One of the name is there already, and is to stay.</exception>
    /// <exception cref="IntegrityException">The server has another size or hash.</exception>
    public async Task<TransferResult> UploadAsync(
        Stream content, FtpPath remote, FtpTransferOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return await UploadAsync(content, remote, options ?? FtpTransferOptions.Default, isFree: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uploads a stream under a name of the server's choice, which no other file has (STOU, RFC 959 §4.1.3, RFC 1123 §4.1.2.9).</summary>
    /// <param name="content">The content, read once; not closed.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <returns>The name that the server gave it; nothing when the server did not say.</returns>
    public async Task<FtpPath> UploadUniqueAsync(Stream content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return await RunAsync(
            FtpOperation.UploadOnce,
            static async (connection, content, token) =>
            {
                FtpTransfer transfer = await FtpTransfer.OpenAsync(
                    connection, FtpCommand.StoreUnique, FtpDataType.Binary, 0, isUpload: true, token).ConfigureAwait(false);
                await using var closing = transfer.ConfigureAwait(false);
                byte[] buffer = new byte[64 * 1024];
                int read;
                while ((read = await content.ReadAsync(buffer, token).ConfigureAwait(false)) > 0) await transfer.WriteAsync(buffer.AsMemory(0, read), token).ConfigureAwait(false);
                await transfer.CompleteAsync(token).ConfigureAwait(false);
                return FtpReplyText.TryUniqueName(transfer.Preliminary.FirstLine, out byte[]? name) || FtpReplyText.TryUniqueName(transfer.Final.FirstLine, out name)
                    ? FtpDirectories.PathOf(name, connection.Options.Encoding)
                    : default;
            },
            content,
            cancellationToken).ConfigureAwait(false);
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    private protected async ValueTask<TransferResult> DownloadAsync(
        FtpPath remote, string local, FtpTransferOptions options, FtpFacts? known, bool isOneOfMany, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(local);
        Checked(remote);
        string path = Path.GetFullPath(local);
        if (options.WhenExists == ExistingFile.Skip && Path.Exists(path)) return new TransferResult(path, new FileInfo(path).Length) { Outcome = TransferOutcome.Skipped, Attempts = 0 };
        if (options.WhenExists == ExistingFile.Rename)
        {
            string asked = path;
            for (int number = 1; Path.Exists(path); number++) path = NumberedName.Of(asked, number);
        }

        long started = Time.GetTimestamp();
        using var download = new FtpDownload(Connector, remote, path, options, known);
        using PhaseDeadline deadline = PhaseDeadline.Start(Time, Options.Deadlines, DeadlinePhase.Transfer, cancellationToken);
        try
        {
            await RunAsync(
                FtpOperation.Download,
                static (connection, download, token) => download.RunAsync(connection, token),
                download,
                deadline.Token,
                static download => download.Written).ConfigureAwait(false);
            return download.Commit(Time.GetElapsedTime(started), isOneOfMany ? null : Connector.UrlOf(remote));
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(EndPoint, cause);
        }
        catch (Exception failure)
        {
            download.GiveUp(failure);
            throw;
        }
    }

    private protected async ValueTask<TransferResult> UploadAsync(
        Stream content, FtpPath remote, FtpTransferOptions options, bool isFree, CancellationToken cancellationToken)
    {
        long started = Time.GetTimestamp();
        using var upload = new FtpUpload(Connector, content, Checked(remote), options, isFree);
        using PhaseDeadline deadline = PhaseDeadline.Start(Time, Options.Deadlines, DeadlinePhase.Transfer, cancellationToken);
        try
        {
            await RunAsync(
                upload.CanRepeat ? FtpOperation.Upload : FtpOperation.UploadOnce,
                static (connection, upload, token) => upload.RunAsync(connection, token),
                upload,
                deadline.Token,
                static upload => upload.Furthest).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (deadline.IsMissed)
        {
            throw deadline.Missed(EndPoint, cause);
        }

        return upload.Result(Time.GetElapsedTime(started));
    }

    private protected static FileStream OpenForUpload(string local)
    {
        ArgumentException.ThrowIfNullOrEmpty(local);
        return new FileStream(
            local, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous });
    }
}
