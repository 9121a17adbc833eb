namespace ProtocolClients;

/// <summary>How <see cref="UrlOpener.RetrieveAsync"/> makes its file.</summary>
public sealed record RetrieveOptions
{
    /// <summary>The defaults.</summary>
    public static RetrieveOptions Default { get; } = new();

    /// <summary>
    /// Replaces an existing file, once the new one is whole. Off: a file of that name is an <see cref="IOException"/> before anything
    /// is asked for. (<c>urlretrieve</c> and <c>curl -o</c> overwrite; what is lost by that cannot be had back.)
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>What the whole content must hash to, for example <c>sha256:…</c>; a string converts. Null for no check.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Told how far it has come: at the beginning, about ten times a second, and at the end.</summary>
    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>Connections that fetch parts at the same time, 1 to 64, where the server allows: see <see cref="DownloadRequest.Segments"/>.</summary>
    /// <value>The default is 1.</value>
    public int Segments
    {
        get;
        init => field = value is >= 1 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "1 to 64 segments.");
    } = 1;

    /// <summary>
    /// Leaves what was fetched when the retrieval does not end well, and goes on with what an earlier one left: see
    /// <see cref="DownloadRequest.Continue"/>. Not for temporary files.
    /// </summary>
    /// <value>Off by default.</value>
    public bool Continue { get; init; }

    /// <summary>Forces the bytes to the disk before the file gets its name, so that they outlive a power failure.</summary>
    /// <value>On by default.</value>
    public bool Durable { get; init; } = true;
}

/// <summary>A file that was retrieved. Disposing it deletes a temporary file, and leaves any other.</summary>
public sealed class RetrievedFile : IDisposable
{
    private readonly Action? _delete;

    internal RetrievedFile(string path, UrlInfo info, long length, int attempts, Action? delete)
    {
        Path = path;
        Headers = info.Headers;
        FinalUrl = info.FinalUrl;
        Length = length;
        Attempts = attempts;
        _delete = delete;
    }

    /// <summary>Where it is, absolute.</summary>
    public string Path { get; }

    /// <summary>The header fields of the content; empty for protocols without.</summary>
    public HttpFields Headers { get; }

    /// <summary>Where it came from in the end, after redirects, without userinfo.</summary>
    public Uri FinalUrl { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>How many attempts it took.</summary>
    public int Attempts { get; }

    /// <summary>Whether it is deleted when this object is disposed, by <see cref="Url.Cleanup"/>, or when the process ends.</summary>
    public bool IsTemporary => _delete is not null;

    /// <summary>Deletes a temporary file; a named one stays.</summary>
    public void Dispose() => _delete?.Invoke();
}
