using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// The shortest forms: open, read, retrieve any URL through one opener that all the program shares, with the default options. For
/// options of one's own, <c>new UrlOpener(options)</c> has the same names.
/// </summary>
public static partial class Url
{
    private static readonly Lazy<UrlOpener> Default = new(static () => new UrlOpener());

    private static UrlOpener? _opener;

    /// <summary>
    /// The opener behind the shortest forms. Set it once at the start of a program to give them options of its own (Python's
    /// <c>install_opener</c>); the one that is set stays the caller's to dispose. Null brings the default one back.
    /// </summary>
    [System.Diagnostics.CodeAnalysis.AllowNull]
    public static UrlOpener Opener
    {
        get => Volatile.Read(ref _opener) ?? Default.Value;
        set => Volatile.Write(ref _opener, value);
    }

    /// <summary>
    /// Reads an absolute URL into the one object that is checked and connected to: strictly (RFC 3986), or as browsers do. See
    /// <see cref="UrlSyntax"/> for where they differ.
    /// </summary>
    /// <param name="text">The URL.</param>
    /// <param name="syntax">Which standard reads it.</param>
    /// <exception cref="ArgumentException">It is malformed; the message says how, and never repeats the text, which may hold a password.</exception>
    public static Uri Parse(string text, UrlSyntax syntax = UrlSyntax.Strict) => UrlText.Parse(text, syntax);

    /// <inheritdoc cref="UrlOpener.OpenAsync"/>
    public static Task<UrlContent> OpenAsync(string url, CancellationToken cancellationToken = default) =>
        Opener.OpenAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ReadTextAsync"/>
    public static Task<string> ReadTextAsync(string url, CancellationToken cancellationToken = default) =>
        Opener.ReadTextAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ReadBytesAsync"/>
    public static Task<byte[]> ReadBytesAsync(string url, CancellationToken cancellationToken = default) =>
        Opener.ReadBytesAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.StatAsync"/>
    public static Task<UrlInfo> StatAsync(string url, CancellationToken cancellationToken = default) =>
        Opener.StatAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.ListAsync"/>
    public static IAsyncEnumerable<UrlEntry> ListAsync(string url, CancellationToken cancellationToken = default) =>
        Opener.ListAsync(url, cancellationToken);

    /// <inheritdoc cref="UrlOpener.RetrieveAsync"/>
    public static Task<RetrievedFile> RetrieveAsync(
        string url, string? path = null, RetrieveOptions? options = null, CancellationToken cancellationToken = default) =>
        Opener.RetrieveAsync(url, path, options, cancellationToken);

    /// <summary>Deletes the temporary files that <see cref="RetrieveAsync"/> of this class made and that are still there.</summary>
    public static void Cleanup()
    {
        if (Volatile.Read(ref _opener) is { } own) own.Cleanup();
        if (Default.IsValueCreated) Default.Value.Cleanup();
    }
}
