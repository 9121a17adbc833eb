using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Whole trees, and many files.</content>
public sealed partial class FtpClient
{
    /// <summary>
    /// Downloads a directory with all that is in it, over several connections at once, while it is listed. Memory stays flat however many entries
    /// there are. What is here already, with the same size and time, is left alone: begun again, a run that broke off does the rest.
    /// </summary>
    /// <remarks>
    /// A server's name becomes one name here or is refused: nothing is written above <paramref name="local"/>, nor through a link below it. Links
    /// on the server are left alone. What fails is told in the result, and hides none of the others.
    /// </remarks>
    /// <param name="remote">The directory there; nothing for the one of the login.</param>
    /// <param name="local">The directory here; made when it is missing.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; what came stays.</param>
    /// <exception cref="FtpReplyException">The directory itself cannot be listed.</exception>
    /// <exception cref="IOException">The directory here cannot be made.</exception>
    public async Task<FtpTreeResult> DownloadTreeAsync(
        FtpPath remote, string local, FtpTreeOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var run = new TreeDownload(this, local, options ?? FtpTreeOptions.Default);
        return await run.RunAsync("download_tree", new TreeEntry(null, remote, FtpEntryKind.Directory), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uploads a directory with all that is in it, over several connections at once. Links here are left alone.</summary>
    /// <remarks>What is there already, with the same size and time, is left alone; on servers that set no times a file there that is newer counts
    /// as the same.</remarks>
    /// <param name="local">The directory here.</param>
    /// <param name="remote">The directory there; made when it is missing, with those above it.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; what went stays.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory here.</exception>
    /// <exception cref="FtpReplyException">The directory there cannot be made or listed.</exception>
    public async Task<FtpTreeResult> UploadTreeAsync(
        string local, FtpPath remote, FtpTreeOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(local)) throw new DirectoryNotFoundException($"There is no directory '{local}'.");
        using var run = new TreeUpload(this, local, options ?? FtpTreeOptions.Default);
        return await run.RunAsync("upload_tree", new TreeEntry(null, remote, FtpEntryKind.Directory), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes a directory with all that is in it, over several connections at once. A link is deleted, never followed. What the options exclude
    /// stays, and the directories above it.
    /// </summary>
    /// <param name="remote">The directory.</param>
    /// <param name="options">Rules, limits, who is told; null for the defaults. Nothing of how files are moved counts.</param>
    /// <param name="cancellationToken">Ends it; what is deleted stays deleted.</param>
    /// <exception cref="FtpReplyException">The directory itself cannot be listed.</exception>
    public async Task<FtpTreeResult> DeleteTreeAsync(FtpPath remote, FtpTreeOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (remote.IsEmpty) throw new ArgumentException("The directory to delete has to be named.", nameof(remote));
        using var run = new TreeDelete(this, options ?? FtpTreeOptions.Default);
        return await run.RunAsync("delete_tree", new TreeEntry(null, remote, FtpEntryKind.Directory), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Downloads many files, over several connections at once, each to where it is told. Directories here are made.</summary>
    /// <param name="files">
    /// The files. They are taken as fast as they are given, so that a listing of this client may be their source however few connections there are;
    /// what waits lies in a temporary file when it is much, so that there may be any number.
    /// </param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; what came stays.</param>
    public async Task<FtpTreeResult> DownloadManyAsync(
        IAsyncEnumerable<FtpFilePair> files, FtpBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        using var batch = new FileBatch(this, options ?? FtpBatchOptions.Default);
        return await batch.RunAsync(files, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Downloads many files, over several connections at once, each to where it is told. Directories here are made.</summary>
    /// <param name="files">The files.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; what came stays.</param>
    public Task<FtpTreeResult> DownloadManyAsync(IEnumerable<FtpFilePair> files, FtpBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return DownloadManyAsync(files.ToAsyncEnumerable(), options, cancellationToken);
    }

    internal OperationScope Trace(string operation) => OperationScope.Start(FtpTelemetry.Instance, operation, EndPoint, Time);

    /// <summary>One of many files, with what is known of it.</summary>
    internal ValueTask<TransferResult> FetchAsync(FtpPath remote, string local, FtpTransferOptions options, FtpFacts? known, CancellationToken cancellationToken) =>
        DownloadAsync(remote, local, options, known, isOneOfMany: true, cancellationToken);

    /// <summary>One of many files.</summary>
    /// <param name="local">The file here.</param>
    /// <param name="remote">The file there.</param>
    /// <param name="options">The options.</param>
    /// <param name="isFree">Whether nothing was seen to have the name there, so that nothing need be asked.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    internal async Task<TransferResult> StoreAsync(string local, FtpPath remote, FtpTransferOptions options, bool isFree, CancellationToken cancellationToken)
    {
        FileStream file = OpenForUpload(local);
        await using (file.ConfigureAwait(false)) return await UploadAsync(file, remote, options, isFree, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a directory is there and may be listed, where its listing does not say: <see cref="FtpDirectoryProof.ProveAsync"/>.</summary>
    internal ValueTask<bool> ProveAsync(FtpPath path, bool mustShow, CancellationToken cancellationToken) => RunAsync(
        FtpOperation.Stat,
        static (connection, wanted, token) => connection.ProveAsync(wanted.path, wanted.mustShow, token),
        (path, mustShow),
        cancellationToken);

    /// <summary>Makes a directory, with those above it, unless it is there.</summary>
    /// <returns>True when it was made.</returns>
    internal ValueTask<bool> EnsureDirectoryAsync(FtpPath path, bool parents, CancellationToken cancellationToken) => RunAsync(
        FtpOperation.CreateDirectory,
        static (connection, wanted, token) => connection.EnsureDirectoryAsync(wanted.path, wanted.parents, token),
        (path, parents),
        cancellationToken);
}
