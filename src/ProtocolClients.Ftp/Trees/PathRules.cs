namespace ProtocolClients;

/// <summary>Which paths of a tree are meant: patterns to include and patterns to exclude, the latter with the last word.</summary>
internal sealed class PathRules
{
    private readonly PathPattern[] _include;
    private readonly PathPattern[] _exclude;

    /// <exception cref="ArgumentException">A pattern is empty, or has a segment <c>..</c>.</exception>
    public PathRules(ValueList<string> include, ValueList<string> exclude)
    {
        ArgumentNullException.ThrowIfNull(include);
        ArgumentNullException.ThrowIfNull(exclude);
        _include = [.. include.Select(text => new PathPattern(text))];
        _exclude = [.. exclude.Select(text => new PathPattern(text))];
    }

    /// <summary>Whether there are rules at all.</summary>
    public bool IsEmpty => _include.Length == 0 && _exclude.Length == 0;

    /// <summary>Whether only some files are meant: then a directory may have none of them.</summary>
    public bool Selects => _include.Length > 0;

    /// <summary>Whether a path is meant.</summary>
    /// <param name="path">The path from the top of the tree, with slashes.</param>
    /// <param name="isDirectory">Whether it is a directory, which is entered unless it is excluded.</param>
    public bool Admits(ReadOnlySpan<char> path, bool isDirectory)
    {
        foreach (PathPattern pattern in _exclude)
        {
            if (pattern.Matches(path, isDirectory)) return false;
        }

        if (isDirectory || _include.Length == 0) return true;
        foreach (PathPattern pattern in _include)
        {
            if (pattern.Matches(path, isDirectory)) return true;
        }

        return false;
    }
}

/// <summary>
/// One pattern over paths. The greedy way with one step back: no input costs more than the product of the two lengths, at either level
/// (names in a path, characters in a name).
/// </summary>
internal sealed class PathPattern
{
    private readonly string[] _segments;
    private readonly bool _directoriesOnly;

    public PathPattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string body = text.EndsWith('/') ? text[..^1] : text;
        _directoriesOnly = body.Length < text.Length;
        bool isAnchored = body.Contains('/', StringComparison.Ordinal);
        if (body.StartsWith('/')) body = body[1..];
        string[] segments = body.Split('/');
        if (segments.Any(segment => segment is "" or "." or "..")) throw new ArgumentException($"'{text}' is no pattern of paths below a directory.", nameof(text));
        _segments = isAnchored ? segments : ["**", .. segments];
    }

    public bool Matches(ReadOnlySpan<char> path, bool isDirectory)
    {
        if (_directoriesOnly && !isDirectory) return false;
        int at = 0;
        int star = -1;
        ReadOnlySpan<char> rest = path;
        ReadOnlySpan<char> retry = default;
        while (true)
        {
            if (at < _segments.Length && _segments[at] == "**")
            {
                // At the end it stands for what is in a directory, not for the directory.
                if (at == _segments.Length - 1) return !rest.IsEmpty;
                star = at++;
                retry = rest;
                continue;
            }

            if (rest.IsEmpty && at == _segments.Length) return true;
            if (!rest.IsEmpty && at < _segments.Length && MatchesName(_segments[at], First(rest)))
            {
                rest = Rest(rest);
                at++;
                continue;
            }

            if (star < 0 || retry.IsEmpty) return false;
            retry = Rest(retry);
            if (retry.IsEmpty) return false;
            rest = retry;
            at = star + 1;
        }
    }

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path)
    {
        int slash = path.IndexOf('/');
        return slash < 0 ? path : path[..slash];
    }

    private static ReadOnlySpan<char> Rest(ReadOnlySpan<char> path)
    {
        int slash = path.IndexOf('/');
        return slash < 0 ? default : path[(slash + 1)..];
    }

    private static bool MatchesName(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0;
        int n = 0;
        int star = -1;
        int retry = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = n;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++retry;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
