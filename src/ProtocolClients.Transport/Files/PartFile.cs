using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Transport;

/// <summary>
/// A file in the making: written beside its final name under no name (Linux) or one of its own, and given the final one when it is whole.
/// Nothing half-written ever stands under the final name, whatever ends the work. Disposing without <see cref="Commit"/>
/// deletes what was written, and nothing else: the file is known by its handle, not by its name. A part that a later run shall go on
/// with (<see cref="OpenOrCreate"/>) has a name that can be found again, and stays when it is disposed.
/// </summary>
public sealed class PartFile : IDisposable
{
    private const int MaxNames = 100_000;
    private const int MaxParts = 100;
    private const long MaxReserved = 16L * 1024 * 1024 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly bool _overwrite;
    private string? _partPath;
    private bool _isNameless;
    private bool _committed;

    private PartFile(string path, string? partPath, SafeFileHandle handle, bool overwrite, bool keep)
    {
        Path = path;
        _partPath = partPath;
        _isNameless = partPath is null;
        _handle = handle;
        _overwrite = overwrite;
        Keep = keep;
    }

    /// <summary>The final name, absolute.</summary>
    public string Path { get; private set; }

    /// <summary>
    /// The name while it is made, in the same folder, ending in <c>.part</c>: random and hidden, or, when a later run may go on with it,
    /// the final name with that ending (and a number, when that is another program's). Where a file can be made without a name, nothing stands
    /// under a hidden one, but for the moment in which it replaces another file.
    /// </summary>
    public string PartPath => _partPath ??= System.IO.Path.Combine(Folder, PartNames.Hidden());

    /// <summary>Whether the part stays when this object is disposed without <see cref="Commit"/>, for a later run to go on with.</summary>
    public bool Keep { get; set; }

    /// <summary>The open file; write through <see cref="RandomAccess"/> by offset.</summary>
    public SafeFileHandle Handle => _handle;

    /// <summary>Creates the part file; the final name is not touched.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="overwrite">Whether <see cref="Commit"/> may replace an existing file of that name.</param>
    /// <param name="length">The expected length in bytes when it is trusted enough to reserve the room; 0 for none.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">The final name exists and may not be replaced, is a folder, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static PartFile Create(string path, bool overwrite = false, long length = 0) => Create(path, overwrite, length, mayBeNameless: true);

    /// <summary>As the public one; the file systems that know no nameless files are not everywhere.</summary>
    internal static PartFile Create(string path, bool overwrite, long length, bool mayBeNameless)
    {
        (path, string folder) = Checked(path, overwrite);
        if (mayBeNameless && NamelessFile.TryCreate(folder) is { } nameless)
        {
            var part = new PartFile(path, null, nameless, overwrite, keep: false);
            if (length == 0) return part;
            try
            {
                part.Reserve(length);
                return part;
            }
            catch
            {
                nameless.Dispose();
                throw;
            }
        }

        string partPath = System.IO.Path.Combine(folder, PartNames.Hidden());
        return new PartFile(path, partPath, CreateNew(path, partPath, FileShare.Read, length), overwrite, keep: false);
    }

    /// <summary>
    /// Opens the part that an earlier run left for this name, or creates it. It is locked as long as it is open, and stays when it is
    /// disposed. What stands under its name and is no plain file of this user is refused: a link may lead anywhere, and another
    /// user could have put other bytes in.
    /// </summary>
    /// <param name="path">The final name.</param>
    /// <param name="overwrite">Whether <see cref="Commit"/> may replace an existing file of that name.</param>
    /// <param name="isOwn">
    /// Whether a part that was opened is the caller's to write: other programs name their files so too. One that is not stays as it is, and
    /// the next name is tried: <c>NAME.1.part</c>, <c>NAME.2.part</c> … Null when all are.
    /// </param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">
    /// The final name exists and may not be replaced, or is a folder; another process is at work on the same file; the part is no plain file
    /// of this user; a hundred names are others'.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the part may not be written.</exception>
    public static PartFile OpenOrCreate(string path, bool overwrite = false, Func<PartFile, bool>? isOwn = null)
    {
        (path, string folder) = Checked(path, overwrite);
        string name = System.IO.Path.GetFileName(path);
        for (int number = 0; number < MaxParts; number++)
        {
            PartFile part = OpenPart(path, System.IO.Path.Combine(folder, PartNames.Of(name, number)), overwrite);
            bool kept = false;
            try
            {
                kept = isOwn?.Invoke(part) ?? true;
                if (!kept) continue;
                part.Keep = true;
                return part;
            }
            finally
            {
                // Made for the question only.
                if (!kept) part.Dispose();
            }
        }

        throw new IOException($"'{System.IO.Path.Combine(folder, PartNames.Of(name))}' and those like it are other programs': there is no name for the part.");
    }

