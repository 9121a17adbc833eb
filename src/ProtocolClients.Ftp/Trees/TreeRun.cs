using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Work on a tree: several workers that take what waits, a directory to open or a file to move. Files come before directories, so that little
/// waits; a directory is opened when nothing else is to do, and its files move while it is listed. One that fails hides none of the others.
/// What fails the whole: cancellation, a login that is refused, the top that cannot be opened.
/// </summary>
internal abstract class TreeRun : IDisposable
{
    /// <summary>Why what is called like a part is left alone.</summary>
    protected const string PartReason = "a part of a transfer";

    private readonly Lock _gate = new();
    private readonly TreeQueue _files = new();
    private readonly TreeQueue _folders = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly FtpTransferOptions _transfer;
    private readonly int _connections;
    private ExceptionDispatchInfo? _fatal;
    private long _outstanding;
    private long _entries;
    private volatile bool _isOver;

    protected TreeRun(FtpClient client, FtpManyOptions options, TreeLimits limits)
    {
        Client = client;
        Limits = limits;
        Rules = limits.Rules;
        _connections = options.Connections ?? client.Options.MaxConnections;
        if (options.Transfer.Progress is not null || options.Transfer.Checksum is not null)
            throw new ArgumentException("A progress and a checksum are of one file, not of many.", nameof(options));
        // Beside files that are called like parts no part is safe.
        _transfer = limits.Parts ? options.Transfer with { Continue = false } : options.Transfer;
        Tally = new TreeTally(options, client.Options.TimeProvider);
    }

    protected FtpClient Client { get; }

    protected TreeLimits Limits { get; }

    protected PathRules Rules { get; }

    protected TreeTally Tally { get; }

    /// <summary>True when nothing more is begun.</summary>
    protected bool IsOver => _isOver;

    public async Task<FtpTreeResult> RunAsync(string operation, TreeEntry top, CancellationToken cancellationToken)
    {
        using OperationScope scope = Client.Trace(operation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Push(top);
            await Task.WhenAll(Enumerable.Range(0, _connections).Select(_ => WorkAsync(stop))).ConfigureAwait(false);
            _fatal?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
            return Tally.Result();
        }
        catch (Exception failure)
        {
            scope.Fail(failure);
            throw;
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _folders.Dispose();
        _available.Dispose();
    }

    /// <summary>Gets a directory ready to be listed.</summary>
    protected abstract ValueTask<TreeFolder> EnterAsync(TreeEntry entry, CancellationToken cancellationToken);

    /// <summary>Lists a directory, and pushes what is in it.</summary>
    protected abstract ValueTask ListAsync(TreeFolder folder, TreeEntry entry, CancellationToken cancellationToken);

    /// <summary>Does what is to do about a file.</summary>
    protected abstract ValueTask MoveAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken);

    /// <summary>All that was pushed of a directory is done.</summary>
    protected virtual ValueTask CloseAsync(TreeFolder folder, CancellationToken cancellationToken) => default;

    protected void Push(in TreeEntry entry)
    {
        entry.Folder?.Hold();
        lock (_gate)
        {
            _outstanding++;
            (entry.Kind == FtpEntryKind.Directory ? _folders : _files).Push(entry);
        }

        _available.Release();
    }

    /// <summary>Counts an entry, and says whether it is looked at: not when the rules leave it out, or there are too many.</summary>
    protected bool Admits(TreeFolder folder, FtpPath name, FtpEntryKind kind)
    {
        if (_isOver) return false;
        if (Interlocked.Increment(ref _entries) > Limits.MaxEntries)
        {
            EndEarly($"there are more than {Limits.MaxEntries} entries");
            return false;
        }

        string text = name.ToString();
        if (!Limits.Parts && kind != FtpEntryKind.Directory && (text.EndsWith(".part", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".part.state", StringComparison.OrdinalIgnoreCase)))
        {
            Skip(folder, name, kind, PartReason);
            return false;
        }

        if (!Rules.IsEmpty && !Rules.Admits(folder.PathOf(text), kind == FtpEntryKind.Directory))
        {
            Skip(folder, name, kind, "excluded");
            return false;
        }

        if (kind == FtpEntryKind.Directory && folder.Depth >= Limits.MaxDepth)
        {
            Fail(new TreeEntry(folder, name, kind), new TooDeepException(Limits.MaxDepth));
            return false;
        }

        return true;
    }

