using System.Collections;
using System.Collections.Concurrent;

namespace ProtocolClients.Testing;

/// <summary>
/// The files of a mock server: in memory by their paths, and below a directory on disk. Paths are normalised the same way
/// when they are set and when they are asked for: slashes in a row are one, <c>.</c> is nothing, <c>..</c> does not leave
/// the root. Safe for many threads.
/// </summary>
#pragma warning disable CA1710 // The files of a server, read as such: server.Files.
public sealed class MockFiles : IEnumerable<KeyValuePair<string, MockFile>>
#pragma warning restore CA1710
{
    private readonly ConcurrentDictionary<string, MockFile> _files = new(StringComparer.Ordinal);
    private readonly FolderIndex _folders = new();
    private readonly Lock _changing = new();

    internal MockFiles()
    {
    }

    /// <summary>A directory whose files are served where none in memory is; symbolic links in it are followed. Null for none.</summary>
    public string? Root { get; set; }

    /// <summary>How many files are in memory.</summary>
    public int Count => _files.Count;

    /// <summary>A file in memory by its path: <c>pub/a.txt</c>, with or without a slash before it.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="KeyNotFoundException">There is none (on getting).</exception>
    public MockFile this[string path]
    {
        get => _files[Key(path)];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            string key = Key(path);
            lock (_changing)
            {
                if (!_files.ContainsKey(key)) _folders.Add(key);
                _files[key] = value;
            }
        }
    }

    /// <summary>Takes a file in memory away.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string path)
    {
        string key = Key(path);
        lock (_changing)
        {
            if (!_files.TryRemove(key, out _)) return false;
            _folders.Remove(key);
            return true;
        }
    }

    /// <summary>Whether there is a file in memory.</summary>
    /// <param name="path">The path.</param>
    public bool Contains(string path) => _files.ContainsKey(Key(path));

    /// <summary>
    /// Makes a directory that is there without a file in it. Without it a directory is there as long as there are files in it.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <returns>False when it was made before.</returns>
    public bool AddDirectory(string path) => AddDirectory(path, DefaultTime);

    /// <summary>Whether there is a directory in memory or on disk, made or by the files in it.</summary>
    /// <param name="path">The path.</param>
    public bool ContainsDirectory(string path) => IsDirectory(path);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, MockFile>> GetEnumerator() => _files.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The path without a slash at either end, without empty, <c>.</c> and <c>..</c> segments; null when no file can have it.</summary>
    internal static string? Normalise(string path)
    {
        var segments = new List<string>();
        foreach (string segment in path.Split('/'))
        {
            if (segment is "" or ".") continue;
            if (segment.AsSpan().ContainsAny('\0', '\\')) return null;
            if (segment is not "..") segments.Add(segment);
            else if (segments.Count > 0) segments.RemoveAt(segments.Count - 1);
        }

        return string.Join('/', segments);
    }

    internal static DateTimeOffset DefaultTime { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal MockFile? Find(string path)
    {
        if (Normalise(path) is not { } key) return null;
        if (_files.TryGetValue(key, out MockFile? file)) return file;
        return OnDisk(key) is { } local && File.Exists(local) ? MockFile.FromPath(local) : null;
    }

    internal bool IsDirectory(string path)
    {
        if (Normalise(path) is not { } key) return false;
        if (OnDisk(key) is { } local && Directory.Exists(local)) return true;
        return _folders.Contains(key);
    }

    internal bool AddDirectory(string path, DateTimeOffset made)
    {
        string key = Key(path);
        lock (_changing) return _folders.Keep(key, made);
    }

    /// <summary>Takes a directory in memory away that nothing stands in.</summary>
    internal bool RemoveDirectory(string key)
    {
        lock (_changing) return _folders.Drop(key);
    }

    /// <summary>When a directory was made; null when it is there by its files only.</summary>
    internal DateTimeOffset? DirectoryMade(string key) => _folders.Made(key);

    /// <summary>The names in a directory, those of directories with a slash behind, in order.</summary>
    internal IReadOnlyCollection<string> List(string path)
    {
        string key = Normalise(path) ?? "";
        SortedSet<string> names = _folders.Names(key);
        if (OnDisk(key) is { } local && Directory.Exists(local))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(local).EnumerateFileSystemInfos())
            {
                names.Add(entry is DirectoryInfo ? entry.Name + "/" : entry.Name);
            }
        }

        return names;
    }

    /// <summary>
    /// Where a client's file goes on disk: null for memory. False when it cannot go there: a symbolic link, or a file where a directory is
    /// needed, stands on the way. Links are served, since the test put them there, and never written through.
    /// </summary>
    internal bool TryPlace(string key, out string? local)
    {
        local = _files.ContainsKey(key) ? null : OnDisk(key);
        if (local is null) return true;
        string at = Path.GetFullPath(Root!);
        string[] segments = key.Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            at = Path.Combine(at, segments[i]);
            var entry = new FileInfo(at);
            if (entry.LinkTarget is not null) return false;
            bool last = i == segments.Length - 1;
            if (last ? Directory.Exists(at) : entry.Exists) return false;
        }

        return true;
    }

    private static string Key(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string? key = Normalise(path);
        return key is { Length: > 0 } ? key : throw new ArgumentException("Not the path of a file.", nameof(path));
    }

    /// <summary>The path on disk of what has this path in <see cref="Root"/>; null without a root.</summary>
    internal string? OnDisk(string key)
    {
        if (Root is null) return null;
        string root = Path.GetFullPath(Root);
        string full = Path.GetFullPath(Path.Combine(root, key.Replace('/', Path.DirectorySeparatorChar)));
        bool inside = string.Equals(full, root, StringComparison.Ordinal)
            || full.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return inside ? full : null;
    }
}
