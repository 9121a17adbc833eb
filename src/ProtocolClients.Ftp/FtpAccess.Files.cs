namespace ProtocolClients;

/// <content>Files and directories that are there: deleted, renamed, made, set, hashed.</content>
public abstract partial class FtpAccess
{
    /// <summary>Deletes a file (DELE).</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task DeleteAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        DoAsync(FtpOperation.Delete, FtpCommand.On("DELE", Checked(path)), cancellationToken);

    /// <summary>Gives a file or directory another name or place (RNFR, RNTO). What becomes of a file that has the name is the server's to say; most replace it.</summary>
    /// <param name="from">What it is called.</param>
    /// <param name="to">What it shall be called.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task RenameAsync(FtpPath from, FtpPath to, CancellationToken cancellationToken = default)
    {
        return RunAsync(
            FtpOperation.Rename,
            static async (connection, names, token) =>
            {
                await connection.RenameAsync(names.From, names.To, token).ConfigureAwait(false);
                return true;
            },
            (From: Checked(from), To: Checked(to)),
            cancellationToken).AsTask();
    }

    /// <summary>Makes a directory (MKD).</summary>
    /// <param name="path">The directory.</param>
    /// <param name="parents">Whether those above it are made too where they are missing, and one that is there is no error.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task CreateDirectoryAsync(FtpPath path, bool parents = false, CancellationToken cancellationToken = default) =>
        RunAsync(
            FtpOperation.CreateDirectory,
            static async (connection, wanted, token) =>
            {
                await connection.CreateDirectoryAsync(wanted.path, wanted.parents, token).ConfigureAwait(false);
                return true;
            },
            (path: Checked(path), parents),
            cancellationToken).AsTask();

    /// <summary>Deletes an empty directory (RMD).</summary>
    /// <param name="path">The directory.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public Task DeleteDirectoryAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        DoAsync(FtpOperation.DeleteDirectory, FtpCommand.On("RMD", Checked(path)), cancellationToken);

    /// <summary>Sets when a file was changed: MFMT, or what older servers take for it (MDTM with a time, SITE UTIME).</summary>
    /// <param name="path">The file.</param>
    /// <param name="modified">The time; seconds count.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="CapabilityMissingException">The server sets no times.</exception>
    public Task SetModifiedAsync(FtpPath path, DateTimeOffset modified, CancellationToken cancellationToken = default) =>
        RunAsync(
            FtpOperation.SetFacts,
            static async (connection, wanted, token) =>
            {
                await connection.SetModifiedAsync(wanted.path, wanted.modified, token).ConfigureAwait(false);
                return true;
            },
            (path: Checked(path), modified),
            cancellationToken).AsTask();

    /// <summary>Sets when a file was made (MFCT).</summary>
    /// <param name="path">The file.</param>
    /// <param name="created">The time; seconds count.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="CapabilityMissingException">The server sets none.</exception>
    public Task SetCreatedAsync(FtpPath path, DateTimeOffset created, CancellationToken cancellationToken = default) =>
        RunAsync(
            FtpOperation.SetFacts,
            static async (connection, wanted, token) =>
            {
                await connection.SetCreatedAsync(wanted.path, wanted.created, token).ConfigureAwait(false);
                return true;
            },
            (path: Checked(path), created),
            cancellationToken).AsTask();

    /// <summary>
    /// Sets several facts by one command: MFF (draft-somers-ftp-mfxx), for servers that name it and each of the facts. All are set, or none where the
    /// server keeps to the draft.
    /// </summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="facts">What is set; one fact at least.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="CapabilityMissingException">The server sets none, or not one of these; nothing was sent.</exception>
    public Task SetFactsAsync(FtpPath path, FtpFactChanges facts, CancellationToken cancellationToken = default)
    {
        Checked(path);
        ArgumentNullException.ThrowIfNull(facts);
        if (!facts.Facts.Any()) throw new ArgumentException("There is nothing to set.", nameof(facts));
        return RunAsync(
            FtpOperation.SetFacts,
            static async (connection, wanted, token) =>
            {
                await connection.SetFactsAsync(wanted.path, wanted.facts, token).ConfigureAwait(false);
                return true;
            },
            (path, facts),
            cancellationToken).AsTask();
    }

    /// <summary>
    /// Sets the bits of a Unix mode (SITE CHMOD). What SITE does is the server's own: unlike the other facts it is not repeated when it may have
    /// been done.
    /// </summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="mode">The bits, 0 to 07777: <c>Convert.ToInt32("644", 8)</c>.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="CapabilityMissingException">The server knows no modes.</exception>
    public Task SetPermissionsAsync(FtpPath path, int mode, CancellationToken cancellationToken = default)
    {
        if (mode is < 0 or > 0xFFF) throw new ArgumentOutOfRangeException(nameof(mode), mode, "Twelve bits, 0 to 07777.");
        return RunAsync(
            FtpOperation.Site,
            static async (connection, wanted, token) =>
            {
                await connection.SetPermissionsAsync(wanted.path, wanted.mode, token).ConfigureAwait(false);
                return true;
            },
            (path: Checked(path), mode),
            cancellationToken).AsTask();
    }

    /// <summary>A hash of a file, computed by the server: HASH, or XSHA256 and its like, or XCRC.</summary>
    /// <param name="path">The file.</param>
    /// <param name="algorithm"><c>sha256</c>, <c>sha512</c>, <c>sha1</c>, <c>md5</c> or <c>crc32</c>; null for the best that the server has.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="CapabilityMissingException">The server computes no such hash.</exception>
    public async Task<FtpHash> HashAsync(FtpPath path, string? algorithm = null, CancellationToken cancellationToken = default) =>
        await RunAsync(
            FtpOperation.Hash,
            static (connection, wanted, token) => connection.HashAsync(wanted.path, wanted.algorithm, token),
            (path: Checked(path), algorithm),
            cancellationToken).ConfigureAwait(false);

    private Task<bool> DoAsync(FtpOperation operation, FtpCommand command, CancellationToken cancellationToken) =>
        RunAsync(
            operation,
            static async (connection, command, token) =>
            {
                await connection.ExpectAsync(command, token).ConfigureAwait(false);
                return true;
            },
            command,
            cancellationToken).AsTask();
}
