using System.Runtime.CompilerServices;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>Directories, and facts about one thing.</content>
public abstract partial class FtpAccess
{
    /// <summary>
    /// What is in a directory, one entry at a time, in flat memory however many there are: by MLSD where the server has it (RFC 3659), else by
    /// LIST. Leaving the loop early ends the transfer. The listing holds a connection until its end: a loop over it that waits for other operations
    /// of the client needs a second one (<see cref="FtpClientOptions.MaxConnections"/>), or the entries in a list before.
    /// </summary>
    /// <param name="path">The directory; nothing for the working directory.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="FtpReplyException">There is no such directory, or it may not be read. Many servers give an empty LIST then.</exception>
    /// <exception cref="WireFormatException">A line is in no dialect that is known.</exception>
    /// <exception cref="ArgumentException">The server has no MLSD, and the path begins with a hyphen, which LIST takes for an option: put <c>./</c> in front.</exception>
    public async IAsyncEnumerable<FtpEntry> ListAsync(
        FtpPath path = default, FtpListOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Checked(path, mayBeEmpty: true);
        FtpListFormat format = options?.Format ?? Options.ListFormat;
        bool hidden = options?.Hidden ?? false;
        FtpListParser? parser = null;
        FtpOpened opened = await OpenAsync(
            FtpOperation.List,
            async (connection, token) =>
            {
                (FtpTransfer transfer, parser) = await connection.ListAsync(path, format, hidden, token).ConfigureAwait(false);
                return transfer;
            },
            cancellationToken).ConfigureAwait(false);
        var listing = new FtpListing(opened, parser!);
        await using var closing = listing.ConfigureAwait(false);
        do
        {
            while (listing.TryRead(out FtpEntry entry)) yield return entry;
        }
        while (await listing.FillAsync(cancellationToken).ConfigureAwait(false));
        if (listing.End() is { } last) yield return last;
    }

    /// <summary>The names in a directory, as the server gives them (NLST): with or without the directory in front, files and maybe directories.</summary>
    /// <param name="path">The directory; nothing for the working directory.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="FtpReplyException">The server refused; some do for an empty directory (550).</exception>
    /// <exception cref="ArgumentException">The path begins with a hyphen, which servers take for an option: put <c>./</c> in front.</exception>
    public async IAsyncEnumerable<FtpPath> ListNamesAsync(FtpPath path = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Checked(path, mayBeEmpty: true);
        FtpDirectories.RefuseOption(path, "NLST", Options.Encoding);
        FtpOpened opened = await OpenAsync(
            FtpOperation.List,
            (connection, token) => FtpTransfer.OpenAsync(connection, FtpCommand.ListNames(path), FtpDataType.Ascii, 0, isUpload: false, token),
            cancellationToken).ConfigureAwait(false);
        var listing = new FtpListing(opened, new NameParser(Options.Encoding));
        await using var closing = listing.ConfigureAwait(false);
        do
        {
            while (listing.TryRead(out FtpEntry entry)) yield return entry.Path;
        }
        while (await listing.FillAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Facts about one thing: by MLST where the server has it; else its size and time (SIZE, MDTM), and for what is no file the entry of the
    /// directory above.
    /// </summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="FtpReplyException">There is no such thing (550).</exception>
    public async Task<FtpEntry> StatAsync(FtpPath path, CancellationToken cancellationToken = default) =>
        await RunAsync(
            FtpOperation.Stat, static (connection, path, token) => connection.StatAsync(path, token), Checked(path, mayBeEmpty: true), cancellationToken).ConfigureAwait(false);

    /// <summary>What the server says that it can (FEAT, RFC 2389).</summary>
    /// <param name="cancellationToken">Ends the operation.</param>
    public async Task<FtpCapabilities> CapabilitiesAsync(CancellationToken cancellationToken = default) =>
        await RunAsync(
            FtpOperation.Connect, static (connection, _, _) => ValueTask.FromResult(connection.Capabilities), true, cancellationToken).ConfigureAwait(false);
}
