using System.Security.Authentication.ExtendedProtection;
using ProtocolClients.Transport;

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
    public NegotiateHandshake Begin(string host, ChannelBinding? binding) => new(Scheme, Credentials, "HTTP/" + host, binding);

    /// <summary>Whether the platform can begin: without Kerberos tickets or an NTLM of its own it cannot.</summary>
    public bool CanBegin(string host) => NegotiateHandshake.IsAvailable(Scheme, Credentials, "HTTP/" + host);
}
