using System.Net;
using System.Text;
using ProtocolClients.Servers;
using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary>The kit: a small line protocol, its server on Servers and its client on Transport.</summary>
internal static class KitTour
{
    public static async Task RunAsync(TourLog log, CancellationToken cancellationToken)
    {
        var heard = new List<string>();
        TcpServer server = TcpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), async (connection, token) =>
        {
            while (await connection.ReadLineAsync(token) is { } line)
            {
                lock (heard) heard.Add(line);
                await connection.WriteLineAsync(Answer(line), token);
                await connection.FlushAsync(token);
            }
        });
        await using (server)
        {
            var wire = new RecordingWireLog();
            Connection connection = await new SocketDialer().DialAsync(server.EndPoint, cancellationToken);
            var channel = new WireChannel(connection, new WireChannelOptions { WireLog = wire });
            await using (channel)
            {
                // Two commands in one segment, then their replies in order.
                using var command = new CommandBuilder();
                await channel.WriteAsync(command.Append("HELLO").Argument("ann"), cancellationToken);
                command.Clear();
                await channel.SendAsync(command.Append("PASS").Secret("tour-secret"), cancellationToken);
                for (int i = 0; i < 2; i++)
                {
                    string reply = await ReadLineAsync(channel, cancellationToken);
                    lock (heard) log.Check("a pipelined reply", Answer(heard[i]), reply);
                }
            }

            log.Check("the password in the wire log", false, wire.Text.Contains("PASS tour-secret", StringComparison.Ordinal));
        }

        await log.CheckFailsAsync<ArgumentException>("an argument with CR LF is refused before a byte is sent",
            static () =>
            {
                using var command = new CommandBuilder();
                command.Append("HELLO").Argument("ann\r\nQUIT");
                return Task.CompletedTask;
            }, static failure => failure.GetType().Name);
    }

    private static string Answer(string line) => $"{line.Split(' ')[0]} is {line.Length} characters";

    private static async ValueTask<string> ReadLineAsync(WireChannel channel, CancellationToken cancellationToken)
    {
        var parser = new LineParser();
        ReadOnlySpan<byte> line;
        while (!channel.TryRead(ref parser, out line)) await channel.FillAsync(cancellationToken);
        return Encoding.UTF8.GetString(line);
    }
}