    /// <summary>A part that goes again when it is disposed, if it was not there before.</summary>
    private static PartFile OpenPart(string path, string partPath, bool overwrite)
    {
        SafeFileHandle handle = Open(path, partPath, out bool isNew);
        var part = new PartFile(path, partPath, handle, overwrite, keep: !isNew);
        try
        {
            // By the handle, since a name can be swapped between two looks at it.
            if (!part.IsOurs() || !FileIdentity.IsPlainAndOwn(part._handle)) throw new IOException($"'{partPath}' is a link, or not a file of this user: it is not used.");
            // Whoever held the lock may have given the file its name while we waited to open it.
            if (!overwrite) ThrowIfTaken(path);
            return part;
        }
        catch
        {
            part._handle.Dispose();
            throw;
        }
    }

    /// <summary>The names that <see cref="OpenOrCreate"/> tries for the part of a final name, in its order.</summary>
    /// <param name="path">The final name.</param>
    public static IEnumerable<string> PartPathsOf(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        string folder = System.IO.Path.GetDirectoryName(path) ?? string.Empty;
        return Enumerable.Range(0, MaxParts).Select(number => System.IO.Path.Combine(folder, PartNames.Of(System.IO.Path.GetFileName(path), number)));
    }

    /// <summary>
    /// Reserves the disk's room for what is announced: a disk that is too small is told at once, and the file is laid out in
    /// one piece; in memory (tmpfs) only the room is looked at. Reserves no more than 16 GiB, whatever is announced; the file's length stays as it is. Does nothing where
    /// the system or the file system cannot.
    /// </summary>
    /// <param name="length">The announced length in bytes.</param>
    /// <exception cref="IOException">The disk is too full.</exception>
    public void Reserve(long length) => DiskRoom.Reserve(Folder, _handle, Math.Min(length, MaxReserved));

    /// <summary>Gives the file its final name, in one step.</summary>
    /// <param name="durable">Whether the bytes are forced to the disk first, so that they outlive a power failure.</param>
    /// <param name="next">
    /// Gives another final name in the same folder when one is taken, told how many were; null to fail then. <see cref="Path"/> says which
    /// it became.
    /// </param>
    /// <exception cref="IOException">The final name was taken meanwhile, the part file was replaced by another, or the disk is full.</exception>
    public void Commit(bool durable = true, Func<int, string>? next = null)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (durable) RandomAccess.FlushToDisk(_handle);
        if (!_isNameless && !IsOurs()) throw new IOException($"'{PartPath}' was replaced by another file while it was written.");
        for (int taken = 0; !TryMove(next is not null && taken < MaxNames);)
        {
            taken++;
            Path = System.IO.Path.GetFullPath(next!(taken));
        }

