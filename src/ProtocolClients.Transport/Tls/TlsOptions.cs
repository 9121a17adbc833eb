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
}
