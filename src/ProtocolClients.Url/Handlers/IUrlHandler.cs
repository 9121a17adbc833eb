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

    /// <summary>
    /// The bytes that are wanted from <see cref="Offset"/> on; null for all of them. A handler may give fewer, and the whole when it
    /// knows no parts: <see cref="UrlContent.Offset"/>, <see cref="UrlContent.Length"/> and <see cref="UrlContent.Total"/> say which.
    /// Whether the part is one of the right content, its <see cref="UrlContent.Validator"/> says; the caller compares.
    /// </summary>
    public long? Length { get; init; }

    /// <summary>
    /// The <see cref="UrlContent.Validator"/> of the content that a part is wanted of; null when the caller proves by other means,
    /// a checksum, that parts belong together.
    /// </summary>
    public string? Validator { get; init; }

    /// <summary>The bytes as the server keeps them: no compression asked for, none undone.</summary>
    public bool Verbatim { get; init; }

    /// <summary>False when the caller repeats failures himself, so that the handler does not.</summary>
    public bool Retry { get; init; } = true;

    /// <summary>The entity tag of what the caller has, quotes included: content that still has it is not sent again (RFC 9110 §13.1.2).</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>When what the caller has was changed: content that was not changed since is not sent again (RFC 9110 §13.1.3).</summary>
    public DateTimeOffset? IfModifiedSince { get; init; }

    /// <summary>Further header fields, for protocols that have them.</summary>
    public ValueList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>
    /// True for a URL that a peer named, not the caller (a mirror in a list): it is asked without the credentials and the headers that
    /// the caller gave for his own URLs (CVE-2021-22923). What is kept by host, as cookies are, stays in use.
    /// </summary>
    public bool Foreign { get; init; }

    /// <summary>The URL without its userinfo.</summary>
    public override string ToString() => Transport.UrlText.WithoutUserInfo(Url).ToString();
}
