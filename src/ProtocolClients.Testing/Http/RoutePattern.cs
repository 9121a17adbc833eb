namespace ProtocolClients.Testing;

/// <summary>A method and a path with <c>*</c> for one segment and <c>**</c> for the rest; a <c>?</c> begins a query to be equal.</summary>
internal sealed class RoutePattern
{
    private readonly string _method;
    private readonly string[] _segments;
    private readonly string? _query;

    public RoutePattern(string method, string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        if (pattern[0] is not ('/' or '*')) throw new ArgumentException("A path begins with '/'; '*' alone is the target of OPTIONS *.", nameof(pattern));
        _method = method;
        int query = pattern.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0) _query = pattern[query..];
        _segments = (query < 0 ? pattern : pattern[..query]).Split('/');
    }

    public bool Matches(string method, string path, string query)
    {
        if (_method is not "*" && !string.Equals(_method, method, StringComparison.Ordinal)) return false;
        if (_query is not null && !string.Equals(_query, query, StringComparison.Ordinal)) return false;
        string[] segments = path.Split('/');
        for (int i = 0; i < _segments.Length; i++)
        {
            if (_segments[i] is "**") return true;
            if (i >= segments.Length) return false;
            if (_segments[i] is not "*" && !string.Equals(_segments[i], segments[i], StringComparison.Ordinal)) return false;
        }

        return segments.Length == _segments.Length;
    }
}
