using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>
/// The telemetry of one package: an <see cref="System.Diagnostics.ActivitySource"/> and a
/// <see cref="System.Diagnostics.Metrics.Meter"/> named after it, and the histogram of its operations in seconds. One
/// static object a package, for the life of the process.
/// </summary>
public sealed class ProtocolTelemetry
{
    // Seconds; from a loopback round trip to a long transfer.
    private static readonly double[] Boundaries =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    /// <summary>Makes a package's telemetry.</summary>
    /// <param name="package">The package's name, also that of its activity source and meter.</param>
    /// <param name="protocol">The protocol's name in lower case, as in <c>network.protocol.name</c>.</param>
    /// <param name="histogram">The histogram's name; null for <c>PROTOCOL.client.operation.duration</c>.</param>
    public ProtocolTelemetry(string package, string protocol, string? histogram = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(package);
        ArgumentException.ThrowIfNullOrEmpty(protocol);
        Protocol = protocol;
        ActivitySource = new ActivitySource(package);
        Meter = new Meter(package);
        Duration = Meter.CreateHistogram(
            histogram ?? protocol + ".client.operation.duration",
            unit: "s",
            description: "How long operations took.",
            tags: null,
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Boundaries });
    }

    /// <summary>The protocol's name in lower case.</summary>
    public string Protocol { get; }

    /// <summary>Where the package's activities come from.</summary>
    public ActivitySource ActivitySource { get; }

    /// <summary>Where the package's instruments live; a package may add its own.</summary>
    public Meter Meter { get; }

    /// <summary>One point an operation, in seconds.</summary>
    public Histogram<double> Duration { get; }

    /// <summary>What <c>url.full</c> shows of a URL: no userinfo, no fragment, and <c>*</c> for a query, which often carries a secret.</summary>
    /// <param name="url">An absolute URL.</param>
    public static string UrlText(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri) throw new ArgumentException("The URL is relative.", nameof(url));
        string text = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return url.Query.Length > 1 ? text + "?*" : text;
    }

    /// <summary>The value of <c>error.type</c> for a failure: of few values, never a message.</summary>
    /// <param name="failure">What went wrong.</param>
    public static string ErrorTypeOf(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure switch
        {
            TransportException transport => NameOf(transport.Error),
            OperationCanceledException => "cancelled",
            _ => failure.GetType().FullName!,
        };
    }

    internal static (string? Address, int? Port, string Transport) Parts(EndPoint? endPoint) => endPoint switch
    {
        DnsEndPoint dns => (dns.Host, dns.Port, "tcp"),
        IPEndPoint ip => (ip.Address.ToString(), ip.Port, "tcp"),
        UnixDomainSocketEndPoint unix => (unix.ToString(), null, "unix"),
        _ => (endPoint?.ToString(), null, "tcp"),
    };

    private static string NameOf(TransportError error) => error switch
    {
        TransportError.NameResolution => "name_resolution",
        TransportError.Connect => "connect",
        TransportError.Proxy => "proxy",
        TransportError.Tls => "tls",
        TransportError.Timeout => "timeout",
        TransportError.ConnectionLost => "connection_lost",
        TransportError.AddressRefused => "address_refused",
        TransportError.PoolExhausted => "pool_exhausted",
        _ => "other",
    };
}
