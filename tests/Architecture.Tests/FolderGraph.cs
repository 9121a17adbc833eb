namespace Architecture.Tests;

/// <summary>
/// Who uses whom between the folders of one package, found by the names of the types that each declares. A package's root is
/// its face (client, options, values) and no floor: folders may use its values, and it uses them; only Grammar may not.
/// </summary>
internal sealed class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _arrows = new(StringComparer.Ordinal);

    public FolderGraph(IReadOnlyList<SourceFile> files)
    {
        Dictionary<string, string> folderOf = [];
        foreach (SourceFile file in files)
        {
            foreach ((string name, int depth, _) in CSharpText.Types(file.Code))
            {
                if (depth == 0) folderOf.TryAdd(name, file.Folder);
            }
        }

        foreach (SourceFile file in files) AddArrows(file, folderOf);
    }

    /// <summary>Folder → folder, with one place that draws the arrow.</summary>
    public IEnumerable<(string From, string To, string Where)> Arrows =>
        _arrows.SelectMany(from => from.Value.Select(to => (from.Key, to.Key, to.Value)));

    /// <summary>A circle as the places that draw its arrows; empty when there is none.</summary>
    public IReadOnlyList<string> FindCircle()
    {
        foreach (string start in _arrows.Keys.Where(f => f != "."))
        {
            var path = new List<string>();
            if (Reaches(start, start, path, [])) return path;
        }

        return [];
    }

    private void AddArrows(SourceFile file, Dictionary<string, string> folderOf)
    {
        HashSet<string> own = [.. CSharpText.Types(file.Code).Select(t => t.Name)];
        foreach ((string name, string? qualifier) in CSharpText.Identifiers(file.Code))
        {
            // What stands behind a dot is a member, unless the dot ends one of our namespaces.
            if (qualifier is not null and not ("ProtocolClients" or "Transport" or "Servers" or "Testing")) continue;
            if (own.Contains(name) || !folderOf.TryGetValue(name, out string? to) || to == file.Folder) continue;
            if (!_arrows.TryGetValue(file.Folder, out SortedDictionary<string, string>? targets))
            {
                _arrows[file.Folder] = targets = new SortedDictionary<string, string>(StringComparer.Ordinal);
            }

            targets.TryAdd(to, $"{file.Path} uses {name} of {to}");
        }
    }

    private bool Reaches(string from, string goal, List<string> path, HashSet<string> seen)
    {
        if (!_arrows.TryGetValue(from, out SortedDictionary<string, string>? targets)) return false;
        foreach ((string to, string where) in targets)
        {
            if (to == ".") continue;
            path.Add(where);
            if (to == goal || (seen.Add(to) && Reaches(to, goal, path, seen))) return true;
            path.RemoveAt(path.Count - 1);
        }

        return false;
    }
}
