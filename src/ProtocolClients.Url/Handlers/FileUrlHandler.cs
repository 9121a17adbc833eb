using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>file: (RFC 8089) on this machine.</summary>
internal sealed class FileUrlHandler(WireLimits limits) : IUrlHandler
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(request.Url);
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; ListAsync gives what is in it.");
        // No buffer of its own: who reads brings one.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        // A pipe or a terminal has neither a length nor a place to begin at.
        long? length = stream.CanSeek ? stream.Length : null;
        long offset = Math.Min(request.Offset, length ?? 0);
        if (offset > 0) stream.Position = offset;
        return ValueTask.FromResult(new UrlContent(stream, request.Url)
        {
            Length = length - offset,
            Total = length,
            LastModified = new DateTimeOffset(File.GetLastWriteTimeUtc(stream.SafeFileHandle)),
            Offset = offset,
            InMemoryLimit = limits.InMemory,
        });
    }

    public ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        string path = PathOf(request.Url);
        if (Directory.Exists(path)) return ValueTask.FromResult(new UrlInfo(request.Url) { LastModified = new DateTimeOffset(Directory.GetLastWriteTimeUtc(path)) });
        var file = new FileInfo(path);
        if (!file.Exists) throw new FileNotFoundException($"'{path}' does not exist.", path);
        return ValueTask.FromResult(new UrlInfo(request.Url) { Length = file.Length, LastModified = new DateTimeOffset(file.LastWriteTimeUtc) });
    }

    public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        string path = PathOf(request.Url);
        if (File.Exists(path)) throw new IOException($"'{path}' is a file; OpenAsync gives what is in it.");
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"'{path}' does not exist.");
        string folder = UrlText.WithoutUserInfo(request.Url).GetLeftPart(UriPartial.Path).TrimEnd('/') + "/";
        return List(path, folder, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // file-URI = "file:" ( "//" [ host ] path-absolute / path-absolute )   (RFC 8089 §2)
    internal static string PathOf(Uri url)
    {
        if (!IsHere(url.Host)) throw new ArgumentException("A file: URL of another host is not opened (RFC 8089 §3): this machine is meant by no host, or localhost.", nameof(url));
        if (url.Query.Length > 0) throw new ArgumentException("A file: URL has no query (write %3F for a question mark).", nameof(url));
        // A delimiter that appears only by decoding would name another file than the URL's own segments do. Asked of the text: the
        // platform's path is decoded in part already.
        foreach (string encoded in (ReadOnlySpan<string>)["%2F", "%5C", "%00"])
        {
            if (url.OriginalString.Contains(encoded, StringComparison.OrdinalIgnoreCase)) throw new ArgumentException($"A file: URL with {encoded} in its path is not opened.", nameof(url));
        }

        string path;
        try
        {
            path = StrictUtf8.GetString(PercentText.Decode(url.AbsolutePath));
        }
        catch (DecoderFallbackException cause)
        {
            throw new ArgumentException("A file: URL is percent-encoded UTF-8.", nameof(url), cause);
        }

        bool drive = path.TrimStart('/') is [var letter, ':', ..] && char.IsAsciiLetter(letter);
        if (OperatingSystem.IsWindows()) return drive ? path.TrimStart('/') : path;
        // The platform takes a folder that looks like a drive for one, and forgets the root.
        return drive && path[0] != '/' ? "/" + path : path;
    }

    private static bool IsHere(string host) =>
        host is "" or "localhost" || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);

    private static async IAsyncEnumerable<UrlEntry> List(
        string path, string folder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (FileSystemInfo entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isFolder = entry is DirectoryInfo;
            yield return new UrlEntry(entry.Name, new Uri(folder + Url.Quote(entry.Name, string.Empty) + (isFolder ? "/" : string.Empty)))
            {
                IsFolder = isFolder,
                Length = (entry as FileInfo)?.Length,
                LastModified = new DateTimeOffset(entry.LastWriteTimeUtc),
            };
        }
    }
}
