namespace ProtocolClients;

/// <summary>What a <see cref="CookieJar"/> takes and keeps. The defaults are RFC 6265bis with the limits of today's browsers.</summary>
public sealed record CookiePolicy
{
    /// <summary>The defaults.</summary>
    public static CookiePolicy Default { get; } = new();

    /// <summary>
    /// Asked before a cookie of a server is kept, after all other checks; false leaves it. Null takes all. It may be called by many
    /// tasks at once, and may not call the jar.
    /// </summary>
    public Func<Uri, HttpCookie, bool>? Accept { get; init; }

    /// <summary>The names that no cookie may be for, and where sites end.</summary>
    public PublicSuffixList PublicSuffixes { get; init; } = PublicSuffixList.Default;

    /// <summary>What a cookie without SameSite counts as. <see cref="CookieSameSite.Default"/> is as Lax.</summary>
    /// <value>The default is <see cref="CookieSameSite.Lax"/>.</value>
    public CookieSameSite DefaultSameSite { get; init; } = CookieSameSite.Lax;

    /// <summary>The most cookies of one domain; the RFC asks for 50 or more.</summary>
    /// <value>The default is 180.</value>
    public int PerDomain { get; init => field = AtLeast(1, value); } = 180;

    /// <summary>The most cookies of all domains together; the RFC asks for 3000 or more. Those longest unused leave first.</summary>
    /// <value>The default is 3000.</value>
    public int Total { get; init => field = AtLeast(1, value); } = 3000;

    /// <summary>
    /// The most bytes of a Cookie header; the cookies that come after it in order are not sent. Without it a site can set so many that
    /// its servers, or its neighbours', refuse every request (CVE-2022-32205).
    /// </summary>
    /// <value>The default is 8190, what Apache takes in a field.</value>
    public int HeaderLength { get; init => field = AtLeast(1, value); } = 8190;

    /// <summary>The longest life of a cookie, whatever the server says.</summary>
    /// <value>The default is 400 days (RFC 6265bis §5.5).</value>
    public TimeSpan Lifetime
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "More than nothing.");
    } = TimeSpan.FromDays(400);

    /// <summary>Whether http to this machine itself (<c>localhost</c>, 127.0.0.0/8, ::1) counts as secure, as browsers and curl see it.</summary>
    /// <value>The default is true.</value>
    public bool TrustLoopback { get; init; } = true;

    /// <summary>The clock that cookies end by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    private static int AtLeast(int least, int value) =>
        value >= least ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{least} or more.");
}

/// <summary>On whose behalf a request is made: what SameSite is decided by (RFC 6265bis §5.2). The default is the user himself.</summary>
public sealed record CookieContext
{
    /// <summary>A request of the user's own, by a safe method.</summary>
    public static CookieContext Default { get; } = new();

    /// <summary>The page, or any URL of the site, that made the request or redirected to it; null for the user.</summary>
    public Uri? Initiator { get; init; }

    /// <summary>The method: GET, HEAD, OPTIONS and TRACE are safe (RFC 9110 §9.2.1).</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>Whether the answer is what the user will see, not a part of another page: an image, a script, an API's answer.</summary>
    /// <value>The default is true.</value>
    public bool TopLevel { get; init; } = true;
}
