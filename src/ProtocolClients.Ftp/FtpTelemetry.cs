using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>The activities and measurements of FTP, by OpenTelemetry's names.</summary>
internal static class FtpTelemetry
{
    public static ProtocolTelemetry Instance { get; } = new("ProtocolClients.Ftp", "ftp");
}
