namespace ProtocolClients;

/// <summary>
/// Opens the URLs of a scheme: what a third party writes to teach the opener a scheme of its own. Safe for many tasks.
/// Failures are those of <see cref="ProtocolClientException"/>, or of System.IO for what is local.
/// </summary>
public interface IUrlHandler : IAsyncDisposable
{
    /// <summary>Opens the content.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the opening; not the reading.</param>
    ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default);

    /// <summary>Facts about the content, without fetching it.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default);

    /// <summary>What is below a folder.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="NotSupportedException">The protocol has no listings.</exception>
    IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default);
}

/// <summary>What is asked of a handler.</summary>
public sealed record UrlRequest
{
    /// <summary>Asks for a URL.</summary>
    /// <param name="url">An absolute URL, from <see cref="Transport.UrlText"/>.</param>
    public UrlRequest(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        Url = url;
    }

    /// <summary>The URL, with its userinfo.</summary>
    public Uri Url { get; init; }

    /// <summary>
    /// The byte to begin at: the rest of a transfer that broke off. A handler that cannot, or whose content is not the one of
    /// <see cref="Validator"/> any more, begins at 0 and says so in <see cref="UrlContent.Offset"/>.
    /// </summary>
    public long Offset { get; init; }

    /// <summary>The <see cref="UrlContent.Validator"/> of the transfer that broke off; null when <see cref="Offset"/> is 0.</summary>
    public string? Validator { get; init; }

    /// <summary>The bytes as the server keeps them: no compression asked for, none undone.</summary>
    public bool Verbatim { get; init; }

    /// <summary>False when the caller repeats failures himself, so that the handler does not.</summary>
    public bool Retry { get; init; } = true;

    /// <summary>The URL without its userinfo.</summary>
    public override string ToString() => Transport.UrlText.WithoutUserInfo(Url).ToString();
}
