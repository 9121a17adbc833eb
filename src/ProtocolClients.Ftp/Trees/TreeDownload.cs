using System.Runtime.CompilerServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A tree on its way from the server to here.</summary>
internal sealed class TreeDownload : TreeRun
{
    private readonly LocalTree _tree;
    private readonly FileFetch _fetch;

    public TreeDownload(FtpClient client, string local, FtpTreeOptions options)
        : base(client, options, TreeLimits.Of(options))
    {
        _tree = new LocalTree(local);
        _fetch = new FileFetch(client, options);
    }

    protected override ValueTask<TreeFolder> EnterAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        TreeFolder folder = entry.Folder is { } parent
            ? new TreeFolder(parent, parent.PathOf(entry.Name.ToString()), RemoteOf(entry), _tree.Below(parent.Local, entry.Name))
            : new TreeFolder(null, string.Empty, entry.Name, _tree.Root);
        // Where only some files are meant, a directory is made for the first of them.
        if (!Rules.Selects || folder.Parent is null) Make(folder);
        return ValueTask.FromResult(folder);
    }

    protected override async ValueTask ListAsync(TreeFolder folder, TreeEntry entry, CancellationToken cancellationToken)
    {
        HashSet<string>? names = Limits.FoldsCase ? new HashSet<string>(StringComparer.OrdinalIgnoreCase) : null;
        await ListRemoteAsync(folder.Remote, found => Take(folder, found, names), proves: true, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask MoveAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken)
    {
        TreeFolder folder = entry.Folder!;
        FtpPath remote = RemoteOf(entry);
        if (entry.Kind != FtpEntryKind.File)
        {
            FtpEntry facts = await Client.StatAsync(remote, cancellationToken).ConfigureAwait(false);
            if (facts.Kind == FtpEntryKind.Directory && entry.Kind == FtpEntryKind.Unknown)
            {
                if (Admits(folder, entry.Name, FtpEntryKind.Directory)) Push(entry with { Kind = FtpEntryKind.Directory });
                return;
            }

            if (facts.Kind != FtpEntryKind.File)
            {
                Skip(folder, entry.Name, entry.Kind, "a link, and not to a file");
                return;
            }

            entry = TreeEntry.Of(folder, facts, entry.Name);
        }

        string local = _tree.Below(folder.Local, entry.Name);
        if (folder.IsHere) _tree.Check(folder);
        else Make(folder);
        TransferResult result;
        try
        {
            result = await _fetch.FetchAsync(worker.Transfer, remote, local, entry.SizeOrNull, entry.ModifiedOrNull, entry.Precision, cancellationToken).ConfigureAwait(false);
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
                Remote = remote,
                Local = result.Path,
                Kind = FtpEntryKind.File,
                Bytes = moved ? result.Bytes : 0,
                Reason = moved ? null : "it is here already",
            });
        }
    }

    private void Take(TreeFolder folder, FtpEntry found, HashSet<string>? names)
    {
        FtpPath name = NameOf(found);
        if (found.Kind is FtpEntryKind.Link or FtpEntryKind.Other && !(found.Kind == FtpEntryKind.Link && Limits.FollowLinks))
        {
            if (Admits(folder, name, found.Kind)) Skip(folder, name, found.Kind, found.Kind == FtpEntryKind.Link ? "a link" : "no file");
            return;
        }

        if (!Admits(folder, name, found.Kind)) return;
        TreeEntry entry = TreeEntry.Of(folder, found, name);
        try
        {
            string local = _tree.Below(folder.Local, name);
            if (names is not null && !names.Add(NormalForm.Of(found.Name))) throw new IOException($"'{name}' differs from another name in upper and lower case only, which is one name here.");
            if (found.Kind == FtpEntryKind.File && _fetch.IsUnchanged(local, found.Size, found.Modified, found.ModifiedPrecision))
            {
                Tally.Found(0);
                if (!Tally.TellsItems) Tally.Count(FtpTreeOutcome.Skipped, 0, isFile: true);
                else Report(new FtpTreeItem(entry.Path, FtpTreeOutcome.Skipped) { Remote = RemoteOf(entry), Local = local, Kind = FtpEntryKind.File, Reason = "unchanged" });
                return;
            }
        }
        catch (Exception refusal) when (IsOfOne(refusal))
        {
            Fail(entry, refusal);
            return;
        }

        if (found.Kind != FtpEntryKind.Directory) Tally.Found(entry.Size);
        Push(entry);
    }

    private void Make(TreeFolder folder)
    {
        lock (folder)
        {
            if (folder.IsHere) return;
            bool made = _tree.Ensure(folder.Local);
            for (TreeFolder? at = folder; at is not null; at = at.Parent) at.IsHere = true;
            if (made) Report(new FtpTreeItem(folder.Path, FtpTreeOutcome.Created) { Remote = folder.Remote, Local = folder.Local, Kind = FtpEntryKind.Directory });
        }
    }
}
