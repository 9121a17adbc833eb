using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Whether a directory is there and may be listed, where an empty listing says neither: a server without MLSD that cannot open the directory may
/// show of the one above it what has this name, or nothing, and call that done (226).
/// </summary>
internal static class FtpDirectoryProof
{
    /// <summary>
    /// Goes into the directory, lists it from within with all that is hidden, and goes back. There only the directory itself can be shown, and its
    /// <c>.</c> and <c>..</c> tell an empty one from one that is closed.
    /// </summary>
    /// <param name="connection">The connection; it stands where it stood afterwards, or is of no more use.</param>
    /// <param name="path">The directory; nothing for where the connection stands.</param>
    /// <param name="mustShow">Whether it counts as refused when nothing at all is shown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>True when something was shown; false for nothing, which servers that show no dots say of an empty one.</returns>
    /// <exception cref="FtpReplyException">The directory is not there, or may not be listed.</exception>
    public static async ValueTask<bool> ProveAsync(this FtpConnection connection, FtpPath path, bool mustShow, CancellationToken cancellationToken)
    {
        // MLSD is of directories only, and refused where one cannot be opened (RFC 3659 §7.2.1).
        FtpListFormat format = connection.Options.ListFormat;
        if (format == FtpListFormat.Mlsd || (format == FtpListFormat.Auto && connection.HasFacts)) return true;
        if (path.IsEmpty) return await ShowsAsync(connection, mustShow, cancellationToken).ConfigureAwait(false);
        FtpPath home = await connection.WorkingDirectoryAsync(cancellationToken).ConfigureAwait(false);
        bool isAway = true;
        try
        {
            FtpReply reply = await connection.SendAsync(FtpCommand.ChangeDirectory(path), cancellationToken).ConfigureAwait(false);
            if (!reply.IsPositive)
            {
                isAway = false;
                throw connection.Refused("CWD", reply);
            }

            bool shows;
            try
            {
                shows = await ShowsAsync(connection, mustShow, cancellationToken).ConfigureAwait(false);
            }
            catch (FtpReplyException) when (connection.IsSettled)
            {
                await connection.ExpectAsync(FtpCommand.ChangeDirectory(home), cancellationToken).ConfigureAwait(false);
                isAway = false;
                throw;
            }

            await connection.ExpectAsync(FtpCommand.ChangeDirectory(home), cancellationToken).ConfigureAwait(false);
            isAway = false;
            return shows;
        }
        finally
        {
            // From another directory the paths of the next operation would be other files.
            if (isAway) connection.GiveUp();
        }
    }

    private static async ValueTask<bool> ShowsAsync(FtpConnection connection, bool mustShow, CancellationToken cancellationToken)
    {
        FtpListFormat format = connection.Options.ListFormat;
        string? system = format == FtpListFormat.Auto ? await connection.SystemTypeAsync(cancellationToken).ConfigureAwait(false) : null;
        var parser = new ShownParser(format.CreateParser(connection.ListContext(default, system)));
        FtpTransfer transfer = await OpenAsync(connection, cancellationToken).ConfigureAwait(false);
        var listing = new FtpListing(new FtpOpened(new FtpLease(connection), transfer), parser);
        await using (listing.ConfigureAwait(false))
        {
            do
            {
                while (listing.TryRead(out _))
                {
                }
            }
            while (await listing.FillAsync(cancellationToken).ConfigureAwait(false));
            parser.HasShown |= listing.End() is not null;
        }

        if (parser.HasShown) return true;
        if (mustShow || SaysNo(transfer.Final.Text)) throw connection.Refused("LIST", transfer.Final);
        return false;
    }

    private static async ValueTask<FtpTransfer> OpenAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await FtpTransfer.OpenAsync(connection, FtpCommand.List(default, hidden: true), FtpDataType.Ascii, 0, isUpload: false, cancellationToken).ConfigureAwait(false);
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient && connection.IsSettled)
        {
            // Options of LIST are in no RFC.
            return await FtpTransfer.OpenAsync(connection, FtpCommand.List(default, hidden: false), FtpDataType.Ascii, 0, isUpload: false, cancellationToken).ConfigureAwait(false);
        }
    }

    // "Transfer done (but failed to open directory)."
    private static bool SaysNo(string text) =>
        text.Contains("failed", StringComparison.OrdinalIgnoreCase) || text.Contains("denied", StringComparison.OrdinalIgnoreCase);

    /// <summary>Notes whether a directory showed anything of its own, be it itself.</summary>
    private sealed class ShownParser(FtpListParser lines) : FtpListParser
    {
        public bool HasShown { get; set; }

        public override FtpEntry? Parse(ReadOnlySpan<byte> line)
        {
            HasShown |= line.EndsWith(" ."u8) || line.EndsWith(" .."u8) || line.StartsWith("total "u8);
            FtpEntry? entry = lines.Parse(line);
            HasShown |= entry is not null;
            return entry;
        }

        public override FtpEntry? End() => lines.End();
    }
}