    protected virtual void Skip(TreeFolder folder, FtpPath name, FtpEntryKind kind, string reason)
    {
        folder.IsKept = true;
        if (!Tally.TellsItems)
        {
            Tally.Count(FtpTreeOutcome.Skipped, 0, isFile: false);
            return;
        }

        Tally.Done(new FtpTreeItem(folder.PathOf(name.ToString()), FtpTreeOutcome.Skipped) { Remote = RemoteOf(folder, name), Kind = kind, Reason = reason });
    }

    protected virtual void Fail(TreeEntry entry, Exception failure)
    {
        if (entry.Folder is { } folder) folder.IsKept = true;
        Report(new FtpTreeItem(entry.Path, FtpTreeOutcome.Failed)
        {
            Remote = entry.Folder is null ? entry.Name : RemoteOf(entry.Folder, entry.Name),
            Kind = entry.Kind,
            Failure = failure,
        });
    }

    protected void Report(FtpTreeItem item)
    {
        if (!Tally.Done(item)) EndEarly("too much failed");
    }

    protected FtpPath RemoteOf(TreeFolder folder, FtpPath name) => folder.RemoteOf(name, Client.Options.Encoding);

    protected FtpPath RemoteOf(in TreeEntry entry) => entry.Folder is { } folder ? RemoteOf(folder, entry.Name) : entry.Name;

    /// <summary>The name of an entry, exactly.</summary>
    protected FtpPath NameOf(FtpEntry entry)
    {
        ReadOnlySpan<byte> bytes = entry.RawName.Span;
        return System.Text.Ascii.IsValid(bytes) ? entry.Name : FtpDirectories.PathOf(bytes, Client.Options.Encoding);
    }

    /// <summary>
    /// Lists a directory of the server's. A listing that breaks off is asked for again, and gone on with where it broke, when it begins with the
    /// same names; so each entry is taken once without a word kept of those that were.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <param name="take">Is given each entry.</param>
    /// <param name="proves">Whether a directory that shows nothing, or nothing but its own name, has to be proven to be one that may be listed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when nothing was shown: without MLSD an empty directory is not told from one that is closed.</returns>
    protected async ValueTask<bool> ListRemoteAsync(FtpPath path, Action<FtpEntry> take, bool proves, CancellationToken cancellationToken)
    {
        byte[] name = FtpDirectories.Split(path, Client.Options.Encoding).Name.Encode(Client.Options.Encoding).ToArray();
        // Such a name is a pattern to those that look for it in the directory above: then what fits is no entry of this one.
        if (proves && name.AsSpan().IndexOfAny("*?[{"u8) >= 0 && !await Client.ProveAsync(path, mustShow: false, cancellationToken).ConfigureAwait(false)) return false;
        FtpEntry? itself = null;
        bool others = false;
        await EachAsync(
            path,
            entry =>
            {
                if (!others && itself is null && proves && entry.RawName.Span.SequenceEqual(name))
                {
                    itself = entry;
                    return;
                }

                if (itself is not null && !others) take(itself);
                others = true;
                if (!_isOver) take(entry);
            },
            cancellationToken).ConfigureAwait(false);
        if (others || !proves || _isOver) return others;
        bool shows = await Client.ProveAsync(path, mustShow: itself is not null, cancellationToken).ConfigureAwait(false);
        if (itself is not null) take(itself);
        return shows;
    }

