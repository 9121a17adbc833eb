using System.Security.Cryptography;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <content>The end of an upload: its part gets the name, or goes.</content>
internal sealed partial class FtpUpload
{
    private FtpPath? _old;
    private bool _isNaming;

    private async ValueTask NameAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (_options.KeepTime && _content is FileStream file)
            await connection.SetModifiedAsync(_target, new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle)), cancellationToken).ConfigureAwait(false);
        if (!_options.UploadAside) return;
        _isNaming = true;
        try
        {
            await connection.RenameAsync(_target, _remote, cancellationToken).ConfigureAwait(false);
        }
        catch (FtpReplyException refusal) when (
            refusal is { Command: "RNTO", IsTransient: false } && _options.WhenExists == ExistingFile.Overwrite && connection.IsSettled)
        {
            // Some servers replace nothing by a rename.
            if (!await ReplaceAsync(connection, cancellationToken).ConfigureAwait(false)) throw;
        }

        await DropOldAsync(connection).ConfigureAwait(false);
    }

    // The file that has the name is put aside until its follower has it: it is deleted last, or put back. Nothing of that is cancelled halfway.
    private async ValueTask<bool> ReplaceAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (await IsFileAsync(connection, _remote, cancellationToken).ConfigureAwait(false))
        {
            FtpPath old = _old ?? _remote.WithEnding($".{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.old.part");
            _old = old;
            try
            {
                await connection.RenameAsync(_remote, old, CancellationToken.None).ConfigureAwait(false);
            }
            catch (FtpReplyException) when (connection.IsSettled)
            {
                _old = null;
                return false;
            }
        }
        else if (_old is null)
        {
            return false;
        }

        try
        {
            await connection.RenameAsync(_target, _remote, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (FtpReplyException refusal) when (connection.IsSettled)
        {
            try
            {
                await connection.RenameAsync(_old.Value, _remote, CancellationToken.None).ConfigureAwait(false);
            }
            catch (FtpReplyException)
            {
                throw new IOException($"'{_remote}' is called '{_old}' now: the server lets neither the new file nor the old one have its name.", refusal);
            }

            _old = null;
            return false;
        }
    }

    // A directory is put out of nobody's way.
    private static async ValueTask<bool> IsFileAsync(FtpConnection connection, FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            return (await connection.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind == FtpEntryKind.File;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return false;
        }
    }

    private async ValueTask DropOldAsync(FtpConnection connection)
    {
        if (_old is not { } old) return;
        // The file is whole and has its name: that its forerunner may not go is no failure of the upload.
        await connection.SendAsync(FtpCommand.On("DELE", old), CancellationToken.None).ConfigureAwait(false);
        _old = null;
    }

    // The answer to the rename was lost: it was done when the part is gone and the file is there.
    private async ValueTask<bool> IsNamedAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        if (await connection.ExistsAsync(_target, cancellationToken).ConfigureAwait(false)
            || await connection.SizeAsync(_remote, cancellationToken).ConfigureAwait(false) != Written)
        {
            return false;
        }

        await DropOldAsync(connection).ConfigureAwait(false);
        return true;
    }

    // A part of a content that is wrong is of use to nobody.
    private async ValueTask DropPartAsync(FtpConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            if (!connection.IsSettled && (!connection.CanSettle || !await connection.TrySettleAsync(cancellationToken).ConfigureAwait(false))) return;
            await connection.SendAsync(FtpCommand.On("DELE", _target), cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolClientException)
        {
            // Why it is wrong is what the caller is told.
        }
    }
}
