using System.Collections.Concurrent;

namespace ProtocolClients.Testing;

/// <summary>
/// The symbolic links of a <see cref="MockFtpServer"/>: <c>server.Links["pub/newest"] = "v2"</c>. They are listed as links and followed
/// when they are named, up to 16 in a row; they need not lead anywhere. Safe for many threads.
/// </summary>
public sealed class MockFtpLinks
{
    private readonly ConcurrentDictionary<string, string> _links = new(StringComparer.Ordinal);

    internal MockFtpLinks()
    {
    }

    /// <summary>Where a link leads.</summary>
    /// <param name="path">The link's path.</param>
    /// <value>As it is written in the link: from its own directory, or with a slash before it from the root.</value>
    /// <exception cref="KeyNotFoundException">There is none (on getting).</exception>
    public string this[string path]
    {
        get => _links[Key(path)];
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            _links[Key(path)] = value;
        }
    }

    /// <summary>Takes a link away.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string path) => _links.TryRemove(Key(path), out _);

    internal string? Find(string key) => _links.IsEmpty ? null : _links.GetValueOrDefault(key);

    internal bool Move(string from, string to)
    {
        if (!_links.TryRemove(from, out string? target)) return false;
        _links[to] = target;
        return true;
    }

    internal IEnumerable<(string Name, string Target)> In(string folder)
    {
        if (_links.IsEmpty) yield break;
        foreach ((string key, string target) in _links)
        {
            if (FolderIndex.Parent(key) == folder) yield return (key[(folder.Length == 0 ? 0 : folder.Length + 1)..], target);
        }
    }

    /// <summary>The path with every link on the way put in; null for links in a circle.</summary>
    internal string? Follow(string key)
    {
        if (_links.IsEmpty) return key;
        for (int jumps = 0; jumps <= 16; jumps++)
        {
            if (Step(key) is not { } next) return key;
            key = next;
        }

        return null;
    }

    private static string Key(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return MockFiles.Normalise(path) is { Length: > 0 } key ? key : throw new ArgumentException("Not the path of a link.", nameof(path));
    }

    private string? Step(string key)
    {
        for (int end = 0; end < key.Length; end++)
        {
            end = key.IndexOf('/', end);
            if (end < 0) end = key.Length;
            if (_links.GetValueOrDefault(key[..end]) is not { } target) continue;
            string folder = target.StartsWith('/') ? "" : FolderIndex.Parent(key[..end]);
            return MockFiles.Normalise(folder + "/" + target + key[end..]);
        }

        return null;
    }
}
