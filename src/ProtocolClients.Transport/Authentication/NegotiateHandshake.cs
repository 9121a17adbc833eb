using System.Net;
using System.Net.Security;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;

namespace ProtocolClients.Transport;

/// <summary>
/// One handshake of NTLM (MS-NLMP) or Negotiate (RFC 4178, RFC 4559) by the platform. It proves a connection: all its messages go over the
/// same one, which is then this identity's alone. Its text never shows the credentials.
/// </summary>
public sealed class NegotiateHandshake : IDisposable
{
    private readonly NegotiateAuthentication _platform;

    /// <summary>Begins a handshake; nothing is said yet.</summary>
    /// <param name="scheme"><c>NTLM</c> or <c>Negotiate</c>.</param>
    /// <param name="credentials">A user with a password; <c>DOMAIN\user</c> names a domain, <c>user@domain</c> is one name.</param>
    /// <param name="target">Whom it is with, for example <c>HTTP/host</c>.</param>
    /// <param name="binding">What the proof is bound to (RFC 5929); null without TLS.</param>
    /// <exception cref="ArgumentException">The credentials have no password.</exception>
    public NegotiateHandshake(string scheme, Credentials credentials, string target, ChannelBinding? binding = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ArgumentNullException.ThrowIfNull(credentials);
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (credentials.Secret is not { } secret) throw new ArgumentException("The credentials have no password.", nameof(credentials));
        Scheme = scheme;
        string user = credentials.User;
        int slash = user.IndexOf('\\', StringComparison.Ordinal);
        _platform = new NegotiateAuthentication(new NegotiateAuthenticationClientOptions
        {
            Package = scheme,
            Credential = new NetworkCredential(user[(slash + 1)..], secret.Reveal(), slash < 0 ? string.Empty : user[..slash]),
            TargetName = target,
            Binding = binding,
        });
    }

    /// <summary><c>NTLM</c> or <c>Negotiate</c>.</summary>
    public string Scheme { get; }

    /// <summary>Whether both sides are known.</summary>
    public bool IsAuthenticated => _platform.IsAuthenticated;

    /// <summary>Whether the platform can begin such a handshake: without Kerberos tickets or an NTLM of its own it cannot.</summary>
    /// <param name="scheme">The scheme.</param>
    /// <param name="credentials">A user with a password.</param>
    /// <param name="target">Whom it would be with.</param>
    public static bool IsAvailable(string scheme, Credentials credentials, string target)
    {
        using var trial = new NegotiateHandshake(scheme, credentials, target);
        return trial.Next([]) is not null;
    }

    /// <summary>Says what is missing where <see cref="IsAvailable"/> is false, as the end of a sentence.</summary>
    /// <param name="scheme">The scheme.</param>
    public static string Missing(string scheme) =>
        $"{scheme}, which this platform cannot do: on Linux NTLM needs the runtime option System.Net.Security.UseManagedNtlm"
        + " (RuntimeHostConfigurationOption in the project) or the system package gss-ntlmssp, and Negotiate one of them or a Kerberos ticket";

    /// <summary>The next message; null when the handshake cannot go on.</summary>
    /// <param name="incoming">The other side's last message; empty for the first.</param>
    public byte[]? Next(ReadOnlySpan<byte> incoming)
    {
        try
        {
            byte[]? message = _platform.GetOutgoingBlob(incoming, out NegotiateAuthenticationStatusCode status);
            return status is NegotiateAuthenticationStatusCode.ContinueNeeded or NegotiateAuthenticationStatusCode.Completed ? message : null;
        }
        catch (Exception failure) when (failure is ArgumentException or ArithmeticException or IndexOutOfRangeException or InvalidOperationException
            or FormatException or System.Formats.Asn1.AsnContentException or CryptographicException)
        {
            // The platform's own reader fails in these ways at a malformed message, where it should return a status.
            return null;
        }
    }

    /// <summary>The value of the field for the next request of HTTP (RFC 4559 §4.2); null when the handshake cannot go on.</summary>
    /// <param name="token">The challenge's token; null for the first.</param>
    public string? NextField(string? token = null) =>
        Read(token) is { } bytes && Next(bytes) is { } message ? $"{Scheme} {Convert.ToBase64String(message)}" : null;

    /// <summary>The other side is content: takes its own last message, when there is one. False when that is not what it must be.</summary>
    /// <param name="token">The token that came with its consent; null for none.</param>
    public bool Complete(string? token)
    {
        if (token is null || IsAuthenticated) return true;
        return Read(token) is { } bytes && (Next(bytes) is not null || IsAuthenticated);
    }

    /// <inheritdoc/>
    public void Dispose() => _platform.Dispose();

    private static byte[]? Read(string? token)
    {
        if (token is null) return [];
        byte[] bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out int length) ? bytes[..length] : null;
    }
}
