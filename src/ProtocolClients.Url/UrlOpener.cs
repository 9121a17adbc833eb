using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Opens URLs of any scheme that it has a handler for: http, https, ftp, ftps, data, file (when it is allowed), and what the options add.
/// Schemes match exactly. Safe for many tasks; connections are shared.
/// </summary>
/// <remarks>
/// Every verb throws <see cref="ArgumentException"/> for a URL that is malformed, of an unknown scheme, or of <c>file:</c> while that is
/// off; <see cref="ReplyException"/> when the server refuses (<see cref="HttpStatusException"/>, <see cref="FtpReplyException"/>);
/// the other kinds of <see cref="ProtocolClientException"/> for what goes wrong on the way.
/// </remarks>
public sealed partial class UrlOpener : IAsyncDisposable
{
    private readonly Dictionary<string, Lazy<IUrlHandler>> _builtIn;
    private readonly ConcurrentDictionary<string, byte> _temporary = new(StringComparer.Ordinal);
    private readonly ResiliencePolicy _resilience;
    private readonly ILogger _logger;

    /// <summary>Makes an opener; nothing is connected yet.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    public UrlOpener(UrlOpenerOptions? options = null)
    {
        Options = options ?? UrlOpenerOptions.Default;
        _logger = Options.LoggerFactory.CreateLogger("ProtocolClients.Url");
        _resilience = new ResiliencePolicy(Options.Resilience, Options.TimeProvider, _logger);
        var http = new Lazy<IUrlHandler>(() => new HttpUrlHandler(new HttpSession(HttpOptions(Options))));
        var ftp = new Lazy<IUrlHandler>(() => new FtpUrlHandler(Options));
        _builtIn = new Dictionary<string, Lazy<IUrlHandler>>(StringComparer.Ordinal)
        {
            ["http"] = http,
            ["https"] = http,
            ["ftp"] = ftp,
            ["ftps"] = ftp,
            ["data"] = new(() => new DataUrlHandler(Options.Limits)),
            ["file"] = new(() => new FileUrlHandler(Options.Limits)),
        };
    }

    /// <summary>How this opener works.</summary>
    public UrlOpenerOptions Options { get; }

    /// <summary>
    /// The handler that opens the URLs of a scheme here: one of <see cref="UrlOpenerOptions.Handlers"/>, else the built-in one. For a
    /// handler of one's own that goes on to it, as the handlers of Python's <c>build_opener</c> do: give that of a plain opener to its constructor.
    /// </summary>
    /// <param name="scheme">The scheme in lower case.</param>
    /// <returns>The handler; a built-in one is this opener's, and disposed with it.</returns>
    /// <exception cref="ArgumentException">There is none, or it is that of <c>file:</c> while that is off.</exception>
    public IUrlHandler HandlerOf(string scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        if (Options.Handlers.TryGetValue(scheme, out IUrlHandler? own)) return own;
        if (!_builtIn.TryGetValue(scheme, out Lazy<IUrlHandler>? builtIn))
        {
            throw new ArgumentException($"There is no handler for the scheme '{scheme}'.", nameof(scheme));
        }

        if (scheme is "file" && !Options.AllowFile)
        {
            throw new ArgumentException("file: URLs are not opened unless UrlOpenerOptions.AllowFile says so.", nameof(scheme));
        }

        return builtIn.Value;
    }

    /// <summary>
    /// Opens the content of a URL. An ftp URL that ends in a slash, or in <c>;type=d</c>, gives the names in the directory, one a line, a slash
    /// behind those of directories; <c>;type=a</c> gives text with the line ends of this machine, anything else the bytes as they are.
    /// </summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the opening; not the reading.</param>
    public async Task<UrlContent> OpenAsync(string url, CancellationToken cancellationToken = default)
    {
        (IUrlHandler handler, Uri parsed) = HandlerFor(url);
        return await handler.OpenAsync(new UrlRequest(parsed), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The whole content as text, within <see cref="WireLimits.InMemory"/>.</summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public async Task<string> ReadTextAsync(string url, CancellationToken cancellationToken = default)
    {
        UrlContent content = await OpenAsync(url, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            return await content.ReadTextAsync(null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The whole content, within <see cref="WireLimits.InMemory"/>.</summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public async Task<byte[]> ReadBytesAsync(string url, CancellationToken cancellationToken = default)
    {
        UrlContent content = await OpenAsync(url, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            return await content.ReadBytesAsync(null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Facts about the content, without fetching it.</summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    public async Task<UrlInfo> StatAsync(string url, CancellationToken cancellationToken = default)
    {
        (IUrlHandler handler, Uri parsed) = HandlerFor(url);
        return await handler.StatAsync(new UrlRequest(parsed), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What is directly below a folder: of ftp, what the server lists. Of http, the links of the page that the server makes of a folder: names that are no safe segment,
    /// and links that lead elsewhere, are passed over.
    /// </summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="NotSupportedException">The scheme has no listings: data; or what answers is no page.</exception>
    public IAsyncEnumerable<UrlEntry> ListAsync(string url, CancellationToken cancellationToken = default)
    {
        (IUrlHandler handler, Uri parsed) = HandlerFor(url);
        return handler.ListAsync(new UrlRequest(parsed), cancellationToken);
    }

    /// <summary>Closes the connections. Temporary files stay until they are disposed, <see cref="Cleanup"/>, or the end of the process.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<IUrlHandler> handler in _builtIn.Values.Distinct())
        {
            if (handler.IsValueCreated) await handler.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static HttpSessionOptions HttpOptions(UrlOpenerOptions options) => options.Http ?? new HttpSessionOptions
    {
        Transport = options.Transport,
        Credentials = options.Credentials,
        Netrc = options.Netrc,
        Deadlines = options.Deadlines,
        Limits = options.Limits,
        Resilience = options.Resilience,
        LoggerFactory = options.LoggerFactory,
        WireLog = options.WireLog,
        TimeProvider = options.TimeProvider,
    };

    private (IUrlHandler Handler, Uri Url) HandlerFor(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        Uri parsed = UrlText.Parse(url, Options.Syntax);
        return (HandlerOf(parsed.Scheme), parsed);
    }
}
