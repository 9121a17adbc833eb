using System.Net;
using System.Net.Security;
using System.Security.Authentication.ExtendedProtection;

namespace ProtocolClients;

/// <summary>NTLM (MS-NLMP) and Negotiate (RFC 4559) by the platform: they prove a connection, which is then this identity's alone.</summary>
internal sealed class ConnectionAuthenticator(string scheme, Credentials credentials) : Authenticator(scheme, string.Empty, credentials)
{
    public override int Reach(string path) => 0;

    public override ValueTask<ShownCredentials> AnswerAsync(AuthenticatedRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A connection is proved in several steps.");

    /// <summary>Begins a handshake.</summary>
    /// <param name="host">Whom it is with.</param>
    /// <param name="binding">What the proof is bound to; null without TLS.</param>
    public NegotiateAuthentication Begin(string host, ChannelBinding? binding)
    {
        // DOMAIN\user; user@domain is one name.
        string user = Credentials.User;
        int slash = user.IndexOf('\\', StringComparison.Ordinal);
        return new NegotiateAuthentication(new NegotiateAuthenticationClientOptions
        {
            Package = Scheme,
            Credential = new NetworkCredential(user[(slash + 1)..], Credentials.Secret!.Reveal(), slash < 0 ? string.Empty : user[..slash]),
            TargetName = "HTTP/" + host,
            Binding = binding,
        });
    }

    /// <summary>Whether the platform can begin: without Kerberos tickets or an NTLM of its own it cannot.</summary>
    public bool CanBegin(string host)
    {
        using NegotiateAuthentication trial = Begin(host, null);
        return Next(trial, []) is not null;
    }

    /// <summary>The next message of a handshake; null when it cannot go on.</summary>
    public static string? Next(NegotiateAuthentication handshake, ReadOnlySpan<byte> incoming)
    {
        try
        {
            byte[]? message = handshake.GetOutgoingBlob(incoming, out NegotiateAuthenticationStatusCode status);
            return status is NegotiateAuthenticationStatusCode.ContinueNeeded or NegotiateAuthenticationStatusCode.Completed && message is not null
                ? Convert.ToBase64String(message)
                : null;
        }
        catch (Exception failure) when (failure is ArgumentException or ArithmeticException or IndexOutOfRangeException or InvalidOperationException
            or FormatException or System.Formats.Asn1.AsnContentException or System.Security.Cryptography.CryptographicException)
        {
            // The platform's own reader fails in these ways at a malformed message, where it should return a status.
            return null;
        }
    }
}