    private async ValueTask EachAsync(FtpPath path, Action<FtpEntry> take, CancellationToken cancellationToken)
    {
        var options = new FtpListOptions { Hidden = Limits.Hidden };
        long taken = 0;
        ulong print = 0;
        for (int attempt = 1; ; attempt++)
        {
            long at = 0;
            ulong now = 0;
            try
            {
                await foreach (FtpEntry entry in Client.ListAsync(path, options, cancellationToken).ConfigureAwait(false))
                {
                    now = Mix(now, entry.RawName.Span);
                    at++;
                    if (at < taken) continue;
                    if (at == taken)
                    {
                        if (now != print) throw new IOException("The directory changed while it was listed.");
                        continue;
                    }

                    taken = at;
                    print = now;
                    take(entry);
                    if (_isOver) return;
                }

                if (at < taken) throw new IOException("The directory changed while it was listed.");
                return;
            }
            catch (ProtocolClientException broken) when (broken.IsTransient && at > 0 && attempt < Client.Options.Resilience.Attempts)
            {
                // From the beginning of the listing: no server begins one in its middle.
            }
        }
    }

    protected void EndEarly(string reason)
    {
        lock (_gate) Tally.EndedEarly ??= reason;
        End();
    }

    // FNV-1a, chained over the names.
    private static ulong Mix(ulong hash, ReadOnlySpan<byte> name)
    {
        foreach (byte b in name) hash = (hash ^ b) * 0x100000001B3;
        return (hash ^ 0xFF) * 0x100000001B3 ^ 0xCBF29CE484222325;
    }

    private void End()
    {
        _isOver = true;
        _available.Release(_connections);
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        CancellationToken token = stop.Token;
        var worker = new TreeWorker(Tally, _transfer);
        try
        {
            while (true)
            {
                await _available.WaitAsync(token).ConfigureAwait(false);
                if (!TryTake(out TreeEntry entry)) return;
                await DoAsync(entry, worker, token).ConfigureAwait(false);
                lock (_gate)
                {
                    if (--_outstanding > 0) continue;
                }

                Tally.IsCounted = true;
                End();
            }
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                if (failure is not OperationCanceledException || !token.IsCancellationRequested) _fatal ??= ExceptionDispatchInfo.Capture(failure);
            }

            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private bool TryTake(out TreeEntry entry)
    {
        entry = default;
        if (_isOver) return false;
        lock (_gate) return _files.TryPop(out entry) || _folders.TryPop(out entry);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DoAsync(TreeEntry entry, TreeWorker worker, CancellationToken cancellationToken)
    {
        TreeFolder? opened = null;
        try
        {
            if (entry.Kind == FtpEntryKind.Directory)
            {
                opened = await EnterAsync(entry, cancellationToken).ConfigureAwait(false);
                await ListAsync(opened, entry, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await MoveAsync(entry, worker, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (IsOfOne(failure) && !(entry.Folder is null && Interlocked.Read(ref _entries) == 0))
        {
            if (opened is not null) opened.IsKept = true;
            Fail(entry, failure);
        }

        for (TreeFolder? done = opened ?? entry.Folder; done is not null && done.Release(); done = done.Parent)
        {
            await CloseAsync(done, cancellationToken).ConfigureAwait(false);
            if (done is { IsKept: true, Parent: { } parent }) parent.IsKept = true;
        }
    }

    /// <summary>Whether a failure is of one file or directory, and not of all.</summary>
    internal static bool IsOfOne(Exception failure) =>
        failure is (ProtocolClientException and not AuthenticationFailedException) or IOException or UnauthorizedAccessException or ArgumentException;
}

/// <summary>A directory lies too deep, or contains itself.</summary>
internal sealed class TooDeepException(int depth) : IOException($"It lies deeper than {depth} directories.");

/// <summary>Where a walk through a tree ends, and what it leaves out.</summary>
internal sealed record TreeLimits(PathRules Rules, int MaxDepth, long MaxEntries, bool FollowLinks, bool Parts, bool Hidden, bool FoldsCase)
{
    public static TreeLimits Of(FtpTreeOptions options) => new(
        new PathRules(options.Include, options.Exclude),
        options.MaxDepth,
        options.MaxEntries,
        options.FollowLinks,
        options.Parts,
        options.Hidden,
        FoldsCase: !(options.DistinguishCase ?? !(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())));
}
