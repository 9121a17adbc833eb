using System.Net;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>How an <see cref="HttpSession"/> works. What it depends on for a connection is in <see cref="ClientOptions.Transport"/>.</summary>
/// <remarks>
/// <para>Credentials are looked up for each request, and for the target of each redirect anew: an <c>Authorization</c> header of the caller
/// before a URL's userinfo, then <see cref="CredentialStore"/>, then <see cref="ClientOptions.Credentials"/>, then <see cref="Netrc"/>.
/// <see cref="ClientOptions.Credentials"/> are for the origin of <see cref="BaseAddress"/> when there is one, else for the origin of each URL
/// that the caller names. Nothing ever follows a redirect to another scheme, host or port: what is sent there is what store and netrc have for
/// that host. Nothing goes over clear text unless <see cref="AllowClearTextCredentials"/> says so.</para>
/// <para>A password is sent once the server asks for it (401), in the strongest way that it offers and <see cref="Schemes"/> allow:
/// Negotiate, NTLM, Digest with SHA-512-256, SHA-256 or MD5, Basic; from then on to that protection space without being asked.
/// <see cref="PreAuthenticate"/> sends Basic with the first request, as <c>curl -u</c> does. A token
/// (<see cref="Credentials.FromTokens"/>, <see cref="Credentials.FromBearer"/>) is sent with every request as Bearer.</para>
/// <para><see cref="Deadlines.Command"/> runs to the end of the response head, and starts again with every piece of a request body
/// that is sent; <see cref="Deadlines.Idle"/> runs inside response bodies; <see cref="Deadlines.Transfer"/> over the whole operation
/// with its body.</para>
/// </remarks>
public sealed record HttpSessionOptions : ClientOptions
{
    /// <summary>The defaults.</summary>
    public static HttpSessionOptions Default { get; } = new();

    /// <summary>What relative URLs are relative to; null when every URL is absolute.</summary>
    public Uri? BaseAddress
    {
        get;
        init => field = value is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? value
            : throw new ArgumentException("A base address is an absolute http or https URL.", nameof(value));
    }

    /// <summary>Sent with every request unless the request has the same field: <c>[("Accept-Language", "en")]</c>.</summary>
    /// <exception cref="ArgumentException">A name is no token, or a value has CR, LF, NUL or another control character.</exception>
    public ValueList<(string Name, string Value)> Headers { get; init => field = HttpCallOptions.Checked(value); } = [];

    /// <summary>
    /// Names of further headers that are secrets: bound to the origin that the caller named, and shown as <c>***</c> in logs.
    /// Authorization, Proxy-Authorization, Cookie and Set-Cookie always are.
    /// </summary>
    public ValueList<string> SecretHeaders { get; init; } = ["X-Api-Key", "X-Auth-Token"];

    /// <summary>What is done about redirects.</summary>
    public RedirectPolicy Redirects { get; init; } = RedirectPolicy.Default;

    /// <summary>What is done about compressed bodies.</summary>
    public DecodingOptions Decoding { get; init; } = DecodingOptions.Default;

    /// <summary>The cookies that requests carry and answers set; several sessions may share a jar. Null for an empty one of the session's own.</summary>
    public CookieJar? Cookies { get; init; }

    /// <summary>
    /// Whether cookies are sent and taken at all. A <c>Cookie</c> header that the caller sets himself is always sent, and then the jar
    /// adds none to that request.
    /// </summary>
    /// <value>The default is true.</value>
    public bool UseCookies { get; init; } = true;

    /// <summary>The hosts that are asked over TLS only (RFC 6797). Null for a store of the session's own, in memory.</summary>
    public HstsStore? Hsts { get; init; }

    /// <summary>Whether http URLs of such hosts become https, and answers over TLS may name further ones.</summary>
    /// <value>The default is true.</value>
    public bool UseHsts { get; init; } = true;

    /// <summary>Sends a password with the first request as Basic (RFC 7617), without being asked for it.</summary>
    public bool PreAuthenticate { get; init; }

    /// <summary>The ways in which the session may say who it is.</summary>
    /// <value>By default all of them.</value>
    public HttpAuthenticationSchemes Schemes { get; init; } = HttpAuthenticationSchemes.All;

    /// <summary>Credentials by origin and path; null for none.</summary>
    public CredentialStore? CredentialStore { get; init; }

    /// <summary>Credentials by host from a file; null for none: <c>Netrc.Load()</c> reads the user's.</summary>
    public Netrc? Netrc { get; init; }

    /// <summary>
    /// Sends credentials over http, where anyone on the way can read them. Not needed for loopback addresses and
    /// <c>localhost</c>. An <c>Authorization</c> header that the caller sets himself is always sent.
    /// </summary>
    public bool AllowClearTextCredentials { get; init; }

