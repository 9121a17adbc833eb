using System.Net;

namespace ProtocolClients.Transport;

/// <summary>
/// All that a reused connection depends on: whom it reaches, how, and who the client says it is. Two requests share a
/// connection only when all of it is equal (CVE-2026-4873, CVE-2022-27782, CVE-2022-22576: connections that were reused for a
/// request with another TLS mode, TLS option or credential). Immutable; make it once and keep it.
/// </summary>
public sealed record PoolKey
{
    // Taken once: it covers every option, certificates by their bytes, and is asked for at each lease.
    private readonly int _hash;

    /// <summary>Makes a key.</summary>
    /// <param name="endPoint">Whom the connection reaches, as the caller named it.</param>
    /// <param name="transport">How it is reached; with a TLS mode that is resolved.</param>
    /// <param name="credentials">Who the client says it is; null for nobody.</param>
    /// <exception cref="ArgumentException">
    /// The mode is <see cref="TlsMode.ByScheme"/>: ftp and ftps at one end point would share a key, though not their security.
    /// </exception>
    public PoolKey(EndPoint endPoint, TransportOptions transport, Credentials? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(transport);
        if (transport.Tls.Mode == TlsMode.ByScheme)
            throw new ArgumentException("A pool key needs the TLS mode that the scheme stands for, not ByScheme.", nameof(transport));
        EndPoint = endPoint;
        Transport = transport;
        Credentials = credentials;
        _hash = HashCode.Combine(endPoint, transport, credentials);
    }

    /// <summary>Whom the connection reaches.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>How it is reached: TLS, proxy, addresses.</summary>
    public TransportOptions Transport { get; }

    /// <summary>Who the client says it is; null for nobody.</summary>
    public Credentials? Credentials { get; }

    /// <summary>True when end point, transport and credentials are equal.</summary>
    /// <param name="other">The other key.</param>
    public bool Equals(PoolKey? other) => ReferenceEquals(this, other) || (other is not null
        && _hash == other._hash
        && EndPoint.Equals(other.EndPoint)
        && Transport.Equals(other.Transport)
        && Equals(Credentials, other.Credentials));

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
