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
        && Equals(TokenSource, other.TokenSource);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Credentials);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(User, Secret, TokenSource);

    /// <summary>The user's name and <c>***</c>; never the secret.</summary>
    public override string ToString() => User + ":***";
}
