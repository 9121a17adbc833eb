using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>Walks through both trees at once, directory by directory, and notes what has to be done.</summary>
internal sealed class SyncPlanner : TreeRun
{
    // On which sides a directory is.
    private const byte Here = 1;
    private const byte There = 2;

    private readonly Lock _gate = new();
    private readonly List<FtpSyncStep> _steps = [];
    private readonly LocalTree _tree;
    private readonly FtpSyncOptions _options;
    private readonly bool _isUp;
    private readonly bool _setsTimes;
    private readonly bool _newerIsSame;
    private long _unchanged;

    public SyncPlanner(FtpClient client, string local, FtpSyncOptions options, FtpCapabilities capabilities)
        : base(client, new FtpBatchOptions { MaxFailures = int.MaxValue }, Limit(options))
    {
        _tree = new LocalTree(local);
        _options = options;
        _isUp = options.Direction == FtpSyncDirection.Up;
        _setsTimes = !_isUp || capabilities.Mfmt || capabilities.SiteUtime;
        _newerIsSame = options.Times == FtpSyncTimes.NotOlder || (options.Times == FtpSyncTimes.Auto && !_setsTimes);
    }

    public async Task<FtpSyncPlan> PlanAsync(FtpPath remote, CancellationToken cancellationToken)
    {
        FtpTreeResult walk = await RunAsync("plan_sync", new TreeEntry(null, remote, FtpEntryKind.Directory), cancellationToken).ConfigureAwait(false);
        if (walk.EndedEarly is not null) throw new WireLimitException(nameof(FtpSyncOptions.MaxEntries), _options.MaxEntries);
        return new FtpSyncPlan
        {
            Local = _tree.Root,
            Remote = remote,
            Options = _options,
            Steps = Ordered(),
            Unchanged = _unchanged,
        };
    }

