using System.IO.Enumeration;

namespace ProtocolClients.Tool;

/// <summary>A star in the last segment of an ftp URL: the files of that directory whose names fit. <c>%2A</c> is a star of the name.</summary>
internal static class WildcardUrls
{
    public static bool IsFtp(string url) =>
        url.StartsWith("ftp://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("ftps://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The list with each such URL replaced by those of the files, in the order of their names.</summary>
    /// <exception cref="NothingFitsException">A star stands for nothing.</exception>
    public static async Task<List<InputItem>> ExpandAsync(List<InputItem> items, Lazy<UrlOpener> opener, CancellationToken cancellationToken)
    {
        if (!items.Exists(static item => item.Urls.Count == 1 && IsPattern(item.Urls[0]))) return items;
        var expanded = new List<InputItem>();
        foreach (InputItem item in items)
        {
            if (item.Urls.Count > 1 || !IsPattern(item.Urls[0])) expanded.Add(item);
            else expanded.AddRange(await FilesAsync(item, opener.Value, cancellationToken));
        }

        return expanded;
    }

    /// <summary>Whether a star stands in the last segment.</summary>
    public static bool HasStar(string url) => url.IndexOf('*', url.LastIndexOf('/') + 1) >= 0;

    private static bool IsPattern(string url) => IsFtp(url) && HasStar(url);

    private static async Task<IEnumerable<InputItem>> FilesAsync(InputItem item, UrlOpener opener, CancellationToken cancellationToken)
    {
        string url = item.Urls[0];
        int name = url.LastIndexOf('/') + 1;
        string folder = url[..name];
        string pattern = Url.Unquote(url[name..]);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (UrlEntry entry in opener.ListAsync(folder, cancellationToken))
        {
            if (entry.IsFolder || !FileSystemName.MatchesSimpleExpression(pattern, entry.Name, ignoreCase: false)) continue;
            // Below the URL that was given, userinfo and all.
            string found = entry.Url.AbsoluteUri;
            files[entry.Name] = folder + found[(found.LastIndexOf('/') + 1)..];
        }

        if (files.Count == 0) throw new NothingFitsException($"Nothing there fits '{pattern}'.");
        return files.Values.Select(file => item with { Urls = [file] });
    }
}

/// <summary>A pattern stands for nothing on the server.</summary>
internal sealed class NothingFitsException(string message) : ReplyException(message, isTransient: false);
