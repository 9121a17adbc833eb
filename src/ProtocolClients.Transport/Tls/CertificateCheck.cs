using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Transport;

/// <summary>
/// What the platform asks about a certificate. It can only refuse more than the platform does (pins), unless the caller
/// named <see cref="TlsOptions.DangerousAcceptAnyCertificate"/>. Whoever resumes a session comes through here too, so a
/// session begun under other options proves nothing.
/// </summary>
internal sealed class CertificateCheck
{
    private readonly TlsOptions _options;
    private readonly string? _host;
    private readonly bool _matchesName;
    private readonly byte[][] _pins;

    /// <summary>Prepares the check; bad pins are refused here, before anything is sent.</summary>
    /// <param name="options">Whom it trusts.</param>
    /// <param name="host">Whom the certificate is for.</param>
    /// <param name="sessionName">The name that the platform was given instead of the host, and compares; null when it has the host.</param>
    public CertificateCheck(TlsOptions options, string? host, string? sessionName = null)
    {
        _options = options;
        _host = options.ServerName ?? host;
        _matchesName = sessionName is not null;
        _pins = [.. options.Pins.Select(Pin)];
    }

    /// <summary>Why the certificate was refused; null when it was not, or was not asked about yet.</summary>
    public string? Reason { get; private set; }

    /// <summary>The platform's callback for one handshake: the answer is also told to the peer as an alert.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Reason = Problem(sender, certificate as X509Certificate2, chain, errors);
        return Reason is null;
    }

    /// <summary>The platform's callback for many handshakes at once: the reason travels as the exception.</summary>
    public bool ValidateOrThrow(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        Problem(sender, certificate as X509Certificate2, chain, errors) is { } problem ? throw new AuthenticationException(problem) : true;

    private string? Problem(object sender, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_options.DangerousAcceptAnyCertificate) return PinProblem(certificate is null ? [] : [certificate]);
        if (certificate is null || chain is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the peer showed no certificate.";
        }

        if (_matchesName)
        {
            // The platform compared the session's name; its own rules for the name that counts (RFC 9525), common names aside.
            errors &= ~SslPolicyErrors.RemoteCertificateNameMismatch;
            if (!certificate.MatchesHostname(_host!, allowWildcards: true, allowCommonName: false)) errors |= SslPolicyErrors.RemoteCertificateNameMismatch;
        }

        if (errors == SslPolicyErrors.None) return PinProblem(chain.ChainElements.Select(element => element.Certificate));

        var problems = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)) AddChainProblems(problems, chain);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            string host = _host ?? (sender as SslStream)?.TargetHostName ?? "the host";
            problems.Add($"the certificate has the wrong host name: it is for {Names(certificate)}, not for {host}");
        }

        return string.Join("; ", problems) + ".";
    }

    private static void AddChainProblems(List<string> problems, X509Chain chain)
    {
        // Fresh from the machine's clock: the platform verified against it, not against the client's time.
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        int depth = chain.ChainElements.Count;
        foreach (X509ChainElement element in chain.ChainElements)
        {
            X509Certificate2 certificate = element.Certificate;
            string whose = element == chain.ChainElements[0] ? "the certificate" : $"the authority's certificate ({certificate.Subject})";
            foreach (X509ChainStatus status in element.ChainElementStatus)
            {
                string? problem = status.Status switch
                {
                    X509ChainStatusFlags.NotTimeValid when now.UtcDateTime < certificate.NotBefore.ToUniversalTime() =>
                        $"{whose} is not yet valid: it begins on {Day(certificate.NotBefore)}",
                    X509ChainStatusFlags.NotTimeValid => $"{whose} expired on {Day(certificate.NotAfter)}",
                    X509ChainStatusFlags.UntrustedRoot when depth == 1 => "the certificate is self-signed and not trusted",
                    X509ChainStatusFlags.UntrustedRoot =>
                        $"the certificate is signed by an authority that is not trusted (unknown authority {certificate.Subject})",
                    X509ChainStatusFlags.PartialChain =>
                        $"the certificate is signed by an authority that is not trusted (unknown authority {certificate.Issuer})",
                    X509ChainStatusFlags.Revoked => $"{whose} was revoked",
                    X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation =>
                        $"whether {whose} was revoked could not be learned",
                    X509ChainStatusFlags.NotValidForUsage => $"{whose} is not for servers",
                    X509ChainStatusFlags.NotSignatureValid => $"{whose} has a signature that does not verify (forged, or of another authority of the same name)",
                    _ => $"{whose} is not valid: {status.StatusInformation.Trim().TrimEnd('.')}",
                };
                if (!problems.Contains(problem)) problems.Add(problem);
            }
        }

        if (problems.Count > 0) return;

        // What concerns the chain as a whole stands with no element.
        foreach (X509ChainStatus status in chain.ChainStatus)
        {
            problems.Add(status.Status == X509ChainStatusFlags.PartialChain
                ? $"the certificate is signed by an authority that is not trusted (unknown authority {chain.ChainElements[^1].Certificate.Issuer})"
                : $"the certificate is not valid: {status.StatusInformation.Trim().TrimEnd('.')}");
        }

        if (problems.Count == 0) problems.Add("the certificate is not valid");
    }

    // RFC 7469 §2.6: one SPKI of the validated chain must equal one pin. Without validation only the leaf's key is proven.
    private string? PinProblem(IEnumerable<X509Certificate2> chain)
    {
        if (_pins.Length == 0) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (X509Certificate2 certificate in chain)
        {
            SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo(), hash);
            foreach (byte[] pin in _pins)
            {
                if (hash.SequenceEqual(pin)) return null;
            }
        }

        return "pin mismatch: no public key of the certificate's chain is one of the pinned ones.";
    }

    private static byte[] Pin(string text)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        return text is { Length: 44 } && Convert.TryFromBase64String(text, bytes, out int count) && count == SHA256.HashSizeInBytes
            ? bytes.ToArray()
            : throw new ArgumentException("A pin is the base64 of the 32 bytes of a SHA-256 (RFC 7469 §2.4).", nameof(text));
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = new List<string>();
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            try
            {
                names.AddRange(extension.EnumerateDnsNames());
                names.AddRange(extension.EnumerateIPAddresses().Select(address => address.ToString()));
            }
            catch (CryptographicException)
            {
                // Names that do not decode match nothing; they only miss in the message.
            }
        }

        return names.Count == 0 ? certificate.Subject : string.Join(", ", names.Take(5)) + (names.Count > 5 ? ", …" : string.Empty);
    }

    private static string Day(DateTime date) => date.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
