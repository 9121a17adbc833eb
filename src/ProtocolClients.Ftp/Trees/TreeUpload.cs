using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A tree on its way from here to the server.</summary>
internal sealed class TreeUpload : TreeRun
{
    // Notes of entries: what was seen under the name there.
    private const byte Free = 1;
    private const byte Taken = 2;

    private readonly string _root;
    private readonly FtpTreeOptions _options;
    private readonly FileStore _store;

    public TreeUpload(FtpClient client, string local, FtpTreeOptions options)
        : base(client, options, TreeLimits.Of(options))
    {
        _root = Path.GetFullPath(local);
        _options = options;
        _store = new FileStore(client);
    }

    protected override async ValueTask<TreeFolder> EnterAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        TreeFolder folder = entry.Folder is { } parent
            ? new TreeFolder(parent, parent.PathOf(entry.Name.ToString()), RemoteOf(entry), Path.Combine(parent.Local, entry.Name.ToString()))
            : new TreeFolder(null, string.Empty, entry.Name, _root);
        // The directory of the login is there; where only some files are meant, a directory is made for the first of them.
        folder.IsHere = folder.Remote.IsEmpty;
        if (!folder.IsHere && (!Rules.Selects || folder.Parent is null)) await MakeAsync(folder, cancellationToken).ConfigureAwait(false);
        return folder;
    }

    protected override async ValueTask ListAsync(TreeFolder folder, TreeEntry entry, CancellationToken cancellationToken)
    {
        (Dictionary<string, TreeEntry> there, bool isSeen) = await ThereAsync(folder, cancellationToken).ConfigureAwait(false);
        bool keepsTimes = _options.Transfer.KeepTime && (await Client.CapabilitiesAsync(cancellationToken).ConfigureAwait(false) is var can) && (can.Mfmt || can.SiteUtime);
        foreach (LocalEntry here in LocalTree.Entries(folder.Local))
        {
            if (IsOver) return;
            cancellationToken.ThrowIfCancellationRequested();
            Take(folder, here, there, isSeen, keepsTimes);
        }
    }

    protected override async ValueTask MoveAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken)
    {
        TreeFolder folder = entry.Folder!;
        FtpPath remote = RemoteOf(entry);
        string local = Path.Combine(folder.Local, entry.Name.ToString());
        if (!folder.IsHere) await MakeAsync(folder, cancellationToken).ConfigureAwait(false);
        bool isFree = entry.Mark == Free;
        TransferResult result;
        try
        {
            result = await _store.StoreAsync(local, remote, worker.Transfer, isFree, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            worker.End(0);
            throw;
        }

        bool moved = result.Outcome == TransferOutcome.Transferred;
        worker.End(moved ? result.Bytes : 0);
        FtpTreeOutcome outcome = moved ? FtpTreeOutcome.Transferred : FtpTreeOutcome.Skipped;
        if (!Tally.TellsItems) Tally.Count(outcome, moved ? result.Bytes : 0, isFile: true);
        else
        {
            Report(new FtpTreeItem(entry.Path, outcome)
            {
                Remote = result.Path.Equals(remote.ToString(), StringComparison.Ordinal) ? remote : result.Path,
                Local = local,
                Kind = FtpEntryKind.File,
                Bytes = moved ? result.Bytes : 0,
                Reason = moved ? null : "it is there already",
            });
        }
    }

    private void Take(TreeFolder folder, LocalEntry here, Dictionary<string, TreeEntry> there, bool isSeen, bool keepsTimes)
    {
        FtpEntryKind kind = here.Kind;
        FtpPath name = here.Name;
        if (!Admits(folder, name, kind)) return;
        var entry = new TreeEntry(folder, name, kind) { Size = here.Size, Modified = here.Modified.UtcTicks, Precision = FtpTimePrecision.Tick };
        try
        {
            if (kind == FtpEntryKind.Link)
            {
                if (!Limits.FollowLinks || new FileInfo(Path.Combine(folder.Local, here.Name)).ResolveLinkTarget(returnFinalTarget: true) is not FileInfo { Exists: true } target || Directory.Exists(target.FullName))
                {
                    Skip(folder, name, kind, Limits.FollowLinks ? "a link, and not to a file" : "a link");
                    return;
                }

                entry = entry with { Kind = FtpEntryKind.File, Size = target.Length, Modified = target.LastWriteTimeUtc.Ticks };
            }

            if (entry.Kind == FtpEntryKind.File && there.TryGetValue(here.Name, out TreeEntry taken))
            {
                if (IsUnchanged(entry, taken, keepsTimes))
                {
                    Tally.Found(0);
                    if (!Tally.TellsItems) Tally.Count(FtpTreeOutcome.Skipped, 0, isFile: true);
                    else Report(new FtpTreeItem(entry.Path, FtpTreeOutcome.Skipped) { Remote = RemoteOf(entry), Local = Path.Combine(folder.Local, here.Name), Kind = kind, Reason = "unchanged" });
                    return;
                }

                if (taken.Kind == FtpEntryKind.Directory) throw new IOException($"'{RemoteOf(entry)}' is a directory on the server.");
                if (_options.Transfer.WhenExists == ExistingFile.Fail) throw new IOException($"'{RemoteOf(entry)}' exists already on the server.");
                entry = entry with { Mark = Taken };
            }
            else if (isSeen)
            {
                entry = entry with { Mark = Free };
            }
        }
        catch (Exception refusal) when (IsOfOne(refusal))
        {
            Fail(entry, refusal);
            return;
        }

        if (entry.Kind != FtpEntryKind.Directory) Tally.Found(entry.Size);
        Push(entry);
    }

    private bool IsUnchanged(TreeEntry here, TreeEntry there, bool keepsTimes)
    {
        if (!_options.SkipUnchanged || there.Kind != FtpEntryKind.File || there.Size != here.Size || there.Modified < 0) return false;
        int difference = SameTime.Difference(there.ModifiedOrNull!.Value, there.Precision, here.ModifiedOrNull!.Value, _options.TimeTolerance);
        // A server that sets no times has that of the upload.
        return difference == 0 || (!keepsTimes && difference > 0);
    }

    // What is in a directory there, and whether that is all: one that may be written and not listed shows nothing, and no name in it is free for that.
    private async ValueTask<(Dictionary<string, TreeEntry> There, bool IsSeen)> ThereAsync(TreeFolder folder, CancellationToken cancellationToken)
    {
        var there = new Dictionary<string, TreeEntry>(StringComparer.Ordinal);
        // What was made by this run is empty.
        if (folder.IsNew) return (there, true);
        if (!folder.IsHere && !await IsThereAsync(folder.Remote, cancellationToken).ConfigureAwait(false)) return (there, true);
        try
        {
            bool shows = await ListRemoteAsync(folder.Remote, found => there[found.Name] = TreeEntry.Of(folder, found, NameOf(found)), proves: true, cancellationToken).ConfigureAwait(false);
            return (there, shows);
        }
        catch (FtpReplyException refusal) when (refusal.Reply.IsPositive)
        {
            return (there, false);
        }
    }

    private async ValueTask<bool> IsThereAsync(FtpPath path, CancellationToken cancellationToken)
    {
        try
        {
            return (await Client.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind == FtpEntryKind.Directory;
        }
        catch (FtpReplyException refusal) when (!refusal.IsTransient)
        {
            return false;
        }
    }

    private async ValueTask MakeAsync(TreeFolder folder, CancellationToken cancellationToken)
    {
        bool made = await Client.EnsureDirectoryAsync(folder.Remote, parents: folder.Parent is null || Rules.Selects, cancellationToken).ConfigureAwait(false);
        folder.IsHere = true;
        if (!made) return;
        folder.IsNew = true;
        Report(new FtpTreeItem(folder.Path, FtpTreeOutcome.Created) { Remote = folder.Remote, Local = folder.Local, Kind = FtpEntryKind.Directory });
    }
}