    /// <summary>The highest HTTP version: 1.0, 1.1 or 2.0. Over TLS it is agreed by ALPN; over clear text HTTP/2 is not tried.</summary>
    /// <value>The default is 2.0.</value>
    public Version Version
    {
        get;
        init => field = Checked(value);
    } = HttpVersion.Version20;

    /// <summary>How much is asked of one origin at a time; null for no limit.</summary>
    public HostLimits? HostLimits { get; init; }

    /// <summary>How long a connection is used before a new one takes its place, so that changes of DNS are seen.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Which bodies wait for the server's <c>100 Continue</c>, and how long.</summary>
    public ExpectOptions Expect { get; init; } = ExpectOptions.Default;

    internal static Version Checked(Version version) => version is { Major: 1, Minor: 0 or 1 } or { Major: 2, Minor: 0 }
        ? version
        : throw new ArgumentException("The HTTP version is 1.0, 1.1 or 2.0; 3 does not pass the dialer.", nameof(version));

    /// <summary>The base address without userinfo, and the names of the headers: their values may be secrets.</summary>
    public override string ToString() =>
        $"{nameof(HttpSessionOptions)} {{ BaseAddress = {(BaseAddress is null ? null : UrlText.WithoutUserInfo(BaseAddress))}, Headers = {HttpCallOptions.Names(Headers)} }}";
}

/// <summary>What is different for one request; null means as in the session.</summary>
public sealed record HttpCallOptions
{
    /// <summary>The session's ways.</summary>
    public static HttpCallOptions Default { get; } = new();

    /// <summary>Where a request of the platform's own kind carries these through <see cref="HttpSession.CreateHandler"/>: <c>request.Options.Set(HttpCallOptions.Key, call)</c>.</summary>
    public static HttpRequestOptionsKey<HttpCallOptions> Key { get; } = new("ProtocolClients.HttpCallOptions");

    /// <summary>Headers of this request, before the session's of the same name.</summary>
    /// <exception cref="ArgumentException">A name is no token, or a value has CR, LF, NUL or another control character.</exception>
    public ValueList<(string Name, string Value)> Headers { get; init => field = Checked(value); } = [];

    /// <summary>What is done about redirects.</summary>
    public RedirectPolicy? Redirects { get; init; }

    /// <summary>What is done about compressed bodies.</summary>
    public DecodingOptions? Decoding { get; init; }

    /// <summary>How long each phase may take. Connect and Tls count when this request opens a connection of its own.</summary>
    public Deadlines? Deadlines { get; init; }

    /// <summary>Whether the body waits for the server's <c>100 Continue</c>; null for <see cref="ExpectOptions.Threshold"/>.</summary>
    public bool? ExpectContinue { get; init; }

    /// <summary>The highest HTTP version: 1.0, 1.1 or 2.0.</summary>
    public Version? Version { get; init => field = value is null ? null : HttpSessionOptions.Checked(value); }

    /// <summary>Whether the request may be repeated; null for what its method says (GET always, POST if it was not applied).</summary>
    public Replay? Replay { get; init; }

    /// <summary>The page, or any URL of the site, on whose behalf the request is made: what SameSite cookies go by. Null for the user himself.</summary>
    public Uri? Initiator { get; init; }

    /// <summary>Whether the answer is what the user will see, and not a part of the <see cref="Initiator"/>'s page; only with one of meaning.</summary>
    /// <value>The default is true.</value>
    public bool TopLevel { get; init; } = true;

    /// <summary>The names of the headers: their values may be secrets.</summary>
    public override string ToString() => $"{nameof(HttpCallOptions)} {{ Headers = {Names(Headers)} }}";

    internal static string Names(ValueList<(string Name, string Value)> headers) => "[" + string.Join(", ", headers.Select(static header => header.Name)) + "]";

    internal static ValueList<(string Name, string Value)> Checked(ValueList<(string Name, string Value)> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        foreach ((string name, string value) in headers) HttpText.RequireField(name, value, nameof(headers));
        return headers;
    }
}

/// <summary>
/// What is done about 301, 302, 303, 307 and 308. POST becomes GET on 301 and 302, everything but HEAD on 303 (RFC 9110
/// §15.4); 307 and 308 repeat the request with its body, when it can be produced again. Only http and https are followed,
/// whatever the options: never <c>file:</c>, <c>ftp:</c> or <c>data:</c>. Once a redirect leaves the scheme, host or port
/// that the caller named, Authorization, Cookie, Referer and the secret headers are dropped and stay so.
/// </summary>
public sealed record RedirectPolicy
{
    /// <summary>Up to 20 redirects, never from https to http.</summary>
    public static RedirectPolicy Default { get; } = new();

    /// <summary>Redirects are answers like any other.</summary>
    public static RedirectPolicy None { get; } = new() { Limit = 0 };

    /// <summary>The most redirects of one request; 0 follows none.</summary>
    /// <value>The default is 20.</value>
    public int Limit
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "0 or more.");
    } = 20;

    /// <summary>Follows from https to http.</summary>
    public bool AllowDowngrade { get; init; }
}
