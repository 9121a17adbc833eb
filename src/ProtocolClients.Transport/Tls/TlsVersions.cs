using System.Security.Authentication;

namespace ProtocolClients.Transport;

/// <summary>From the oldest version accepted to the platform's set.</summary>
internal static class TlsVersions
{
#pragma warning disable SYSLIB0039, CA5397, CA5398 // TLS 1.0 and 1.1 are only enabled for the caller who names them as his minimum.
    private static readonly SslProtocols[] Known = [SslProtocols.Tls, SslProtocols.Tls11, SslProtocols.Tls12, SslProtocols.Tls13];
#pragma warning restore SYSLIB0039, CA5397, CA5398

    /// <summary>All versions from a minimum up; the platform's choice for <see cref="SslProtocols.None"/>.</summary>
    public static SslProtocols From(SslProtocols minimum) => minimum == SslProtocols.None ? SslProtocols.None : From(minimum, SslProtocols.Tls13);

    /// <summary>All versions from a minimum up to a maximum.</summary>
    public static SslProtocols From(SslProtocols minimum, SslProtocols maximum)
    {
        if (minimum == SslProtocols.None) minimum = SslProtocols.Tls12;
        SslProtocols all = SslProtocols.None;
        foreach (SslProtocols version in Known)
        {
            if (version >= minimum && version <= maximum) all |= version;
        }

        return all;
    }
}
