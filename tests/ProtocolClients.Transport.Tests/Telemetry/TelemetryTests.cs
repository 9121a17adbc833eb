using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Telemetry;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_dial_is_one_activity_and_one_point_with_the_names_of_OpenTelemetry()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var watch = new Watch("ProtocolClients.Transport", port);
        await using (await new MeteredDialer(new SocketDialer()).DialAsync(new DnsEndPoint("127.0.0.1", port)))
        {
        }

        Activity activity = Assert.Single(watch.Activities);
        Assert.Equal("transport dial", activity.OperationName);
        Assert.Equal(ActivityKind.Client, activity.Kind);
        Assert.Equal(ActivityStatusCode.Unset, activity.Status);
        Assert.Equal("127.0.0.1", activity.GetTagItem("server.address"));
        Assert.Equal(port, activity.GetTagItem("server.port"));
        Assert.Equal("127.0.0.1", activity.GetTagItem("network.peer.address"));
        Assert.Equal(port, activity.GetTagItem("network.peer.port"));
        Assert.Equal("tcp", activity.GetTagItem("network.transport"));
        Assert.Null(activity.GetTagItem("error.type"));
        Point point = Assert.Single(watch.Points);
        Assert.Equal("protocolclients.dial.duration", point.Instrument.Name);
        Assert.Equal("s", point.Instrument.Unit);
        Assert.Equal("127.0.0.1", point.Tags["server.address"]);
        Assert.False(point.Tags.ContainsKey("error.type"));
    }

    [Fact]
    public async Task A_failed_dial_carries_its_error_in_both_and_takes_virtual_seconds()
    {
        const int Port = 65_001;
        var time = new VirtualTime();
        using var watch = new Watch("ProtocolClients.Transport", Port);
        var dialer = new MeteredDialer(
            new InMemoryDialer((_, _) =>
            {
                time.Advance(TimeSpan.FromSeconds(1.5));
                throw new IOException("nobody is there");
            }),
            time);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => dialer.DialAsync(new DnsEndPoint("memory.example", Port)).AsTask());

        Assert.Equal(TransportError.Connect, failure.Error);
        Activity activity = Assert.Single(watch.Activities);
        Assert.Equal("connect", activity.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Point point = Assert.Single(watch.Points);
        Assert.Equal("connect", point.Tags["error.type"]);
        Assert.Equal(1.5, point.Value);
    }

    [Fact]
    public async Task The_dialer_of_a_client_is_metered_and_uses_the_dialer_of_its_options()
    {
        const int Port = 65_002;
        using var watch = new Watch("ProtocolClients.Transport", Port);
        DuplexStream? accepted = null;
        var options = new Options
        {
            Transport = new TransportOptions { Dialer = InMemoryDialer.Accepting((server, _) => accepted = server) },
        };
        await using Connection connection = await Dialers.Create(options, "http").DialAsync(new DnsEndPoint("memory.example", Port));

        Assert.NotNull(accepted);
        Assert.Single(watch.Activities);
        Assert.Single(watch.Points);
    }

    [Fact]
    public void A_scope_of_a_room_is_an_activity_and_a_point_of_its_package()
    {
        var telemetry = new ProtocolTelemetry("Example.Protocol", "example");
        var time = new VirtualTime();
        using var watch = new Watch("Example.Protocol", 7);
        using (OperationScope scope = OperationScope.Start(telemetry, "fetch", new DnsEndPoint("host.example", 7), time))
        {
            scope.SetUrl(new Uri("example://user:secret@host.example:7/path?token=secret#part"));
            time.Advance(TimeSpan.FromMilliseconds(20));
            scope.Fail(new TransportException(TransportError.ConnectionLost, "The connection was lost."));
        }

        Activity activity = Assert.Single(watch.Activities);
        Assert.Equal("example fetch", activity.OperationName);
        Assert.Equal("example", activity.GetTagItem("network.protocol.name"));
        Assert.Equal("fetch", activity.GetTagItem("operation.name"));
        Assert.Equal("example://host.example:7/path?*", activity.GetTagItem("url.full"));
        Assert.Equal("connection_lost", activity.GetTagItem("error.type"));
        Assert.Equal("The connection was lost.", activity.StatusDescription);
        Point point = Assert.Single(watch.Points);
        Assert.Equal("example.client.operation.duration", point.Instrument.Name);
        Assert.Equal(0.02, point.Value);
        Assert.Equal("connection_lost", point.Tags["error.type"]);
        Assert.Equal("fetch", point.Tags["operation.name"]);
    }

    [Fact]
    public void Disposing_a_scope_twice_counts_once()
    {
        var telemetry = new ProtocolTelemetry("Example.Twice", "twice");
        using var watch = new Watch("Example.Twice", 7);
        OperationScope scope = OperationScope.Start(telemetry, "fetch", new DnsEndPoint("host.example", 7), TimeProvider.System);
        scope.Dispose();
        scope.Dispose();
        Assert.Single(watch.Points);
    }

    [Fact]
    public void A_foreign_exceptions_message_is_not_shown()
    {
        var telemetry = new ProtocolTelemetry("Example.Foreign", "foreign");
        using var watch = new Watch("Example.Foreign", 7);
        using (OperationScope scope = OperationScope.Start(telemetry, "fetch", new DnsEndPoint("host.example", 7), TimeProvider.System))
        {
            scope.Fail(new InvalidOperationException("password=secret"));
        }

        Activity activity = Assert.Single(watch.Activities);
        Assert.Equal("System.InvalidOperationException", activity.GetTagItem("error.type"));
        Assert.Null(activity.StatusDescription);
    }

    [Theory]
    [InlineData("http://u:p@h/a b", "http://h/a%20b")]
    [InlineData("ftp://u@h:2121/x;type=i", "ftp://h:2121/x;type=i")]
    [InlineData("https://h/?sig=1", "https://h/?*")]
    [InlineData("https://h/#t", "https://h/")]
    public void The_text_of_a_url_has_no_secret(string url, string text)
    {
        Assert.Equal(text, ProtocolTelemetry.UrlText(new Uri(url)));
    }

    private sealed record Options : ClientOptions;

    private sealed record Point(Instrument Instrument, double Value, Dictionary<string, object?> Tags);

    /// <summary>Listens to one package; other tests dial at the same time, so only the test's own port counts.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly ActivityListener _activities;
        private readonly MeterListener _meters = new();

        public Watch(string package, int port)
        {
            _activities = new ActivityListener
            {
                ShouldListenTo = source => source.Name == package,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    if (Equals(activity.GetTagItem("server.port"), port)) Activities.Enqueue(activity);
                },
            };
            ActivitySource.AddActivityListener(_activities);
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == package) listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                var map = tags.ToArray().ToDictionary(t => t.Key, t => t.Value);
                if (Equals(map["server.port"], port)) Points.Enqueue(new Point(instrument, value, map));
            });
            _meters.Start();
        }

        public ConcurrentQueue<Activity> Activities { get; } = new();

        public ConcurrentQueue<Point> Points { get; } = new();

        public void Dispose()
        {
            _activities.Dispose();
            _meters.Dispose();
        }
    }
}
