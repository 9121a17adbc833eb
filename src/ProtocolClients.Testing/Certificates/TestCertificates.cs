using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProtocolClients.Testing;

/// <summary>
/// Certificates made on the fly: an authority and what it signs. ECDSA on P-256, since a test run makes them anew each
/// time. Made once a process and kept; do not dispose what is returned. Safe for many threads.
/// </summary>
public sealed class TestCertificates
{
    private const string AuthorityName = "CN=ProtocolClients test authority";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "::1"];

    private readonly Lazy<X509Certificate2> _unknownAuthority = new(() => CreateAuthority(Now));
    private readonly ConcurrentDictionary<CertificateKind, Lazy<X509Certificate2>> _servers = new();
    private readonly ConcurrentDictionary<string, Lazy<X509Certificate2>> _clients = new(StringComparer.Ordinal);

    private TestCertificates() => Authority = CreateAuthority(Now);

    /// <summary>The certificates of this process.</summary>
    public static TestCertificates Shared => Holder.Instance;

    /// <summary>The authority that clients of the mock servers trust, with its private key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The authority's certificate as PEM: what <c>curl --cacert</c> and Python's <c>cafile</c> read.</summary>
    public string AuthorityPem => Authority.ExportCertificatePem() + "\n";

    // A certificate's dates are read against the machine's clock by every TLS stack, so virtual time would be wrong here.
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>The server certificate of a kind, with its private key.</summary>
    /// <param name="kind">What is right or wrong about it.</param>
    public X509Certificate2 this[CertificateKind kind] =>
        _servers.GetOrAdd(kind, k => new Lazy<X509Certificate2>(() => CreateServer(k))).Value;

    /// <summary>A client certificate signed by <see cref="Authority"/>, with its private key; the same one for the same name.</summary>
    /// <param name="name">The common name of its subject.</param>
    public X509Certificate2 Client(string name = "test client")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _clients.GetOrAdd(name, n => new Lazy<X509Certificate2>(() =>
            Issue(Authority, "CN=" + Escape(n), [], ClientAuthentication, Now.AddDays(-1), Now.AddYears(1)))).Value;
    }

    /// <summary>A valid server certificate for other names, signed by <see cref="Authority"/>; a new one each time.</summary>
    /// <param name="names">DNS names and IP addresses.</param>
    public X509Certificate2 Issue(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count == 0) throw new ArgumentException("A server certificate has a name at least.", nameof(names));
        return Issue(Authority, "CN=" + Escape(names[0]), names, ServerAuthentication, Now.AddDays(-1), Now.AddYears(1));
    }

    /// <summary>Writes <see cref="AuthorityPem"/> to a file, for a client that is another process.</summary>
    /// <param name="path">The file; overwritten.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    public Task SaveAuthorityAsync(string path, CancellationToken cancellationToken = default) =>
        File.WriteAllTextAsync(path, AuthorityPem, cancellationToken);

    private X509Certificate2 CreateServer(CertificateKind kind)
    {
        DateTimeOffset now = Now;
        const string subject = "CN=localhost";
        return kind switch
        {
            CertificateKind.Valid => Issue(Authority, subject, LoopbackNames, ServerAuthentication, now.AddDays(-1), now.AddYears(1)),
            CertificateKind.Expired => Issue(Authority, subject, LoopbackNames, ServerAuthentication, now.AddDays(-30), now.AddDays(-1)),
            CertificateKind.NotYetValid => Issue(Authority, subject, LoopbackNames, ServerAuthentication, now.AddDays(1), now.AddYears(1)),
            CertificateKind.WrongName => Issue(
                Authority, "CN=wrong.example", ["wrong.example"], ServerAuthentication, now.AddDays(-1), now.AddYears(1)),
            CertificateKind.SelfSigned => Issue(null, subject, LoopbackNames, ServerAuthentication, now.AddDays(-1), now.AddYears(1)),
            CertificateKind.UnknownAuthority => Issue(
                _unknownAuthority.Value, subject, LoopbackNames, ServerAuthentication, now.AddDays(-1), now.AddYears(1)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of certificate."),
        };
    }

    private static X509Certificate2 CreateAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(AuthorityName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddYears(-1), now.AddYears(5));
    }

    private static X509Certificate2 Issue(
        X509Certificate2? authority, string subject, IReadOnlyList<string> names, string usage, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (names.Count > 0)
        {
            var alternatives = new SubjectAlternativeNameBuilder();
            foreach (string name in names)
            {
                if (IPAddress.TryParse(name, out IPAddress? address)) alternatives.AddIpAddress(address);
                else alternatives.AddDnsName(name);
            }

            request.CertificateExtensions.Add(alternatives.Build());
        }

        if (authority is null) return Usable(request.CreateSelfSigned(from, to));

        // Python 3.13 verifies strictly (RFC 5280 §4.2.1.1): a leaf without the authority's key identifier is refused.
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using X509Certificate2 signed = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));
        return Usable(signed.CopyWithPrivateKey(key));
    }

    // Schannel takes no key that lives in memory only; what went through PKCS #12 has one that it takes.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return certificate;
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }

    private static string Escape(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static class Holder
    {
        internal static readonly TestCertificates Instance = new();
    }
}
