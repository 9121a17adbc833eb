using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport;

/// <summary>Finds the address that this machine would send from: what RFC 6724 needs to compare destinations.</summary>
internal static class SourceAddress
{
    /// <summary>Connects a UDP socket, which sends nothing but makes the system choose a route and a source.</summary>
    /// <param name="destination">The destination.</param>
    /// <returns>The source address; null when the destination cannot be reached from here.</returns>
    public static IPAddress? Find(IPAddress destination)
    {
        try
        {
            using var socket = new Socket(destination.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(destination, 9));
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            // No route, or no such family on this machine: rule 1 of RFC 6724 §6 puts the destination last.
            return null;
        }
    }
}
