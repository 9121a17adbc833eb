namespace ProtocolClients;

/// <summary>
/// The shortest forms: open, read, retrieve any URL through one opener that all the program shares, with the default options. For
/// options of one's own, <c>new UrlOpener(options)</c> has the same names.
/// </summary>
public static partial class Url
{
    private static readonly Lazy<UrlOpener> Shared = new(static () => new UrlOpener());

    /// <inheritdoc cref="UrlOpener.OpenAsync"/>
    public static Task<UrlContent> OpenAsync(string url, CancellationToken cancellationToken = default) =>
        Shared.Value.OpenAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ReadTextAsync"/>
    public static Task<string> ReadTextAsync(string url, CancellationToken cancellationToken = default) =>
        Shared.Value.ReadTextAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ReadBytesAsync"/>
    public static Task<byte[]> ReadBytesAsync(string url, CancellationToken cancellationToken = default) =>
        Shared.Value.ReadBytesAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.StatAsync"/>
    public static Task<UrlInfo> StatAsync(string url, CancellationToken cancellationToken = default) =>
        Shared.Value.StatAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ListAsync"/>
    public static IAsyncEnumerable<UrlEntry> ListAsync(string url, CancellationToken cancellationToken = default) =>
        Shared.Value.ListAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.RetrieveAsync"/>
    public static Task<RetrievedFile> RetrieveAsync(
        string url, string? path = null, RetrieveOptions? options = null, CancellationToken cancellationToken = default) =>
        Shared.Value.RetrieveAsync(url, path, options, cancellationToken);

    /// <summary>Deletes the temporary files that <see cref="RetrieveAsync"/> of this class made and that are still there.</summary>
    public static void Cleanup()
    {
        if (Shared.IsValueCreated) Shared.Value.Cleanup();
    }
}
