using System.Security.Authentication;

namespace ProtocolClients.Transport;

/// <summary>Says in a sentence what the platform's TLS library says in its own words.</summary>
internal static class TlsFailure
{
    // The platform gives no code for these; what it does not tell in one of these words is passed on as it is.
    private static readonly (string Sign, string Sentence)[] Signs =
    [
        ("wrong version number", "the peer does not speak TLS on this port."),
        ("packet length too long", "the peer does not speak TLS on this port."),
        ("http request", "the peer does not speak TLS on this port."),
        ("frame size", "the peer does not speak TLS on this port."),
        ("certificate required", "the peer asks for a client certificate."),
        ("unknown ca", "the peer does not trust the authority of the client certificate."),
        ("bad certificate", "the peer refused the client certificate."),
        ("certificate expired", "the peer refused the client certificate as expired."),
        ("handshake failure", "the peer refused the handshake: no cipher in common, or it asks for a client certificate."),
        ("no application protocol", "the peer has none of the application protocols that were offered."),
        ("unrecognized name", "the peer does not know this host name."),
    ];

    /// <summary>The sentence for a failed handshake whose certificate was not the reason.</summary>
    public static string Explain(AuthenticationException failure, TlsOptions options)
    {
        Exception innermost = failure;
        while (innermost.InnerException is { } inner) innermost = inner;
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            // "tlsv1 alert protocol version" and "unsupported protocol" (OpenSSL), "common algorithm" (Schannel).
            if (Says(e, "protocol version") || Says(e, "unsupported protocol") || Says(e, "common algorithm"))
            {
                return $"no TLS version in common: the peer has none from {options.MinimumVersion} up.";
            }

            foreach ((string sign, string sentence) in Signs)
            {
                if (Says(e, sign)) return sentence;
            }
        }

        return innermost.Message;
    }

    private static bool Says(Exception failure, string sign) => failure.Message.Contains(sign, StringComparison.OrdinalIgnoreCase);
}
