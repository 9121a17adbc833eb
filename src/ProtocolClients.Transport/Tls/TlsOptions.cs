using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients;

/// <summary>When a protocol turns TLS on.</summary>
public enum TlsMode
{
    /// <summary>What the URL's scheme says: implicit for the schemes that end in s, STARTTLS for mail, none for http.</summary>
    ByScheme,

    /// <summary>Never: clear text, named by the caller.</summary>
    None,

    /// <summary>By the protocol's own command, before any credential; an error when the server does not offer it.</summary>
    StartTls,

    /// <summary>By the protocol's own command when the server offers it, else clear text (without credentials).</summary>
    StartTlsWhenAvailable,

    /// <summary>From the first byte.</summary>
    Implicit,
}

/// <summary>How TLS is done and whom it trusts. Part of a connection's key: equal by value, certificates by their bytes.</summary>
public sealed record TlsOptions
{
    /// <summary>The platform's roots, TLS 1.2 or later, host names verified.</summary>
    public static TlsOptions Default { get; } = new();

    /// <summary>When TLS is turned on.</summary>
    public TlsMode Mode { get; init; } = TlsMode.ByScheme;

    /// <summary>The oldest version accepted.</summary>
    /// <value>The default is TLS 1.2.</value>
    public SslProtocols MinimumVersion { get; init; } = SslProtocols.Tls12;

    /// <summary>Roots to trust instead of the platform's; empty for the platform's.</summary>
    public ValueList<X509Certificate2> Roots { get; init; } = [];

    /// <summary>
    /// Public-key pins (RFC 7469 §2.4: base64 of the SHA-256 of a certificate's SubjectPublicKeyInfo). When there are any,
    /// one certificate of the verified chain must match, beside all other checks.
    /// </summary>
    public ValueList<string> Pins { get; init; } = [];

    /// <summary>The certificate that this client shows when asked; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The name sent as SNI and verified, instead of the host that was dialed; null for that host.</summary>
    public string? ServerName { get; init; }

    /// <summary>Whether revocation is checked.</summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;

    /// <summary>Whether a session may be resumed on a later connection of the same options.</summary>
    public bool AllowResume { get; init; } = true;

    /// <summary>The application protocols offered (ALPN), best first; empty for none. HTTP sets its own.</summary>
    public ValueList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>
    /// Accepts any certificate of anyone: the connection is encrypted to whoever answers. For a server of one's own on a
    /// closed network, never by default.
    /// </summary>
    public bool DangerousAcceptAnyCertificate { get; init; }

    /// <summary>True when all is equal: certificates by their bytes, and the client's also by whether its private key is there.</summary>
    /// <param name="other">The other options.</param>
    public bool Equals(TlsOptions? other) => ReferenceEquals(this, other) || (other is not null
        && Mode == other.Mode
        && MinimumVersion == other.MinimumVersion
        && Roots.Count == other.Roots.Count
        && Roots.Zip(other.Roots).All(pair => Same(pair.First, pair.Second))
        && Pins.Equals(other.Pins)
        && Same(ClientCertificate, other.ClientCertificate)
        && string.Equals(ServerName, other.ServerName, StringComparison.Ordinal)
        && Revocation == other.Revocation
        && AllowResume == other.AllowResume
        && ApplicationProtocols.Equals(other.ApplicationProtocols)
        && DangerousAcceptAnyCertificate == other.DangerousAcceptAnyCertificate);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Mode);
        hash.Add(MinimumVersion);
        foreach (X509Certificate2 root in Roots) hash.AddBytes(root.RawDataMemory.Span);
        hash.Add(Pins);
        if (ClientCertificate is { } certificate) hash.AddBytes(certificate.RawDataMemory.Span);
        hash.Add(ServerName, StringComparer.Ordinal);
        hash.Add(Revocation);
        hash.Add(AllowResume);
        hash.Add(ApplicationProtocols);
        hash.Add(DangerousAcceptAnyCertificate);
        return hash.ToHashCode();
    }

    // X509Certificate.Equals compares issuer and serial number only: a certificate with other bytes, made by anyone who can
    // write the same two, would share the connections of the real one.
    private static bool Same(X509Certificate2? one, X509Certificate2? other) => ReferenceEquals(one, other)
        || (one is not null && other is not null
            && one.HasPrivateKey == other.HasPrivateKey
            && one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span));
}
