using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.SideBySide;

/// <summary>
/// A name with two addresses, the first of which never answers: how long until the dial is through the second. The name is
/// put into a hosts file of a mount namespace of the run's own (needs root); the first address is a loopback listener whose
/// backlog is full, so that nothing leaves loopback.
/// </summary>
internal static class StalledDial
{
    private const string Host = "two-addresses.test";

    public static async Task RunAsync(string root, int rounds)
    {
        string hosts = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(hosts, $"127.0.0.1 localhost\n127.0.0.1 {Host}\n127.0.0.2 {Host}\n");
            string[] arguments = ["-m", "sh", "-c", $"mount --bind {hosts} /etc/hosts && exec dotnet {Environment.GetCommandLineArgs()[0]} dial-inside {rounds}"];
            using Process process = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardOutput = true })!;
            string body = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException(body);
            Results.Write(root, "Dial past an address that never answers", $"dotnet run -c Release --project benchmarks/SideBySide -- dial {rounds}", body);
        }
        finally
        {
            File.Delete(hosts);
        }
    }

    public static async Task InsideAsync(int rounds)
    {
        // Of two loopback addresses the resolver of the C library puts 127.0.0.1 first: that one is stalled.
        var alive = IPAddress.Parse("127.0.0.2");
        using var live = new TcpListener(alive, 0);
        live.Start();
        int port = ((IPEndPoint)live.LocalEndpoint).Port;
        using var stalled = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        stalled.Bind(new IPEndPoint(IPAddress.Loopback, port));
        stalled.Listen(0);
        List<Socket> fillers = await FillAsync((IPEndPoint)stalled.LocalEndPoint!);

        var dialer = new SocketDialer();
        List<double> ours = await TimeAsync(rounds, async () =>
        {
            await using Connection connection = await dialer.DialAsync(new DnsEndPoint(Host, port));
            if (!((IPEndPoint)connection.RemoteEndPoint!).Address.Equals(alive)) throw new InvalidOperationException("not the live address");
        });
        var text = new StringBuilder("Two IPv4 addresses, the first a listener with a full backlog; time until connected, in process, ms.\n\n");
        text.Append("| peer | median | min | max | runs |\n|---|---|---|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| ProtocolClients SocketDialer | {Peer.Median(ours):F0} | {ours.Min():F0} | {ours.Max():F0} | {ours.Count} |\n");
        text.Append("\nA plain connect (Python's socket.create_connection, .NET's Socket.ConnectAsync by name) tries one address after the other and waits\n");
        text.Append("for the kernel's own timeout of the first, over two minutes: not run.\n");
        Console.Write(text);
        foreach (Socket filler in fillers) filler.Dispose();
    }

    /// <summary>Connects until one connect no longer finishes: then the backlog is full.</summary>
    private static async Task<List<Socket>> FillAsync(IPEndPoint address)
    {
        var fillers = new List<Socket>();
        while (fillers.Count < 64)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fillers.Add(socket);
            Task connected = socket.ConnectAsync(address);
            if (await Task.WhenAny(connected, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)) != connected) return fillers;
        }

        throw new InvalidOperationException("The backlog never filled.");
    }

    private static async Task<List<double>> TimeAsync(int rounds, Func<Task> dial)
    {
        var times = new List<double>();
        await dial();
        for (int i = 0; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await dial();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return times;
    }
}
