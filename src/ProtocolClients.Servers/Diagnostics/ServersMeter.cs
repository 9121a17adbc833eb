using System.Diagnostics.Metrics;

namespace ProtocolClients.Servers;

/// <summary>The instruments of the meter <c>ProtocolClients.Servers</c>, all tagged with <c>server.address</c>.</summary>
internal static class ServersMeter
{
    private static readonly Meter Meter = new("ProtocolClients.Servers");

    public static readonly Counter<long> Accepted =
        Meter.CreateCounter<long>("protocolclients.servers.accepted", "{connection}", "Connections that got past the limits");

    public static readonly Counter<long> Refused =
        Meter.CreateCounter<long>("protocolclients.servers.refused", "{connection}", "Connections closed at once, by refusal.reason");

    public static readonly UpDownCounter<long> Active =
        Meter.CreateUpDownCounter<long>("protocolclients.servers.active", "{connection}", "Connections open now");
}
