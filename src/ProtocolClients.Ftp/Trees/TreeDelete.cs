namespace ProtocolClients;

/// <summary>A tree on the server that goes, from its leaves up.</summary>
internal sealed class TreeDelete(FtpClient client, FtpTreeOptions options) : TreeRun(client, options, TreeLimits.Of(options) with { Parts = true })
{
    protected override ValueTask<TreeFolder> EnterAsync(TreeEntry entry, CancellationToken cancellationToken) => ValueTask.FromResult(
        entry.Folder is { } parent
            ? new TreeFolder(parent, parent.PathOf(entry.Name.ToString()), RemoteOf(entry), string.Empty)
            : new TreeFolder(null, string.Empty, entry.Name, string.Empty));

    protected override async ValueTask ListAsync(TreeFolder folder, TreeEntry entry, CancellationToken cancellationToken)
    {
        // Some servers show a link to a directory as the directory: what can be deleted like a file was a link, and what it leads to is not
        // of this tree. A directory refuses it.
        if (folder.Parent is not null && await TryDeleteAsync(folder.Remote, cancellationToken).ConfigureAwait(false) is null)
        {
            folder.IsGone = true;
            return;
        }

        // Whether one below the top was empty, its removal shows.
        await ListRemoteAsync(folder.Remote, found => Take(folder, found), proves: folder.Parent is null, cancellationToken).ConfigureAwait(false);
    }

    protected override async ValueTask MoveAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken)
    {
        FtpPath remote = RemoteOf(entry);
        if (await TryDeleteAsync(remote, cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            FtpEntryKind? kind = await KindAsync(remote, cancellationToken).ConfigureAwait(false);
            if (kind is null)
            {
                Gone(entry, FtpTreeOutcome.Skipped);
                return;
            }

            if (entry.Kind == FtpEntryKind.Unknown && kind == FtpEntryKind.Directory && Admits(entry.Folder!, entry.Name, FtpEntryKind.Directory))
            {
                Push(entry with { Kind = FtpEntryKind.Directory });
                return;
            }

            throw refusal;
        }

        Gone(entry, FtpTreeOutcome.Deleted);
    }

    protected override async ValueTask CloseAsync(TreeFolder folder, CancellationToken cancellationToken)
    {
        if (folder.IsKept || IsOver) return;
        try
        {
            if (!folder.IsGone) await Client.DeleteDirectoryAsync(folder.Remote, cancellationToken).ConfigureAwait(false);
            Report(new FtpTreeItem(folder.Path, FtpTreeOutcome.Deleted) { Remote = folder.Remote, Kind = FtpEntryKind.Directory });
        }
        catch (Exception failure) when (IsOfOne(failure))
        {
            folder.IsKept = true;
            Report(new FtpTreeItem(folder.Path, FtpTreeOutcome.Failed) { Remote = folder.Remote, Kind = FtpEntryKind.Directory, Failure = failure });
        }
    }

    private void Take(TreeFolder folder, FtpEntry found)
    {
        FtpPath name = NameOf(found);
        if (!Admits(folder, name, found.Kind)) return;
        TreeEntry entry = TreeEntry.Of(folder, found, name);
        if (!RemoteName.IsOne(found.RawName.Span))
        {
            Fail(entry, new IOException($"'{found.Name}' is no name of one thing in a directory: it is left alone."));
            return;
        }

        if (found.Kind != FtpEntryKind.Directory) Tally.Found(0);
        Push(entry);
    }

    private void Gone(TreeEntry entry, FtpTreeOutcome outcome)
    {
        if (!Tally.TellsItems) Tally.Count(outcome, 0, isFile: true);
        else Report(new FtpTreeItem(entry.Path, outcome) { Remote = RemoteOf(entry), Kind = entry.Kind, Reason = outcome == FtpTreeOutcome.Skipped ? "it is gone already" : null });
    }

    private async ValueTask<FtpReplyException?> TryDeleteAsync(FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            await Client.DeleteAsync(path, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return refusal;
        }
    }

    private async ValueTask<FtpEntryKind?> KindAsync(FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            return (await Client.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return null;
        }
    }
}

/// <summary>Judges names that a server lists before they become part of a path on it.</summary>
internal static class RemoteName
{
    /// <summary>Whether a name is of one thing in a directory: not of another place.</summary>
    public static bool IsOne(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !ListText.IsDots(name) && name.IndexOfAny((byte)'/', (byte)'\\') < 0;
}
