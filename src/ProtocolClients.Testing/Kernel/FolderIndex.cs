namespace ProtocolClients.Testing;

/// <summary>Which names stand in which directory, so that neither a listing nor a look at one asks all files. Safe for many threads.</summary>
internal sealed class FolderIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedSet<string>> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _kept = new(StringComparer.Ordinal);

    public static string Parent(string key)
    {
        int slash = key.LastIndexOf('/');
        return slash < 0 ? string.Empty : key[..slash];
    }

    /// <summary>Puts a file's name in its directory, and that in its own, up to the root.</summary>
    public void Add(string key)
    {
        lock (_gate) AddName(key, isFolder: false);
    }

    /// <summary>Takes a file's name out, and the directories that have nothing left and were not made to stay.</summary>
    public void Remove(string key)
    {
        lock (_gate) RemoveName(key, isFolder: false);
    }

    public bool Keep(string key, DateTimeOffset made)
    {
        lock (_gate)
        {
            if (key.Length == 0 || !_kept.TryAdd(key, made)) return false;
            if (!_names.ContainsKey(key))
            {
                _names[key] = new SortedSet<string>(StringComparer.Ordinal);
                AddName(key, isFolder: true);
            }

            return true;
        }
    }

    /// <summary>Lets a directory go that has no names in it.</summary>
    public bool Drop(string key)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(key, out SortedSet<string>? names) || names.Count > 0) return false;
            _kept.Remove(key);
            _names.Remove(key);
            RemoveName(key, isFolder: true);
            return true;
        }
    }

    public bool Contains(string key)
    {
        lock (_gate) return _names.TryGetValue(key, out SortedSet<string>? names) && (names.Count > 0 || _kept.ContainsKey(key));
    }

    public DateTimeOffset? Made(string key)
    {
        lock (_gate) return _kept.TryGetValue(key, out DateTimeOffset made) ? made : null;
    }

    /// <summary>The names in a directory, those of directories with a slash behind, in order; a copy.</summary>
    public SortedSet<string> Names(string key)
    {
        lock (_gate)
        {
            return _names.TryGetValue(key, out SortedSet<string>? names) ? new(names, StringComparer.Ordinal) : new(StringComparer.Ordinal);
        }
    }

    private void AddName(string key, bool isFolder)
    {
        while (key.Length > 0)
        {
            string parent = Parent(key);
            string name = (parent.Length == 0 ? key : key[(parent.Length + 1)..]) + (isFolder ? "/" : "");
            bool isNew = !_names.TryGetValue(parent, out SortedSet<string>? names);
            if (isNew) _names[parent] = names = new SortedSet<string>(StringComparer.Ordinal);
            names!.Add(name);
            if (!isNew) return;
            key = parent;
            isFolder = true;
        }
    }

    private void RemoveName(string key, bool isFolder)
    {
        while (key.Length > 0)
        {
            string parent = Parent(key);
            string name = (parent.Length == 0 ? key : key[(parent.Length + 1)..]) + (isFolder ? "/" : "");
            if (!_names.TryGetValue(parent, out SortedSet<string>? names)) return;
            names.Remove(name);
            if (names.Count > 0 || _kept.ContainsKey(parent)) return;
            _names.Remove(parent);
            key = parent;
            isFolder = true;
        }
    }
}
