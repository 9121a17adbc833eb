using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Reflection;
using ProtocolClients.FtpTests.Faults;
using ProtocolClients.FtpTests.Transcripts;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>The client around its operations: telemetry, deadlines, callers who wait no longer, many tasks.</summary>
public sealed class ClientTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-client-").FullName;

    public static TheoryData<string> Verbs => [.. FtpBench.Verbs.Select(FtpBench.NameOf)];

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public async Task An_operation_is_one_activity_and_one_point_with_its_error()
    {
        var time = new VirtualTime();
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { TimeProvider = time });
        server.Files["a"] = "hello";
        int port = 30_000 + Environment.CurrentManagedThreadId;
        using var watch = new Watch(port);
        await using (var ftp = new FtpClient($"ftp://user:secret@localhost:{port}", new()
        {
            Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            TimeProvider = time,
            Resilience = ResilienceOptions.None,
        }))
        {
            await ftp.DownloadAsync("a", Path.Combine(_local, "a"));
            await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteAsync("missing"));
        }

        Assert.Equal(["ftp download", "ftp delete"], watch.Activities.Select(static activity => activity.OperationName));
        Activity download = watch.Activities.First();
        Assert.Equal((ActivityKind.Client, ActivityStatusCode.Unset), (download.Kind, download.Status));
        Assert.Equal("localhost", download.GetTagItem("server.address"));
        Assert.Equal("ftp", download.GetTagItem("network.protocol.name"));
        Assert.Equal("download", download.GetTagItem("operation.name"));
        Assert.Null(download.GetTagItem("error.type"));
        Activity delete = watch.Activities.Last();
        Assert.Equal(("550", ActivityStatusCode.Error), (delete.GetTagItem("error.type"), delete.Status));
        Assert.Equal(["ftp.client.operation.duration", "ftp.client.operation.duration"], watch.Points.Select(static point => point.Instrument.Name));
        Assert.All(watch.Points, static point => Assert.Equal(("s", 0.0), (point.Instrument.Unit, point.Value)));
        Assert.Equal([null, "550"], watch.Points.Select(static point => point.Tags.GetValueOrDefault("error.type")));
        Assert.Equal(["download", "delete"], watch.Points.Select(static point => point.Tags["operation.name"]));
    }

    [Fact]
    public async Task A_whole_transfer_has_a_deadline_over_its_attempts()
    {
        await using FtpBench bench = await FtpBench.StartAsync(static options => options with
        {
            Deadlines = Deadlines.None with { Transfer = TimeSpan.FromSeconds(20) },
            Resilience = new() { BaseDelay = TimeSpan.FromSeconds(1) },
        });
        FaultRule stall = bench.Server.DataFaults.StallAfterBytes(100).On("RETR");
        Task<TransferResult> download = bench.Client.DownloadAsync("/pub/a.bin", Path.Combine(_local, "a"));
        await stall.WaitForStrikeAsync().WaitAsync(Patience);
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => download.WaitAsync(Patience));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Transfer), (missed.Error, missed.Phase));
        Assert.Single(bench.Server.Calls.Of("RETR"));
    }

    [Fact]
    public async Task The_handshake_of_TLS_has_a_deadline()
    {
        var time = new VirtualTime();
        await using var server = new ScriptedFtp("S: 220 ready\nC: AUTH TLS\nS: 234 go\nG\nX.") { Time = time };
        await using FtpClient ftp = server.Client(static options => options with
        {
            Credentials = new("user", "secret"),
            Deadlines = Deadlines.Default with { Tls = TimeSpan.FromSeconds(7) },
            Transport = options.Transport with { Tls = TlsOptions.Default },
        });
        Task connecting = ftp.ConnectAsync();
        await server.ReachedAsync();
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(7)).WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(7));
        TransportException missed = await Assert.ThrowsAsync<TransportException>(() => connecting.WaitAsync(Patience));
        Assert.Equal((TransportError.Timeout, DeadlinePhase.Tls, Delivery.NotSent), (missed.Error, missed.Phase, missed.Delivery));
    }

    // Wherever a verb waits for the server, its caller is free at once when he wants to be: no time passes here. What he left is drained or dropped.
    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task A_caller_who_waits_no_longer_is_free_at_once(string name)
    {
        MethodInfo verb = FtpBench.Verbs.Single(each => FtpBench.NameOf(each) == name);
        bool asSession = verb.DeclaringType == typeof(FtpSession);
        List<(string Line, int At, bool Data)> waits = [];
        await using (FtpBench clean = await FtpBench.StartAsync())
        {
            FtpAccess access = await clean.AccessAsync(verb, asSession);
            int before = clean.Server.Calls.Count;
            await clean.DriveAsync(clean.RunAsync(verb, access), name);
            foreach (MockFtpCall call in clean.Server.Calls.Skip(before).Where(static call => call.Verb is not ("QUIT" or "PASS")).DistinctBy(static call => (call.Verb, call.Argument)))
            {
                string line = call.Argument.Length == 0 ? call.Verb : call.Verb + " " + call.Argument;
                waits.Add((line, 0, false));
                // The end of a stream that is written is waited for by its disposal, which takes no token.
                if (call.Replies.Count > 1 && verb.Name != "OpenWriteAsync") waits.Add((line, call.Replies[0].Length + 3, false));
                if (call.DataBytes > 0 && call.Verb is "RETR" or "MLSD" or "NLST") waits.Add((line, (int)call.DataBytes / 2, true));
            }
        }

        foreach ((string line, int at, bool data) in waits)
        {
            await using FtpBench bench = await FtpBench.StartAsync();
            FtpAccess access = await bench.AccessAsync(verb, asSession);
            FaultRule stall = (data ? bench.Server.DataFaults : bench.Server.Faults).StallAfterBytes(at).On(each => each == line).Once();
            using var cancel = new CancellationTokenSource();
            Task<Exception?> work = bench.RunAsync(verb, access, cancel.Token);
            await stall.WaitForStrikeAsync().WaitAsync(Patience);
            await cancel.CancelAsync();
            Exception? failure = await work.WaitAsync(Patience);
            Assert.True(failure is OperationCanceledException, $"{name}, {line} after {at}: {failure?.ToString() ?? "no failure"}\n{bench.Server.Calls}");
            bench.Server.Faults.Clear();
            bench.Server.DataFaults.Clear();
            Assert.Equal("b", await bench.DriveAsync(access.ReadTextAsync("/pub/sub/b.txt"), $"{name}, {line}: the next"));
        }
    }

    [Fact]
    public async Task Many_tasks_that_are_cancelled_at_any_moment_leave_a_client_that_works()
    {
        const int Most = 8;
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { KeepTranscript = false });
        for (int i = 0; i < 8; i++) server.Files[$"pub/f{i}"] = $"content {i}";
        var dialer = new CountingDialer(server.Transport.Dialer!);
        await using var ftp = new FtpClient("ftp://localhost", new()
        {
            Transport = server.Transport with { Dialer = dialer, Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            MaxConnections = Most,
            Resilience = ResilienceOptions.None,
            Deadlines = Deadlines.Default with { Command = Patience },
        });
        int done = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(task => Task.Run(async () =>
        {
            var random = new Random(task);
            for (int i = 0; i < 50; i++)
            {
                using var cancel = new CancellationTokenSource();
                Task work = WorkAsync(ftp, random.Next(6), random.Next(8), $"pub/own{task}", cancel.Token);
                if (random.Next(3) == 0)
                {
                    for (int yields = random.Next(60); yields > 0 && !work.IsCompleted; yields--) await Task.Yield();
                    await cancel.CancelAsync();
                }

                try
                {
                    await work.WaitAsync(Patience);
                    Interlocked.Increment(ref done);
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested)
                {
                }
            }
        })));
        Assert.True(done >= 64 * 50 / 2, $"{done} were done.");
        Assert.InRange(dialer.Peak, 1, Most);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(i => WorkAsync(ftp, i % 3, i % 8, "pub/x", default))).WaitAsync(Patience);
        Assert.InRange(dialer.Peak, 1, Most);
        server.Calls.AssertNoProblems();
    }

    [Fact]
    public async Task A_server_that_takes_no_more_connections_serves_all_over_those_that_it_has()
    {
        const int Most = 2;
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        for (int i = 0; i < 8; i++) server.Files[$"pub/f{i}"] = $"content {i}";
        var dialer = new CountingDialer(server.Transport.Dialer!, Most);
        await using var ftp = new FtpClient("ftp://localhost", new()
        {
            Transport = server.Transport with { Dialer = dialer, Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            MaxConnections = 8,
            Resilience = ResilienceOptions.None,
        });
        Task[] work;
        // The server has all that it takes: whoever comes now is refused, and waits for one that comes free.
        await using (await ftp.OpenSessionAsync())
        await using (await ftp.OpenSessionAsync())
        {
            work = [.. Enumerable.Range(0, 64).Select(i => Task.Run(() => WorkAsync(ftp, i % 3, i % 8, "pub/x", default)))];
            while (dialer.Refused == 0) await Task.Yield();
        }

        await Task.WhenAll(work).WaitAsync(Patience);
        // Six dial at once. Each refusal lowers the limit by one, those of one moment together by one: 6 + 5 + 4 + 3 + 2 + 1 at most.
        Assert.InRange(dialer.Refused, 1, 21);
        Assert.Equal(64, server.Calls.Count(static call => call.Verb is "RETR" or "MLST" or "MLSD"));
    }

    private static async Task WorkAsync(FtpClient ftp, int kind, int file, string own, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case 0:
                Assert.Equal($"content {file}", await ftp.ReadTextAsync($"/pub/f{file}", cancellationToken));
                break;
            case 1:
                Assert.Equal(9, (await ftp.StatAsync($"/pub/f{file}", cancellationToken)).Size);
                break;
            case 2:
                Assert.True((await ftp.ListAsync("/pub", cancellationToken: cancellationToken).ToListAsync(cancellationToken)).Count >= 8);
                break;
            case 3:
                await ftp.UploadAsync(new MemoryStream("own"u8.ToArray()), own, new() { WhenExists = ExistingFile.Overwrite }, cancellationToken);
                break;
            case 4:
                await using (Stream stream = await ftp.OpenReadAsync($"/pub/f{file}", offset: 8, cancellationToken: cancellationToken))
                    Assert.Equal((byte)('0' + file), stream.CanRead ? await ReadOneAsync(stream, cancellationToken) : 0);
                break;
            default:
                await foreach (FtpEntry _ in ftp.ListAsync("/pub", cancellationToken: cancellationToken)) break;
                break;
        }
    }

    private static async Task<byte> ReadOneAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] one = new byte[1];
        await stream.ReadExactlyAsync(one, cancellationToken);
        return one[0];
    }

    /// <summary>Counts control connections that the client has not closed.</summary>
    private sealed class CountingDialer(IDialer inner, int limit = int.MaxValue) : IDialer
    {
        private int _refused;
        private int _open;
        private int _peak;

        public int Peak => Volatile.Read(ref _peak);

        public int Refused => Volatile.Read(ref _refused);

        public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
        {
            if (endPoint is not DnsEndPoint { Port: 21 }) return await inner.DialAsync(endPoint, cancellationToken);
            int open = Interlocked.Increment(ref _open);
            Connection connection;
            try
            {
                connection = open <= limit ? await inner.DialAsync(endPoint, cancellationToken) : await RefuseAsync(endPoint);
            }
            catch
            {
                // A dial that was cancelled opened nothing.
                Interlocked.Decrement(ref _open);
                throw;
            }

            for (int peak = _peak; open > peak; peak = _peak) Interlocked.CompareExchange(ref _peak, open, peak);
            return connection.WithStream(new CountedStream(connection.Stream, () => Interlocked.Decrement(ref _open)));
        }

        private async Task<Connection> RefuseAsync(EndPoint endPoint)
        {
            Interlocked.Increment(ref _refused);
            (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
            await server.WriteAsync("421 Too many connections.\r\n"u8.ToArray());
            server.CompleteWriting();
            return new Connection(client, endPoint);
        }
    }

    private sealed class CountedStream(Stream inner, Action closed) : Stream
    {
        private int _isClosed;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                inner.Dispose();
                closed();
            }

            base.Dispose(disposing);
        }
    }

    private sealed record Point(Instrument Instrument, double Value, Dictionary<string, object?> Tags);

    /// <summary>Listens to the package; other tests run at the same time, so only the test's own port counts.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly ActivityListener _activities;
        private readonly MeterListener _meters = new();

        public Watch(int port)
        {
            _activities = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == "ProtocolClients.Ftp",
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    if (Equals(activity.GetTagItem("server.port"), port)) Activities.Enqueue(activity);
                },
            };
            ActivitySource.AddActivityListener(_activities);
            _meters.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "ProtocolClients.Ftp") listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            {
                var map = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => tag.Value);
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
