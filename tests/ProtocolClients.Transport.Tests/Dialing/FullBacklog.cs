using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Transport.Tests.Dialing;

/// <summary>A loopback listener that accepts nothing and whose queue is full: a connect to it gets no answer at all.</summary>
internal sealed class FullBacklog : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _pending = [];

    public FullBacklog()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        bool full;
        do
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _pending.Add(socket);
            try
            {
                socket.Connect(new IPEndPoint(IPAddress.Loopback, Port));
                full = false;
            }
            catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // On loopback a connect that has room is done within the call; one that is not by now waits for room.
                full = !socket.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite);
            }
        }
        while (!full && _pending.Count < 64);
    }

    public int Port { get; }

    /// <summary>How many sockets of this machine are connecting to the listener (Linux: state SYN_SENT in /proc/net/tcp).</summary>
    public int CountConnecting() => File.ReadLines("/proc/net/tcp").Count(line =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, { } remote, "02", ..]
        && remote.EndsWith($":{Port:X4}", StringComparison.Ordinal));

    public async Task WaitForConnectingAsync(int count)
    {
        while (CountConnecting() != count) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
    }

    public void Dispose()
    {
        foreach (Socket socket in _pending) socket.Dispose();
        _listener.Dispose();
    }
}
