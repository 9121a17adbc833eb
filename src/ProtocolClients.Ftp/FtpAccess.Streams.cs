using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Contents: in memory, and as streams.</content>
public abstract partial class FtpAccess
{
    /// <summary>A file's content in memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="WireLimitException">It is longer than <see cref="WireLimits.InMemory"/>.</exception>
    public async Task<byte[]> ReadBytesAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        await RunAsync(
            FtpOperation.Read,
            static async (connection, path, token) =>
            {
                FtpTransfer transfer = await FtpTransfer.OpenAsync(
                    connection, FtpCommand.Retrieve(path), FtpDataType.Binary, 0, isUpload: false, token).ConfigureAwait(false);
                var content = new FtpReadStream(new FtpOpened(new FtpLease(connection), transfer), long.MaxValue);
                await using var closing = content.ConfigureAwait(false);
                return await BoundedReader.ReadAllAsync(content, connection.Options.Limits.InMemory, token).ConfigureAwait(false);
            },
            Checked(path),
            cancellationToken).ConfigureAwait(false);

    /// <summary>A file's content as text: by its byte order mark, else as UTF-8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <exception cref="WireLimitException">It is longer than <see cref="WireLimits.InMemory"/>.</exception>
    public async Task<string> ReadTextAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        BoundedReader.Decode(await ReadBytesAsync(path, cancellationToken).ConfigureAwait(false), Encoding.UTF8);

    /// <summary>
    /// A file's content as a stream. Its end is reported only when the server has confirmed it (226); disposing the stream before breaks the
    /// transfer off. A read that fails does not go on by itself: open anew at the offset, or use <see cref="DownloadAsync(FtpPath, string, FtpTransferOptions?, CancellationToken)"/>.
    /// One that was cancelled may be made again. The stream holds a connection until it was read to its end or is disposed.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The byte to begin at (REST).</param>
    /// <param name="length">How many bytes; null for all. What the server sends beyond is not read.</param>
    /// <param name="cancellationToken">Ends the opening; not the reading.</param>
    /// <exception cref="FtpReplyException">There is no such file, or the server cannot begin in its middle.</exception>
    public async Task<Stream> OpenReadAsync(FtpPath path, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (length is { } most) ArgumentOutOfRangeException.ThrowIfNegative(most, nameof(length));
        FtpCommand command = FtpCommand.Retrieve(Checked(path));
        FtpOpened opened = await OpenAsync(
            FtpOperation.Read,
            (connection, token) => FtpTransfer.OpenAsync(connection, command, FtpDataType.Binary, offset, isUpload: false, token),
            cancellationToken).ConfigureAwait(false);
        return new FtpReadStream(opened, length ?? long.MaxValue);
    }

    /// <summary>
    /// A file's content as a stream, with its size and its time, which cost no round trip of their own where commands may go out together.
    /// Otherwise as <see cref="OpenReadAsync"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is wanted of it; null for all, as it is.</param>
    /// <param name="cancellationToken">Ends the opening; not the reading.</param>
    /// <exception cref="FtpReplyException">There is no such file, or the server cannot begin in its middle.</exception>
    /// <exception cref="ArgumentException">Text is wanted from its middle.</exception>
    public async Task<FtpContent> OpenContentAsync(FtpPath path, FtpOpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= FtpOpenOptions.Default;
        bool isText = options.Type == FtpDataType.Ascii;
        if (isText && options.Offset > 0) throw new ArgumentException("Text is read from its beginning.", nameof(options));
        Checked(path);
        FtpFacts? facts = null;
        FtpOpened opened = await OpenAsync(
            options.Replay is { } replay ? FtpOperation.Read with { Replay = replay } : FtpOperation.Read,
            (connection, token) =>
            {
                // Each attempt asks anew: the file may have changed between them.
                facts = isText ? null : new FtpFacts(path);
                return FtpTransfer.OpenAsync(connection, FtpCommand.Retrieve(path), options.Type, options.Offset, isUpload: false, facts, token);
            },
            cancellationToken).ConfigureAwait(false);
        long length = options.Length ?? long.MaxValue;
        // What is wanted ends where the file does: then the server confirms it.
        if (facts?.Size - options.Offset <= length) length = long.MaxValue;
        return new FtpContent(new FtpReadStream(opened, length, isText), facts, options.Offset);
    }

    /// <summary>
    /// A stream to a file. Disposing it (<c>await using</c>) ends the file, waits for the server's word and throws when the file is not whole
    /// there. Until then, and when it fails, a part may stand under the name: <see cref="UploadAsync(string, FtpPath, FtpTransferOptions?, CancellationToken)"/>
    /// gives it the name last.
    /// </summary>
    /// <remarks>
    /// Disposing it synchronously (<c>using</c>, <c>Close</c>) waits for nobody: it breaks the transfer off and throws
    /// <see cref="InvalidOperationException"/>, unless a write had failed. That is also what a <see cref="StreamWriter"/> does to its stream when it
    /// is disposed, asynchronously too: make it with <c>leaveOpen: true</c>. A stream does not know why it is disposed: an exception of the caller's
    /// own inside <c>await using</c> ends the file with what was written by then, as it does with a <see cref="FileStream"/>. A write that
    /// failed or was cancelled does not: the transfer is broken off then. The stream holds a connection until it is disposed.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="mode">What becomes of a file that is there.</param>
    /// <param name="offset">The byte to begin at in a file that is there (REST and STOR); 0 for none.</param>
    /// <param name="cancellationToken">Ends the opening; not the writing.</param>
    public async Task<Stream> OpenWriteAsync(FtpPath path, FtpWriteMode mode = FtpWriteMode.Overwrite, long offset = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (mode == FtpWriteMode.Append && offset > 0) throw new ArgumentException("What is appended has no offset.", nameof(offset));
        FtpCommand command = mode == FtpWriteMode.Append ? FtpCommand.Append(Checked(path)) : FtpCommand.Store(Checked(path));
        FtpOpened opened = await OpenAsync(
            FtpOperation.Write,
            (connection, token) => FtpTransfer.OpenAsync(connection, command, FtpDataType.Binary, offset, isUpload: true, token),
            cancellationToken).ConfigureAwait(false);
        return new FtpWriteStream(opened);
    }
}

/// <summary>What becomes of a file that is there when one is written.</summary>
public enum FtpWriteMode
{
    /// <summary>It is replaced (STOR).</summary>
    Overwrite,

    /// <summary>What is written comes behind it (APPE).</summary>
    Append,
}
