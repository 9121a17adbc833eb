using System.Collections.Concurrent;

namespace ProtocolClients.Testing;

/// <summary>The files of a server as FTP sees them: directories that stay, permissions, times. Keys are normalised paths.</summary>
internal sealed partial class FtpTree(MockFiles files, MockFtpLinks links, MockFtpDirectories directories, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, UnixFileMode> _modes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _times = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _made = new(StringComparer.Ordinal);

    public DateTimeOffset Now
    {
        get
        {
            DateTimeOffset now = time.GetUtcNow();
            return new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        }
    }

    /// <summary>The key of a path that a client named, links on the way followed, a last one not; null when there can be no such path.</summary>
    public string? Resolve(string directory, string path)
    {
        if (MockFiles.Normalise(path.StartsWith('/') ? path : directory + "/" + path) is not { } key) return null;
        return links.Follow(FolderIndex.Parent(key)) is { } parent ? Below(parent, key[(key.LastIndexOf('/') + 1)..]) : null;
    }

    /// <summary>Where a path leads at last; null for links in a circle.</summary>
    public string? Follow(string key) => links.Follow(key);

    /// <summary>Whether the path leads to a directory.</summary>
    public bool IsDirectory(string key) => links.Follow(key) is { } real && (real.Length == 0 || files.IsDirectory(real));

    /// <summary>Whether the modes that were set let anybody go into a directory.</summary>
    public bool MayEnter(string key)
    {
        for (string at = key; at.Length > 0; at = FolderIndex.Parent(at))
        {
            if (_modes.TryGetValue(at, out UnixFileMode mode) && !mode.HasFlag(UnixFileMode.UserExecute)) return false;
        }

        return IsDirectory(key);
    }

    /// <summary>Whether they let anybody list it.</summary>
    public bool MayOpen(string key) =>
        MayEnter(FolderIndex.Parent(key)) && IsDirectory(key) && (!_modes.TryGetValue(key, out UnixFileMode mode) || mode.HasFlag(UnixFileMode.UserRead));

    /// <summary>The file that the path leads to.</summary>
    public MockFile? File(string key) =>
        links.Follow(key) is not { Length: > 0 } real || files.IsDirectory(real) ? null : files.Find(real);

    /// <summary>What is there itself: a link is a link.</summary>
    public MockFtpEntry? Find(string key)
    {
        string name = key[(key.LastIndexOf('/') + 1)..];
        if (links.Find(key) is { } target) return Dated(key, new MockFtpEntry(name) { Kind = MockFtpEntryKind.Link, Target = target });
        if (IsDirectory(key)) return Dated(key, new MockFtpEntry(name) { Kind = MockFtpEntryKind.Directory, Modified = FolderTime(key) });
        return File(key) is { } file ? Dated(key, new MockFtpEntry(name) { Size = file.Length, Modified = file.Modified }) : null;
    }

    /// <summary>What is in a directory.</summary>
    public IEnumerable<MockFtpEntry> List(string key)
    {
        IEnumerable<string> names = files.List(key).Select(static name => name.TrimEnd('/'));
        string[] linked = [.. links.In(key).Select(static link => link.Name)];
        if (linked.Length > 0) names = names.Except(linked, StringComparer.Ordinal).Concat(linked).Order(StringComparer.Ordinal);
        return directories.In(key).Concat(names.Select(name => Find(Below(key, name))).OfType<MockFtpEntry>());
    }

    public bool MakeDirectory(string key)
    {
        if (Find(key) is not null || !IsDirectory(FolderIndex.Parent(key))) return false;
        if (files.OnDisk(key) is not { } local) return files.AddDirectory(key, Now);
        if (!files.TryPlace(key, out _)) return false;
        Directory.CreateDirectory(local);
        return true;
    }

    public bool RemoveDirectory(string key)
    {
        if (key.Length == 0 || links.Find(key) is not null || !files.IsDirectory(key) || List(key).Any()) return false;
        KeepParent(key);
        bool gone = files.RemoveDirectory(key);
        if (files.OnDisk(key) is { } local && Directory.Exists(local))
        {
            Directory.Delete(local);
            gone = true;
        }

        if (gone) Forget(key);
        return gone;
    }

    public bool Delete(string key)
    {
        if (links.Find(key) is not null) return links.Remove(key);
        if (File(key) is null || !files.TryPlace(key, out string? local)) return false;
        KeepParent(key);
        if (local is not null) System.IO.File.Delete(local);
        else if (!files.Remove(key)) return false;
        Forget(key);
        return true;
    }

    /// <summary>Moves a file, over one that is there, or a directory to where nothing is.</summary>
    public bool Rename(string from, string to)
    {
        if (from.Length == 0 || to.Length == 0 || from == to || !IsDirectory(FolderIndex.Parent(to))) return false;
        if (links.Find(from) is not null) return Find(to) is null && links.Move(from, to);
        KeepParent(from);
        if (File(from) is { } file)
        {
            if (IsDirectory(to) || !files.TryPlace(from, out string? source) || !files.TryPlace(to, out string? target)) return false;
            if (source is not null && target is not null) System.IO.File.Move(source, target, overwrite: true);
            else if (source is not null) return false;
            else
            {
                files[to] = file;
                files.Remove(from);
            }

            MoveFacts(from, to);
            return true;
        }

        if (!files.IsDirectory(from) || Find(to) is not null || to.StartsWith(from + "/", StringComparison.Ordinal)) return false;
        if (files.OnDisk(from) is { } old && Directory.Exists(old)) Directory.Move(old, files.OnDisk(to)!);
        MoveDirectory(from, to);
        return true;
    }

    public bool SetModified(string key, DateTimeOffset modified)
    {
        if (links.Follow(key) is not { } real) return false;
        key = real;
        if (IsDirectory(key))
        {
            _times[key] = modified;
            return true;
        }

        if (File(key) is not { } file || !files.TryPlace(key, out string? local)) return false;
        if (local is not null) System.IO.File.SetLastWriteTimeUtc(local, modified.UtcDateTime);
        else files[key] = file.At(modified);
        return true;
    }

    public bool SetCreated(string key, DateTimeOffset made)
    {
        if (Find(key) is null) return false;
        _made[key] = made;
        return true;
    }

    public bool SetMode(string key, UnixFileMode mode)
    {
        if (Find(key) is null) return false;
        _modes[key] = mode;
        return true;
    }

    public static string Below(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;

    private MockFtpEntry Dated(string key, MockFtpEntry entry) => entry with
    {
        Mode = _modes.TryGetValue(key, out UnixFileMode mode) ? mode : null,
        Created = _made.TryGetValue(key, out DateTimeOffset made) ? made : null,
    };

    private DateTimeOffset FolderTime(string key)
    {
        if (_times.TryGetValue(key, out DateTimeOffset set)) return set;
        if (files.DirectoryMade(key) is { } made) return made;
        if (files.OnDisk(key) is { } local && Directory.Exists(local)) return new DateTimeOffset(Directory.GetLastWriteTimeUtc(local), TimeSpan.Zero);
        return MockFiles.DefaultTime;
    }

    // A directory of a server does not go when its last file does.
    private void KeepParent(string key)
    {
        string parent = FolderIndex.Parent(key);
        if (parent.Length > 0 && files.OnDisk(parent) is null) files.AddDirectory(parent, MockFiles.DefaultTime);
    }

    private void MoveDirectory(string from, string to)
    {
        DateTimeOffset made = files.DirectoryMade(from) ?? MockFiles.DefaultTime;
        foreach (string name in files.List(from))
        {
            string old = Below(from, name.TrimEnd('/'));
            string target = Below(to, name.TrimEnd('/'));
            if (name.EndsWith('/')) MoveDirectory(old, target);
            else if (files.Contains(old))
            {
                files[target] = files[old];
                files.AddDirectory(from, made);
                files.Remove(old);
                MoveFacts(old, target);
            }
        }

        if (files.OnDisk(from) is null) files.AddDirectory(to, made);
        files.RemoveDirectory(from);
        MoveFacts(from, to);
    }

    private void MoveFacts(string from, string to)
    {
        if (_modes.TryRemove(from, out UnixFileMode mode)) _modes[to] = mode;
        if (_times.TryRemove(from, out DateTimeOffset modified)) _times[to] = modified;
        if (_made.TryRemove(from, out DateTimeOffset made)) _made[to] = made;
    }

    private void Forget(string key)
    {
        _modes.TryRemove(key, out _);
        _times.TryRemove(key, out _);
        _made.TryRemove(key, out _);
    }
}
