using System.Diagnostics;

namespace ProtocolClients;

/// <summary>
/// A secret that never formats: <see cref="ToString"/> gives <c>***</c>, so that no log, exception or debugger view can
/// show it by accident. Only <see cref="Reveal"/> gives it away.
/// </summary>
[DebuggerDisplay("***")]
public sealed class Secret : IEquatable<Secret>
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _value;

    /// <summary>Keeps a secret.</summary>
    /// <param name="value">The secret as it is sent.</param>
    public Secret(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value;
    }

    /// <summary>The secret itself: for the one place that writes it on the wire.</summary>
    public string Reveal() => _value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}

/// <summary>A token and its end.</summary>
/// <param name="Token">The token as it is sent.</param>
/// <param name="ExpiresAt">When it ends: another one is fetched before. Null when that is not known: it is used until it is refused.</param>
public sealed record BearerToken(Secret Token, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>A token and its end.</summary>
    /// <param name="token">The token as it is sent.</param>
    /// <param name="expiresAt">When it ends; null when that is not known.</param>
    public BearerToken(string token, DateTimeOffset? expiresAt = null)
        : this(new Secret(token), expiresAt)
    {
    }
}

/// <summary>
/// Who the client says it is: a user and a secret, or a source of tokens. Formats as <c>user:***</c>; equal by value, so
/// that connections are shared only between equal credentials.
/// </summary>
public sealed class Credentials : IEquatable<Credentials>
{
    /// <summary>A user with a secret.</summary>
    /// <param name="user">The user's name as the server knows it.</param>
    /// <param name="secret">The password.</param>
    public Credentials(string user, string secret)
    {
        ArgumentNullException.ThrowIfNull(user);
        User = user;
        Secret = new Secret(secret);
    }

    private Credentials(string user, Func<CancellationToken, ValueTask<Secret>> tokenSource)
    {
        User = user;
        TokenSource = tokenSource;
    }

    /// <summary>The user's name; empty for a token that names its own.</summary>
    public string User { get; }

    /// <summary>The password; null when a token source is used instead.</summary>
    public Secret? Secret { get; }

    /// <summary>Asked for a token before each authentication; null when there is a password.</summary>
    public Func<CancellationToken, ValueTask<Secret>>? TokenSource { get; }

    /// <summary>
    /// The source of tokens whose end is known, so that a client keeps one until then; null for other credentials. <see cref="TokenSource"/>
    /// is set too, and asks this one each time.
    /// </summary>
    public Func<CancellationToken, ValueTask<BearerToken>>? BearerSource { get; private init; }

    /// <summary>
    /// Credentials whose secret is a token that is kept until shortly before its end, or until a server refuses it (OAuth 2). However many
    /// requests need a new one, the source is asked once.
    /// </summary>
    /// <param name="source">Gives a token and its end; never called while a call of the same client is under way.</param>
    public static Credentials FromBearer(Func<CancellationToken, ValueTask<BearerToken>> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new Credentials(string.Empty, async cancellationToken => (await source(cancellationToken).ConfigureAwait(false)).Token)
        {
            BearerSource = source,
        };
    }

    /// <summary>Credentials whose secret is a token, fetched anew for each authentication (OAuth 2).</summary>
    /// <param name="user">The user's name; may be empty.</param>
    /// <param name="tokenSource">Gives the token; called again after a refusal.</param>
    public static Credentials FromTokens(string user, Func<CancellationToken, ValueTask<Secret>> tokenSource)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(tokenSource);
        return new Credentials(user, tokenSource);
    }

    /// <summary>
    /// The credentials of a URL's userinfo, percent-decoded; null when it has none. The user ends at the first colon.
    /// </summary>
    /// <param name="url">An absolute URL.</param>
    public static Credentials? FromUserInfo(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.UserInfo.Length == 0) return null;
        int colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new Credentials(Uri.UnescapeDataString(url.UserInfo), string.Empty)
            : new Credentials(Uri.UnescapeDataString(url.UserInfo[..colon]), Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]));
    }

    /// <inheritdoc/>
    public bool Equals(Credentials? other) => other is not null
        && string.Equals(User, other.User, StringComparison.Ordinal)
        && Equals(Secret, other.Secret)
        && (BearerSource is null ? Equals(TokenSource, other.TokenSource) : Equals(BearerSource, other.BearerSource));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Credentials);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(User, Secret, (object?)BearerSource ?? TokenSource);

    /// <summary>The user's name and <c>***</c>; never the secret.</summary>
    public override string ToString() => User + ":***";
}
