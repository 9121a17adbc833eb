using System.Collections.Concurrent;
using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A URL that was checked, and what follows from it for every request that goes there.</summary>
internal sealed class HttpTarget
{
    private string? _origin;

    public HttpTarget(Uri url)
    {
        Credentials = Credentials.FromUserInfo(url);
        Url = UrlText.WithoutUserInfo(url);
        EndPoint = UrlText.EndPointOf(Url);
    }

    /// <summary>A URL that an answer names, for which the credentials of another count.</summary>
    public HttpTarget(Uri url, Credentials? credentials)
        : this(url) => Credentials = credentials;

    /// <summary>The URL, without userinfo.</summary>
    public Uri Url { get; }

    /// <summary>Whom it names.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Who its userinfo says we are; null for none.</summary>
    public Credentials? Credentials { get; }

    /// <summary>Scheme, host and port.</summary>
    public string Origin => _origin ??= Url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <summary>The origin as one that asks who we are.</summary>
    public AuthenticationParty Party => field ??= new AuthenticationParty(Origin, Url.IdnHost, IsProxy: false);

    /// <summary>The path as it is sent.</summary>
    public string Path => field ??= Url.AbsolutePath;

    /// <summary>The host as a cookie jar knows it; empty for one that cannot have cookies.</summary>
    public string CookieHost => field ??= ProtocolClients.CookieHost.Of(Url) ?? string.Empty;
}

/// <summary>
/// The targets of a session by their text: reading a URL strictly costs a small request a fifth of its time, and most sessions ask for the
/// same ones again. Bounded; what holds a password is not kept.
/// </summary>
internal sealed class HttpTargets(Uri? baseAddress)
{
    private const int MaxTargets = 256;
    private const int MaxLength = 512;

    private readonly ConcurrentDictionary<string, HttpTarget> _targets = new(StringComparer.Ordinal);

    // Counted here: the dictionary's own count takes every lock that it has.
    private int _count;

    /// <summary>The target of a URL's text, relative to the base address when there is one.</summary>
    /// <exception cref="ArgumentException">It is malformed, or not of http or https.</exception>
    public HttpTarget Of(string text)
    {
        if (_targets.TryGetValue(text, out HttpTarget? known)) return known;
        var target = new HttpTarget(Absolute(text));
        if (target.Credentials is not null || text.Length > MaxLength) return target;
        if (Interlocked.Increment(ref _count) > MaxTargets)
        {
            Volatile.Write(ref _count, 1);
            _targets.Clear();
        }

        _targets[text] = target;
        return target;
    }

    private Uri Absolute(string text)
    {
        if (!UrlText.TryParse(text, out Uri? url, out string? error) && (baseAddress is null || !UrlText.TryResolve(baseAddress, text, out url, out error)))
        {
            throw new ArgumentException($"Not a URL: {error}.", nameof(text));
        }

        if (url.Scheme is not ("http" or "https")) throw new ArgumentException($"A URL of http or https is needed, not of {url.Scheme}.", nameof(text));
        return url;
    }
}