        _committed = true;
        _handle.Dispose();
    }

    /// <summary>Deletes the part file unless it was committed.</summary>
    public void Dispose()
    {
        if (_handle.IsClosed) return;
        if (_isNameless)
        {
            using (_handle)
            {
                if (Keep && !_committed) NameByItself();
            }

            return;
        }

        bool delete = !_committed && !Keep && IsOurs();
        _handle.Dispose();
        if (!delete) return;
        try
        {
            File.Delete(PartPath);
        }
        catch (IOException)
        {
            // The failure that ended the work is the one to tell, not this one.
        }
        catch (UnauthorizedAccessException)
        {
        }
    }

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>From now on it is as one that had a name from the beginning.</summary>
    private void NameByItself()
    {
        while (!NamelessFile.TryName(_handle, PartPath)) _partPath = null;
        _isNameless = false;
    }

    private bool TryMove(bool hasNext)
    {
        try
        {
            if (_isNameless)
            {
                if (NamelessFile.TryName(_handle, Path)) return true;
                if (!_overwrite) throw new IOException($"'{Path}' exists already.");
                // A name that is taken is replaced by renaming alone.
                NameByItself();
            }

            if (_overwrite)
            {
                File.Move(PartPath, Path, overwrite: true);
                return true;
            }

            ExclusiveMove.Move(PartPath, Path);
            return true;
        }
        catch (IOException) when (!_overwrite && hasNext && System.IO.Path.Exists(Path))
        {
            return false;
        }
        catch (IOException cause) when (!cause.Message.Contains($"'{Path}'", StringComparison.Ordinal))
        {
            throw Told(Path, PartPath, cause);
        }
    }

    private static IOException Told(string path, string partPath, IOException cause) =>
        new($"'{path}' cannot be made: {cause.Message.Replace(partPath, path, StringComparison.Ordinal)}", cause) { HResult = cause.HResult };

    private static (string Path, string Folder) Checked(string path, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.Exists(path))
        {
            if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder.");
            if (!overwrite) ThrowIfTaken(path);
        }

        return (path, System.IO.Path.GetDirectoryName(path) ?? throw new IOException($"'{path}' names no file."));
    }

    /// <summary>Makes the part; a failure is told by the path that the caller named, since he never heard of the part's.</summary>
    private static SafeFileHandle CreateNew(string path, string partPath, FileShare share, long length)
    {
        try
        {
            return File.OpenHandle(partPath, FileMode.CreateNew, FileAccess.ReadWrite, share, FileOptions.None, length);
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new UnauthorizedAccessException($"'{path}' may not be made: the folder '{System.IO.Path.GetDirectoryName(path)}' is not ours to write in.", cause);
        }
        catch (IOException cause)
        {
            string folder = System.IO.Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}'.", cause);
            if (cause is not (DirectoryNotFoundException or FileNotFoundException)) throw Told(path, partPath, cause);
            throw new IOException($"'{path}' cannot be made: the folder '{folder}' does not take it.", cause);
        }
    }

    private static SafeFileHandle Open(string path, string partPath, out bool isNew)
    {
        isNew = false;
        // Never the mode that does both: it would create what a dangling link names.
        if (!System.IO.Path.Exists(partPath) && new FileInfo(partPath).LinkTarget is null)
        {
            isNew = true;
            return CreateNew(path, partPath, FileShare.None, length: 0);
        }

        if (new FileInfo(partPath) is not { Exists: true, LinkTarget: null }) throw new IOException($"'{partPath}' is a link, or no file: it is not used.");
        try
        {
            return File.OpenHandle(partPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException cause) when (cause is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new IOException($"'{partPath}' is in use: another transfer to the same file is under way.", cause);
        }
    }

    private static void ThrowIfTaken(string path)
    {
        if (System.IO.Path.Exists(path)) throw new IOException($"'{path}' exists already.");
    }

    /// <summary>
    /// Whether the name still leads to the file that this object created: somebody may have swapped it for a link
    /// (CVE-2022-27778, CVE-2022-32207). Linux numbers its files; a file system whose numbers change may still tell the name of an open
    /// file. Elsewhere a link is refused.
    /// </summary>
    private bool IsOurs()
    {
        if (FileIdentity.IsAt(_handle, PartPath)) return true;
        if (OperatingSystem.IsLinux())
        {
            string? name = new FileInfo($"/proc/self/fd/{_handle.DangerousGetHandle()}").LinkTarget;
            if (name is not null) return string.Equals(name, Canonical(PartPath), StringComparison.Ordinal);
        }

        return new FileInfo(PartPath) is { Exists: true, LinkTarget: null };
    }

    /// <summary>The part's name with the links of its folder resolved, as the kernel tells it.</summary>
    private static string Canonical(string path)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        return System.IO.Path.Combine(Resolve(folder), System.IO.Path.GetFileName(path));
    }

    private static string Resolve(string folder)
    {
        string? parent = System.IO.Path.GetDirectoryName(folder);
        if (parent is null) return folder;
        string resolved = System.IO.Path.Combine(Resolve(parent), System.IO.Path.GetFileName(folder));
        return Directory.ResolveLinkTarget(resolved, returnFinalTarget: true) is { } target ? Resolve(target.FullName) : resolved;
    }
}
