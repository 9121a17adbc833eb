using System.Collections.Concurrent;

namespace ProtocolClients.Testing;

/// <summary>Somebody that a <see cref="MockFtpServer"/> knows. A <see cref="string"/> is one with that password.</summary>
public sealed record MockFtpUser
{
    /// <summary>The password; null lets in with any.</summary>
    public string? Password { get; init; }

    /// <summary>Asks for a password at all; without it USER is answered 230.</summary>
    /// <value>The default is true.</value>
    public bool NeedsPassword { get; init; } = true;

    /// <summary>The account that ACCT must name after PASS, which is answered 332 then; null for none.</summary>
    public string? Account { get; init; }

    /// <summary>Refuses whatever changes files, with 550.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The directory to begin in, from the root. It is made when it is missing.</summary>
    public string Home { get; init; } = "/";

    /// <summary>How many sessions at once; one more is answered 421.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>A user with a password.</summary>
    /// <param name="password">The password.</param>
    public static implicit operator MockFtpUser(string password) => FromPassword(password);

    /// <summary>A user with a password.</summary>
    /// <param name="password">The password.</param>
    public static MockFtpUser FromPassword(string password) => new() { Password = password };

    /// <summary>What it may do, without its secrets.</summary>
    public override string ToString() => IsReadOnly ? "read-only user" : "user";
}

/// <summary>
/// Who may log in to a <see cref="MockFtpServer"/>: <c>server.Users["ann"] = "secret"</c>. While there is nobody in it everybody may,
/// with any password. Safe for many threads.
/// </summary>
public sealed class MockFtpUsers
{
    private readonly ConcurrentDictionary<string, MockFtpUser> _users = new(StringComparer.Ordinal);
    private readonly Transcript _transcript;

    internal MockFtpUsers(Transcript transcript) => _transcript = transcript;

    /// <summary>How many there are.</summary>
    public int Count => _users.Count;

    /// <summary>A user by name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="KeyNotFoundException">There is none (on getting).</exception>
    public MockFtpUser this[string name]
    {
        get => _users[name];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (string secret in new[] { value.Password, value.Account }.OfType<string>()) _transcript.AddSecret(secret);
            _users[name] = value;
        }
    }

    /// <summary>Takes a user away; who is logged in stays so.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string name) => _users.TryRemove(name, out _);

    internal MockFtpUser? Find(string name) => _users.GetValueOrDefault(name);
}
