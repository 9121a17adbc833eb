using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The names of downloaded files: chosen from what is known, never rewritten, always one safe segment.</summary>
internal static class FileNames
{
    private const string Page = "index.html";
    private const string Listing = "index.txt";
    private const string Other = "download";

    /// <summary>
    /// The last segment of a URL that the caller gave; <c>index.html</c> when it ends in a slash, <c>index.txt</c> for a directory of FTP, <c>download</c> where a URL names
    /// nothing (data:).
    /// </summary>
    /// <exception cref="ArgumentException">The segment is no safe name: the caller gives one.</exception>
    public static string OfUrl(Uri url)
    {
        string? segment = Segment(url);
        if (string.IsNullOrEmpty(segment)) return Fallback(url);
        return SafeFileName.IsSafe(segment) ? segment : throw new ArgumentException("The URL names no usable file; give a name.", nameof(url));
    }

    /// <summary>The name by a rule, once the answer is there.</summary>
    /// <param name="naming">The rule.</param>
    /// <param name="asked">The URL that the caller gave.</param>
    /// <param name="answered">The URL that answered, after redirects.</param>
    /// <param name="headers">The fields of the answer.</param>
    /// <exception cref="ArgumentException">No source has a safe name.</exception>
    public static string Choose(FileNaming naming, Uri asked, Uri answered, HttpFields headers)
    {
        if (naming == FileNaming.Url) return OfUrl(asked);
        if (naming == FileNaming.Redirected || UrlText.SameOrigin(asked, answered))
        {
            // The first field alone: joined ones would be one long name.
            string? named = ContentDisposition.Parse(headers.All("Content-Disposition").FirstOrDefault()).FileName;
            if (IsAcceptable(named)) return named!;
        }

        return naming == FileNaming.Redirected && !SameUrl(asked, answered) && Segment(answered) is { } segment && IsAcceptable(segment)
            ? segment
            : OfUrl(asked);
    }

    /// <summary>Whether a URL, which a server may have chosen, ends in a name.</summary>
    public static bool IsOf(Uri url, string name) => string.Equals(Segment(url) is { Length: > 0 } segment ? segment : Fallback(url), name, StringComparison.Ordinal);

    /// <summary>
    /// A name that a server chose may not be hidden: <c>.bashrc</c> in a home folder is run, though it replaces nothing. Nor may it be an option
    /// of the next command, nor one of the files by which a download is gone on with: a state that a stranger wrote would put his bytes
    /// into somebody else's content.
    /// </summary>
    private static bool IsAcceptable(string? name) => SafeFileName.IsSafe(name) && name![0] is not ('.' or '-') && !IsOfAnUnfinishedFile(name);

    /// <summary>Whether a later download could take a file of this name for what an earlier one left.</summary>
    internal static bool IsOfAnUnfinishedFile(string name) =>
        name.EndsWith(".part", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".part.json", StringComparison.OrdinalIgnoreCase);

    private static bool SameUrl(Uri a, Uri b) => UrlText.WithoutUserInfo(a).Equals(UrlText.WithoutUserInfo(b));

    private static string Fallback(Uri url) => url.Scheme switch
    {
        "http" or "https" => Page,
        "ftp" or "ftps" => Listing,
        _ => Other,
    };

    // Without its ;type=, and with what stands behind a question mark.
    private static string? FtpName(Uri text)
    {
        var url = FtpUrl.From(text);
        if (url.IsDirectory) return null;
        string path = url.Path.ToString();
        return path[(path.LastIndexOf('/') + 1)..];
    }

    private static string? Segment(Uri url)
    {
        if (url.Scheme == "data") return null;
        if (url.Scheme is "ftp" or "ftps") return FtpName(url);
        // Of the text, since the platform's path is decoded in part, and cleaned of dots.
        string path = url.AbsolutePath;
        return Url.Unquote(path[(path.LastIndexOf('/') + 1)..]);
    }
}
