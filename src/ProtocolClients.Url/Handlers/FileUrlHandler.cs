using System.Runtime.CompilerServices;

namespace ProtocolClients;

/// <summary>file: (RFC 8089) on this machine.</summary>
internal sealed class FileUrlHandler(WireLimits limits) : IUrlHandler
{
    public ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(request.Url);
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; ListAsync gives what is in it.");
        // No buffer of its own: who reads brings one.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        long offset = Math.Min(request.Offset, stream.Length);
        stream.Position = offset;
        return ValueTask.FromResult(new UrlContent(stream, request.Url)
        {
            Length = stream.Length - offset,
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

    public async IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (FileSystemInfo entry in new DirectoryInfo(PathOf(request.Url)).EnumerateFileSystemInfos())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new UrlEntry(entry.Name, new Uri("file://" + string.Join('/', entry.FullName.Split('/').Select(Uri.EscapeDataString))))
            {
                IsFolder = entry is DirectoryInfo,
                Length = (entry as FileInfo)?.Length,
                LastModified = new DateTimeOffset(entry.LastWriteTimeUtc),
            };
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // file-URI = "file:" ( "//" [ "localhost" ] path-absolute / path-absolute )   (RFC 8089 §2)
    internal static string PathOf(Uri url)
    {
        if (url.Host is not ("" or "localhost")) throw new ArgumentException("A file: URL of another host is not opened.", nameof(url));
        if (url.Query.Length > 0) throw new ArgumentException("A file: URL has no query (write %3F for a question mark).", nameof(url));
        // A delimiter that appears only by decoding would name another file than the URL's own segments do. Asked of the text: the
        // platform's path is decoded in part already.
        foreach (string encoded in (ReadOnlySpan<string>)["%2F", "%5C", "%00"])
        {
            if (url.OriginalString.Contains(encoded, StringComparison.OrdinalIgnoreCase)) throw new ArgumentException($"A file: URL with {encoded} in its path is not opened.", nameof(url));
        }

        string path = Uri.UnescapeDataString(url.AbsolutePath);
        // file:///C:/x on Windows.
        return OperatingSystem.IsWindows() && path.Length > 2 && path[0] == '/' && path[2] == ':' ? path[1..] : path;
    }
}
