using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>A URL that was checked, and what follows from it for every request that goes there.</summary>
internal sealed class HttpTarget
{
    private readonly HttpOrigin _at;

    /// <summary>Looks at a URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="near">Another target, whose origin is taken over when it is the same; null for none.</param>
    public HttpTarget(Uri url, HttpTarget? near = null)
    {
        Credentials = Credentials.FromUserInfo(url);
        Url = UrlText.WithoutUserInfo(url);
        _at = near is not null && UrlText.SameOrigin(near.Url, Url) ? near._at : new HttpOrigin(Url);
    }

    /// <summary>A URL that an answer names, for which the credentials of another count.</summary>
    public HttpTarget(Uri url, Credentials? credentials)
        : this(url) => Credentials = credentials;

    /// <summary>The URL, without userinfo.</summary>
    public Uri Url { get; }

    /// <summary>Whom it names.</summary>
    public EndPoint EndPoint => _at.EndPoint;

    /// <summary>Who its userinfo says we are; null for none.</summary>
    public Credentials? Credentials { get; }

    /// <summary>Scheme, host and port.</summary>
    public string Origin => _at.Name;

    /// <summary>The origin as one that asks who we are.</summary>
    public AuthenticationParty Party => _at.Party;

    /// <summary>The path as it is sent.</summary>
    public string Path => field ??= Url.AbsolutePath;

    /// <summary>The host as a cookie jar knows it; empty for one that cannot have cookies.</summary>
    public string CookieHost => _at.CookieHost;

    /// <summary>What all URLs of one origin have in common.</summary>
    private sealed class HttpOrigin(Uri url)
    {
        public EndPoint EndPoint { get; } = UrlText.EndPointOf(url);

        public string Name => field ??= url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

        public AuthenticationParty Party => field ??= new AuthenticationParty(Name, url.IdnHost, IsProxy: false);

        public string CookieHost => field ??= ProtocolClients.CookieHost.Of(url) ?? string.Empty;
    }
}

/// <summary>
/// The targets of a session by their text: reading a URL strictly costs a small request a fifth of its time, and most sessions ask for the
/// same ones again. Bounded: of texts that fall together the last is kept. What holds a password is not kept.
/// </summary>
internal sealed class HttpTargets(Uri? baseAddress)
{
    private const int MaxTargets = 256;
    private const int MaxLength = 512;

    private readonly Known?[] _known = new Known?[MaxTargets];
    private volatile HttpTarget? _last;

    /// <summary>The target of a URL's text, relative to the base address when there is one.</summary>
    /// <exception cref="ArgumentException">It is malformed, or not of http or https.</exception>
    public HttpTarget Of(string text)
    {
        ref Known? place = ref _known[text.GetHashCode(StringComparison.Ordinal) & (MaxTargets - 1)];
        if (Volatile.Read(ref place) is { } known && string.Equals(known.Text, text, StringComparison.Ordinal)) return known.Target;
        var target = new HttpTarget(Absolute(text), _last);
        if (target.Credentials is not null || text.Length > MaxLength) return target;
        _last = target;
        Volatile.Write(ref place, new Known(text, target));
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

    private sealed record Known(string Text, HttpTarget Target);
}
