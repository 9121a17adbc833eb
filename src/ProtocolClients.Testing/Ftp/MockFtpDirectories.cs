using System.Collections.Concurrent;

namespace ProtocolClients.Testing;

/// <summary>
/// Directories of a <see cref="MockFtpServer"/> whose entries are made as they are listed: a million of them, or names that no file
/// could have. What is listed there is not there to be had, unless it is in the files too. Safe for many threads.
/// </summary>
public sealed class MockFtpDirectories
{
    private readonly ConcurrentDictionary<string, IEnumerable<MockFtpEntry>> _directories = new(StringComparer.Ordinal);
    private readonly MockFiles _files;

    internal MockFtpDirectories(MockFiles files) => _files = files;

    /// <summary>Lists these entries in a directory, before the files that are there; enumerated anew by every listing, and never held.</summary>
    /// <param name="path">The directory; it is made when it is missing.</param>
    public IEnumerable<MockFtpEntry> this[string path]
    {
        set
        {
            ArgumentNullException.ThrowIfNull(path);
            ArgumentNullException.ThrowIfNull(value);
            string key = MockFiles.Normalise(path) ?? throw new ArgumentException("Not the path of a directory.", nameof(path));
            if (key.Length > 0) _files.AddDirectory(key);
            _directories[key] = value;
        }
    }

    /// <summary>Lists its files only again.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Whether there were entries.</returns>
    public bool Remove(string path) => MockFiles.Normalise(path) is { } key && _directories.TryRemove(key, out _);

    internal IEnumerable<MockFtpEntry> In(string key) => _directories.IsEmpty ? [] : _directories.GetValueOrDefault(key) ?? [];
}
