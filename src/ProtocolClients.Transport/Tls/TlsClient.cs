using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Transport;

/// <summary>
/// The client's side of TLS: turns <see cref="TlsOptions"/> into what the platform takes, and lays TLS over a connection.
/// Chains and names are verified by the platform alone (RFC 5280, RFC 9525); what is added is why a certificate was refused.
/// </summary>
public static class TlsClient
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// The platform's options for code that shakes hands itself (<c>SocketsHttpHandler.SslOptions</c>). A refused certificate
    /// ends the handshake with an <see cref="AuthenticationException"/> whose message is the reason. A handler that sets the
    /// target host itself overrides <see cref="TlsOptions.ServerName"/>: where that matters, its connect callback returns the
    /// stream that <see cref="AuthenticateAsync(Connection, TlsOptions, string, Deadlines, TimeProvider, CancellationToken)"/> made.
    /// </summary>
    /// <param name="options">How TLS is done and whom it trusts.</param>
    /// <param name="host">The host that is verified and sent as SNI; null when the handler sets it.</param>
    /// <exception cref="ArgumentException">A pin is not the base64 of 32 bytes, or the client certificate has no private key.</exception>
    public static SslClientAuthenticationOptions CreateOptions(TlsOptions options, string? host = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var check = new CertificateCheck(options, host);
        return CreateOptions(options, host, check.ValidateOrThrow);
    }

    /// <summary>
    /// Lays TLS over a connection. The connection belongs to the result; it is disposed when the handshake fails.
    /// </summary>
    /// <param name="connection">The connection, with nothing buffered above it.</param>
    /// <param name="options">How TLS is done and whom it trusts.</param>
    /// <param name="host">The host that was asked for: a name or an address, sent as SNI (a name) and verified.</param>
    /// <param name="deadlines">Their <see cref="Deadlines.Tls"/> bounds the handshake.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="cancellationToken">Ends the handshake with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The same connection with an <see cref="SslStream"/> on top.</returns>
    /// <exception cref="TransportException">
    /// <see cref="TransportError.Tls"/>: the certificate was refused, or the peer refused or does not speak TLS, the message says which;
    /// <see cref="TransportError.Timeout"/>: the deadline passed; <see cref="TransportError.ConnectionLost"/>: the peer went away.
    /// </exception>
    /// <exception cref="ArgumentException">As <see cref="CreateOptions(TlsOptions, string?)"/>.</exception>
    public static ValueTask<Connection> AuthenticateAsync(
        Connection connection,
        TlsOptions options,
        string host,
        Deadlines deadlines,
        TimeProvider time,
        CancellationToken cancellationToken = default) =>
        AuthenticateAsync(connection, options, host, sessionName: null, maximumVersion: null, deadlines, time, cancellationToken);

    /// <summary>
    /// As the other one, with a name of its own for the session: connections of one session name resume each other's sessions, and no
    /// others. The platform keeps sessions by the name that is sent as SNI, none for an address, and one for each name: an FTP server that
    /// wants its data connections to resume the session of their control connection needs one name a control connection.
    /// </summary>
    /// <param name="connection">The connection, with nothing buffered above it.</param>
    /// <param name="options">How TLS is done and whom it trusts.</param>
    /// <param name="host">The host that was asked for; the certificate is verified for it, whatever the session's name is.</param>
    /// <param name="sessionName">A host name, sent as SNI; null for <paramref name="host"/> itself.</param>
    /// <param name="maximumVersion">The newest version that is offered, no older than <see cref="TlsOptions.MinimumVersion"/>; null for the platform's newest.</param>
    /// <param name="deadlines">Their <see cref="Deadlines.Tls"/> bounds the handshake.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="cancellationToken">Ends the handshake with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The same connection with an <see cref="SslStream"/> on top.</returns>
    /// <exception cref="TransportException">As the other one.</exception>
    /// <exception cref="ArgumentException">As <see cref="CreateOptions(TlsOptions, string?)"/>.</exception>
    public static async ValueTask<Connection> AuthenticateAsync(
        Connection connection,
        TlsOptions options,
        string host,
        string? sessionName,
        SslProtocols? maximumVersion,
        Deadlines deadlines,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(host);
#pragma warning disable CA2000 // The connection that is returned owns the stream; every other way out disposes it.
        var stream = new SslStream(connection.Stream, leaveInnerStreamOpen: false);
#pragma warning restore CA2000
        bool done = false;
        try
        {
            var check = new CertificateCheck(options, host, sessionName);
            SslClientAuthenticationOptions platform = CreateOptions(options, host, check.Validate);
            if (sessionName is not null) platform.TargetHost = sessionName;
            if (maximumVersion is { } newest) platform.EnabledSslProtocols = TlsVersions.From(options.MinimumVersion, newest);
            using PhaseDeadline deadline = PhaseDeadline.Start(time, deadlines, DeadlinePhase.Tls, cancellationToken);
            try
            {
                await stream.AuthenticateAsClientAsync(platform, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception cause) when (deadline.IsMissed && cause is OperationCanceledException or IOException or ObjectDisposedException)
            {
                throw deadline.Missed(connection.EndPoint, cause);
            }
            catch (OperationCanceledException cause) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cause.Message, cause, cancellationToken);
            }
            catch (AuthenticationException cause)
            {
                string why = check.Reason ?? TlsFailure.Explain(cause, options);
                throw new TransportException(TransportError.Tls, $"TLS with {options.ServerName ?? host} failed: {why}", cause)
                {
                    Endpoint = connection.EndPoint,
                    Delivery = Delivery.NotSent,
                };
            }
            catch (IOException cause)
            {
                throw new TransportException(
                    TransportError.ConnectionLost, $"The peer {host} ended the connection during the TLS handshake: {cause.Message}", cause)
                {
                    Endpoint = connection.EndPoint,
                    Delivery = Delivery.NotSent,
                };
            }

            done = true;
            return connection.WithStream(stream);
        }
        finally
        {
            if (!done) await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static SslClientAuthenticationOptions CreateOptions(TlsOptions options, string? host, RemoteCertificateValidationCallback callback)
    {
        var result = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = TlsVersions.From(options.MinimumVersion),
            AllowTlsResume = options.AllowResume,
            AllowRenegotiation = false,
            RemoteCertificateValidationCallback = callback,
            CertificateChainPolicy = CreatePolicy(options),
        };

        // A literal is verified against the certificate's addresses and never sent as SNI (RFC 6066 §3); a zone is no part of either.
        if ((options.ServerName ?? host) is { } name)
        {
            result.TargetHost = AddressLiteral.TryParse(name, out IPAddress? address) ? WithoutZone(address).ToString() : name;
        }

        if (options.ApplicationProtocols.Count > 0) result.ApplicationProtocols = [.. options.ApplicationProtocols];
        if (options.ClientCertificate is { } certificate)
        {
            if (!certificate.HasPrivateKey) throw new ArgumentException("The client certificate has no private key.", nameof(options));

            // A bare certificate is looked up in the user's stores on Linux; a context carries its own chain, made without the network.
            result.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return result;
    }

    private static X509ChainPolicy CreatePolicy(TlsOptions options)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = options.Revocation,
            // Whoever answers could otherwise have us fetch any URL that stands in his certificate (RFC 5280 §4.2.2.1).
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (options.Roots.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            foreach (X509Certificate2 root in options.Roots) policy.CustomTrustStore.Add(root);
        }

        return policy;
    }

    private static IPAddress WithoutZone(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;
}