    protected override async ValueTask<TreeFolder> EnterAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Folder is { } parent)
        {
            string name = entry.Name.ToString();
            return new TreeFolder(parent, parent.PathOf(name), RemoteOf(entry), Path.Combine(parent.Local, name)) { Mark = entry.Mark };
        }

        byte sides = Directory.Exists(_tree.Root) ? Here : (byte)0;
        if (!_isUp || entry.Name.IsEmpty || await IsThereAsync(entry.Name, cancellationToken).ConfigureAwait(false)) sides |= There;
        var top = new TreeFolder(null, string.Empty, entry.Name, _tree.Root) { Mark = sides };
        if (sides != (Here | There)) Add(Step(FtpSyncAction.CreateDirectory, top, entry.Name, FtpSyncReason.New) with { Path = string.Empty, Remote = entry.Name, Local = _tree.Root });
        return top;
    }

    protected override async ValueTask ListAsync(TreeFolder folder, TreeEntry entry, CancellationToken cancellationToken)
    {
        var there = new Dictionary<string, TreeEntry>(StringComparer.Ordinal);
        HashSet<string>? names = !_isUp && Limits.FoldsCase ? new HashSet<string>(StringComparer.OrdinalIgnoreCase) : null;
        if ((folder.Mark & There) != 0)
        {
            await ListRemoteAsync(folder.Remote, found => Note(folder, found, there, names), proves: true, cancellationToken).ConfigureAwait(false);
            // What is here goes only when the server showed for certain that it has it not.
            bool deletes = !_isUp && _options.DeleteExtra && (folder.Mark & Here) != 0 && LocalTree.Entries(folder.Local).Any(here => !there.ContainsKey(here.Name));
            if (deletes) await Client.ProveAsync(folder.Remote, mustShow: true, cancellationToken).ConfigureAwait(false);
        }

        if ((folder.Mark & Here) != 0)
        {
            foreach (LocalEntry here in LocalTree.Entries(folder.Local))
            {
                if (IsOver) return;
                cancellationToken.ThrowIfCancellationRequested();
                Pair(folder, here.Name, here, there.Remove(here.Name, out TreeEntry other) ? other : null);
            }
        }

        foreach (TreeEntry left in there.Values)
        {
            if (IsOver) return;
            Pair(folder, left.Name, null, left);
        }
    }

    // Files that are compared by their hashes.
    protected override async ValueTask MoveAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken)
    {
        TreeFolder folder = entry.Folder!;
        string local = Path.Combine(folder.Local, entry.Name.ToString());
        FtpHash hash = await Client.HashAsync(RemoteOf(entry), null, cancellationToken).ConfigureAwait(false);
        string mine = await LocalHash.OfAsync(local, hash.Algorithm, cancellationToken).ConfigureAwait(false);
        LocalEntry here = LocalEntry.Find(local) ?? throw new FileNotFoundException($"'{local}' is gone.", local);
        FtpSyncFile mineSeen = SyncFiles.Of(here);
        FtpSyncFile theirs = SyncFiles.Of(entry);
        if (mine != hash.Hex) Move(folder, entry.Name, FtpSyncReason.HashDiffers, mineSeen, theirs);
        else if (_setsTimes && theirs.Modified is { } told && SameTime.Difference(told, theirs.Precision, here.Modified, _options.TimeTolerance) != 0)
            Add(Step(FtpSyncAction.SetTime, folder, entry.Name, FtpSyncReason.TimeDiffers, mineSeen, theirs));
        else Same(folder, entry.Name, mineSeen, theirs);
    }

    protected override ValueTask CloseAsync(TreeFolder folder, CancellationToken cancellationToken)
    {
        bool isExtra = folder.Parent is not null && folder.Mark == (_isUp ? There : Here);
        if (isExtra && !folder.IsKept && !IsOver)
        {
            Add(new FtpSyncStep(FtpSyncAction.DeleteDirectory, folder.Path, FtpSyncReason.Extra)
            {
                Remote = folder.Remote,
                Local = folder.Local,
                Target = new FtpSyncFile(FtpEntryKind.Directory, null, null, FtpTimePrecision.None),
            });
        }

        return default;
    }

    protected override void Skip(TreeFolder folder, FtpPath name, FtpEntryKind kind, string reason)
    {
        folder.IsKept = true;
        Add(Step(FtpSyncAction.Skip, folder, name, reason == PartReason ? FtpSyncReason.Part : FtpSyncReason.Excluded));
    }

    protected override void Fail(TreeEntry entry, Exception failure)
    {
        if (entry.Folder is not { } folder) Add(new FtpSyncStep(FtpSyncAction.Skip, string.Empty, FtpSyncReason.Unreadable) { Remote = entry.Name, Local = _tree.Root, Problem = failure });
        else Trouble(folder, entry.Name, failure is TooDeepException ? FtpSyncReason.TooDeep : FtpSyncReason.Unreadable, failure);
    }

    private static TreeLimits Limit(FtpSyncOptions options) => TreeLimits.Of(new FtpTreeOptions
    {
        Include = options.Include,
        Exclude = options.Exclude,
        MaxDepth = options.MaxDepth,
        MaxEntries = options.MaxEntries,
        Hidden = options.Hidden,
        DistinguishCase = options.DistinguishCase,
    });

    private void Note(TreeFolder folder, FtpEntry found, Dictionary<string, TreeEntry> there, HashSet<string>? names)
    {
        FtpPath name = NameOf(found);
        // Upwards a name is only looked for; here it would become a file.
        bool isFit = RemoteName.IsOne(found.RawName.Span) && !name.IsExact && (_isUp || SafeFileName.IsSafe(found.Name)) && (names is null || names.Add(NormalForm.Of(found.Name)));
        if (isFit && there.TryAdd(found.Name, TreeEntry.Of(folder, found, name))) return;
        if (Admits(folder, name, found.Kind)) Trouble(folder, name, FtpSyncReason.UnsafeName, null);
    }

    private void Pair(TreeFolder folder, FtpPath name, LocalEntry? here, TreeEntry? there)
    {
        FtpSyncFile? mine = here is { } local ? SyncFiles.Of(local) : null;
        FtpSyncFile? theirs = there is { } remote ? SyncFiles.Of(remote) : null;
        (FtpSyncFile? source, FtpSyncFile? target) = _isUp ? (mine, theirs) : (theirs, mine);
        FtpEntryKind kind = source?.Kind ?? target!.Value.Kind;
        if (!Admits(folder, name, kind)) return;
        if (source?.Kind == FtpEntryKind.Link || target?.Kind == FtpEntryKind.Link) Leave(folder, name, FtpSyncReason.Link, mine, theirs);
        else if (kind is FtpEntryKind.Other or FtpEntryKind.Unknown) Leave(folder, name, FtpSyncReason.NotAFile, mine, theirs);
        else if (source is null) Extra(folder, name, target!.Value, mine, theirs);
        else if (target is { } other && other.Kind != kind) Trouble(folder, name, FtpSyncReason.Conflict, null);
        else if (kind == FtpEntryKind.Directory)
        {
            if (target is null) Add(Step(FtpSyncAction.CreateDirectory, folder, name, FtpSyncReason.New, mine, theirs));
            Push(new TreeEntry(folder, name, kind) { Mark = (byte)((mine is null ? 0 : Here) | (theirs is null ? 0 : There)) });
        }
        else if (target is null) Move(folder, name, FtpSyncReason.New, mine, theirs);
        else Compare(folder, name, mine!.Value, theirs!.Value);
    }

    private void Extra(TreeFolder folder, FtpPath name, FtpSyncFile target, FtpSyncFile? mine, FtpSyncFile? theirs)
    {
        if (!_options.DeleteExtra) Leave(folder, name, FtpSyncReason.Extra, mine, theirs);
        else if (target.Kind == FtpEntryKind.Directory) Push(new TreeEntry(folder, name, target.Kind) { Mark = _isUp ? There : Here });
        else Add(Step(FtpSyncAction.Delete, folder, name, FtpSyncReason.Extra, mine, theirs));
    }

    private void Compare(TreeFolder folder, FtpPath name, FtpSyncFile mine, FtpSyncFile theirs)
    {
        if (mine.Size != theirs.Size)
        {
            Move(folder, name, FtpSyncReason.SizeDiffers, mine, theirs);
            return;
        }

        switch (_options.Compare)
        {
            case FtpSyncComparison.Size:
                Same(folder, name, mine, theirs);
                return;
            case FtpSyncComparison.Hash:
                Push(new TreeEntry(folder, name, FtpEntryKind.File) { Size = theirs.Size ?? -1, Modified = theirs.Modified?.UtcTicks ?? -1, Precision = theirs.Precision });
                return;
        }

        if (theirs.Modified is not { } told)
        {
            Move(folder, name, FtpSyncReason.TimeUnknown, mine, theirs);
            return;
        }

        int difference = SameTime.Difference(told, theirs.Precision, mine.Modified!.Value, _options.TimeTolerance);
        bool isCopyNewer = _isUp ? difference > 0 : difference < 0;
        if (difference == 0 || (_newerIsSame && isCopyNewer)) Same(folder, name, mine, theirs);
        else Move(folder, name, isCopyNewer ? FtpSyncReason.Older : FtpSyncReason.Newer, mine, theirs);
    }

    private void Move(TreeFolder folder, FtpPath name, FtpSyncReason reason, FtpSyncFile? mine, FtpSyncFile? theirs) =>
        Add(Step(_isUp ? FtpSyncAction.Upload : FtpSyncAction.Download, folder, name, reason, mine, theirs));

    private void Same(TreeFolder folder, FtpPath name, FtpSyncFile mine, FtpSyncFile theirs)
    {
        Interlocked.Increment(ref _unchanged);
        if (_options.ListUnchanged) Add(Step(FtpSyncAction.Skip, folder, name, FtpSyncReason.Unchanged, mine, theirs));
    }

    private void Leave(TreeFolder folder, FtpPath name, FtpSyncReason reason, FtpSyncFile? mine, FtpSyncFile? theirs)
    {
        folder.IsKept = true;
        Add(Step(FtpSyncAction.Skip, folder, name, reason, mine, theirs));
    }

    private void Trouble(TreeFolder folder, FtpPath name, FtpSyncReason reason, Exception? failure)
    {
        folder.IsKept = true;
        FtpSyncStep step = Step(FtpSyncAction.Skip, folder, name, reason);
        Add(step with { Problem = failure, Local = reason == FtpSyncReason.UnsafeName ? null : step.Local });
    }

    private FtpSyncStep Step(FtpSyncAction action, TreeFolder folder, FtpPath name, FtpSyncReason reason, FtpSyncFile? mine = null, FtpSyncFile? theirs = null) =>
        new(action, folder.PathOf(name.ToString()), reason)
        {
            Remote = RemoteOf(folder, name),
            Local = Path.Combine(folder.Local, name.ToString()),
            Source = _isUp ? mine : theirs,
            Target = _isUp ? theirs : mine,
        };

    private void Add(FtpSyncStep step)
    {
        lock (_gate) _steps.Add(step);
    }

    private async ValueTask<bool> IsThereAsync(FtpPath path, CancellationToken cancellationToken) =>
        await SyncFiles.FindAsync(Client, path, cancellationToken).ConfigureAwait(false) is { Kind: FtpEntryKind.Directory };

    private FtpSyncStep[] Ordered()
    {
        IEnumerable<FtpSyncStep> steps = _steps;
        if (Rules.Selects)
        {
            // Where only some files are meant, a directory without any of them is not made.
            var needed = new HashSet<string>(StringComparer.Ordinal) { string.Empty };
            foreach (FtpSyncStep step in _steps.Where(step => step.Bytes > 0 || step.Action is FtpSyncAction.Upload or FtpSyncAction.Download))
            {
                for (int slash = step.Path.LastIndexOf('/'); slash > 0 && needed.Add(step.Path[..slash]); slash = step.Path.LastIndexOf('/', slash - 1))
                {
                }
            }

            steps = steps.Where(step => step.Action != FtpSyncAction.CreateDirectory || needed.Contains(step.Path));
        }

        return
        [
            .. steps.Where(step => step.Action != FtpSyncAction.DeleteDirectory && step.IsChange).OrderBy(step => step.Action).ThenBy(step => step.Path, StringComparer.Ordinal),
            .. steps.Where(step => step.Action == FtpSyncAction.DeleteDirectory).OrderByDescending(step => step.Path, StringComparer.Ordinal),
            .. steps.Where(step => !step.IsChange).OrderBy(step => step.Path, StringComparer.Ordinal),
        ];
    }
}
