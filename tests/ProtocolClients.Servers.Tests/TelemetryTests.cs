using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace ProtocolClients.Servers.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Connections_are_counted_by_server()
    {
        var sums = new Dictionary<string, long>();
        string? address = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "ProtocolClients.Servers") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            // Other tests run servers at the same time.
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key != "server.address" || !Equals(tag.Value, address)) continue;
                lock (sums) sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
            }
        });
        listener.Start();
        await using var server = TcpServer.Start(TestKit.AnyPort, TestKit.EchoAsync, new ServerOptions { MaxConnections = 1 });
        address = server.EndPoint.ToString();
        await using (NetworkStream client = await TestKit.DialAsync(server.EndPoint))
        {
            await client.SendAsync("x\r\n");
            await client.LineAsync();
            await using NetworkStream refused = await TestKit.DialAsync(server.EndPoint);
            await refused.ToEndAsync();
            Assert.Equal(1, Sum("active"));
        }

        await server.StopAsync(TimeSpan.Zero);
        Assert.Equal(1, Sum("accepted"));
        Assert.Equal(1, Sum("refused"));
        Assert.Equal(0, Sum("active"));

        long Sum(string name)
        {
            lock (sums) return sums.GetValueOrDefault("protocolclients.servers." + name);
        }
    }

    [Fact]
    public async Task A_failed_handler_is_an_error_in_the_log_and_a_lost_peer_is_not()
    {
        using var log = new RecordingLog();
        await using var server = InMemoryServer.Start(
            static async (connection, ct) =>
            {
                await connection.ReadLineAsync(ct);
                throw new InvalidOperationException("meant to");
            },
            new ServerOptions { LoggerFactory = log });
        await server.Accept(new PieceStream(["half a line"])).WaitAsync(TestKit.Safety);
        Assert.DoesNotContain(log.Entries, static e => e.Level >= LogLevel.Warning);
        await server.Accept(new PieceStream(["a line\r\n"])).WaitAsync(TestKit.Safety);
        Assert.IsType<InvalidOperationException>(Assert.Single(log.Entries, static e => e.Level >= LogLevel.Warning).Exception);
        Assert.All(log.Entries, static e => Assert.InRange(e.Id, 1100, 1199));
    }
}
