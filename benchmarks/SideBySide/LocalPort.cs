using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.SideBySide;

/// <summary>Loopback ports for servers that cannot choose one themselves.</summary>
internal static class LocalPort
{
    /// <summary>One that nobody listens at now.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Whether somebody listens; waits a moment when nobody does.</summary>
    public static async Task<bool> IsOpenAsync(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            return false;
        }
    }
}
