using System.Net;
using ProtocolClients.FtpTests.Faults;
using ProtocolClients.Testing;
using ProtocolClients.Transport;

namespace ProtocolClients.FtpTests;

/// <summary>What several operations want of few connections, and what one connection learns for the next.</summary>
public sealed class SharedConnectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-shared-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Theory]
    [InlineData(1, int.MaxValue)]
    [InlineData(4, 1)]
    public async Task Files_that_are_listed_are_downloaded_over_one_connection(int client, int server)
    {
        await using MockFtpServer there = await MockFtpServer.StartInMemoryAsync(new() { MaxConnections = server });
        for (int i = 0; i < 200; i++) there.Files[$"logs/{i}.gz"] = $"log {i}";
        await using FtpClient ftp = Client(there, options => options with { MaxConnections = client });
        FtpTreeResult result = await ftp.DownloadManyAsync(
            ftp.ListAsync("/logs").Select(entry => new FtpFilePair(entry, Path.Combine(_local, entry.Name)))).WaitAsync(Patience);
        Assert.Equal((200, 0), (result.EnsureSuccess().Transferred, result.Skipped));
        Assert.Equal("log 199", await File.ReadAllTextAsync(Path.Combine(_local, "199.gz")));
    }

    // The other one began later, was taken, and is gone by the time that the refusal is read.
    [Fact]
    public async Task A_refusal_on_account_of_a_connection_that_is_gone_is_no_last_word()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { MaxConnections = 1 });
        server.Files["a"] = "hello";
        var dialer = new HeldDialer(server.Transport.Dialer!);
        await using FtpClient ftp = Client(server, options => options with { MaxConnections = 2, Transport = options.Transport with { Dialer = dialer } });
        // The client's second dial is through, and its connection in use, when the server meets the first.
        Task<string> first = ftp.ReadTextAsync("a");
        FtpSession session = await ftp.OpenSessionAsync().WaitAsync(Patience);
        dialer.Dial();
        while (server.ConnectionCount < 2 || server.OpenConnections > 1) await Task.Yield();
        server.Faults.TruncateAfterBytes(0).On("NOOP").Once();
        await Assert.ThrowsAsync<TransportException>(() => session.SendAsync("NOOP")).WaitAsync(Patience);
        await session.DisposeAsync();
        while (server.OpenConnections > 0) await Task.Yield();
        dialer.Give();
        Assert.Equal("hello", await first.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_source_that_fails_fails_all()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "a";
        await using FtpClient ftp = Client(server);
        IOException failure = await Assert.ThrowsAsync<IOException>(() => ftp.DownloadManyAsync(SourceAsync()).WaitAsync(Patience));
        Assert.Equal("the source", failure.Message);

        async IAsyncEnumerable<FtpFilePair> SourceAsync()
        {
            yield return new FtpFilePair("a", Path.Combine(_local, "a"));
            await Task.Yield();
            throw new IOException("the source");
        }
    }

    [Fact]
    public async Task A_batch_ends_when_its_caller_or_its_failures_say_so()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync();
        server.Files["a"] = "a";
        await using FtpClient ftp = Client(server);
        using var cancel = new CancellationTokenSource();
        Task<FtpTreeResult> all = ftp.DownloadManyAsync(Endless("a"), cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all.WaitAsync(Patience));
        FtpTreeResult early = await ftp.DownloadManyAsync(Endless("missing"), new() { MaxFailures = 3 }).WaitAsync(Patience);
        Assert.Equal(("too much failed", 3), (early.EndedEarly, early.Failures.Count));

        async IAsyncEnumerable<FtpFilePair> Endless(string remote)
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                yield return new FtpFilePair(remote, Path.Combine(_local, "f" + i));
            }
        }
    }

    // A loop over a listing that downloads with the connection that the listing holds.
    [Fact]
    public async Task Who_waits_for_a_connection_that_nobody_uses_waits_for_no_longer_than_for_a_reply()
    {
        await using FtpBench bench = await FtpBench.StartAsync();
        int entries = 0;
        await foreach (FtpEntry entry in bench.Client.ListAsync("/pub"))
        {
            Task waiting = bench.Client.DownloadAsync(entry.Path, bench.Local(entry.Name));
            await bench.Time.WaitForTimerAsync(FtpBench.Silence).WaitAsync(Patience);
            Assert.False(waiting.IsCompleted);
            bench.Time.Advance(FtpBench.Silence);
            TransportException none = await Assert.ThrowsAsync<TransportException>(() => waiting.WaitAsync(Patience));
            Assert.Equal((TransportError.PoolExhausted, Delivery.NotSent, false), (none.Error, none.Delivery, none.IsTransient));
            entries++;
        }

        Assert.Equal(3, entries);
        await using FtpSession session = await bench.Client.OpenSessionAsync();
        Task<FtpEntry> other = bench.Client.StatAsync("/pub/a.bin");
        await bench.Time.WaitForTimerAsync(FtpBench.Silence).WaitAsync(Patience);
        // Whoever holds it used it meanwhile: the wait goes on, and ends when it is given back.
        await session.SendAsync("NOOP").WaitAsync(Patience);
        bench.Time.Advance(FtpBench.Silence);
        Assert.False(other.IsCompleted);
        await session.DisposeAsync();
        Assert.Equal(FtpBench.Length, (await other.WaitAsync(Patience)).Size);
    }

    [Fact]
    public async Task Who_waits_for_a_connection_that_is_used_waits_for_as_long_as_it_takes()
    {
        await using FtpBench bench = await FtpBench.StartAsync(options => options with { Deadlines = options.Deadlines with { Idle = Timeout.InfiniteTimeSpan }, KeepAlive = Timeout.InfiniteTimeSpan });
        FaultRule slow = bench.Server.DataFaults.StallAfterBytes(1000).On("RETR").Once();
        Stream stream = await bench.Client.OpenReadAsync("/pub/a.bin");
        await stream.ReadExactlyAsync(new byte[1000]).AsTask().WaitAsync(Patience);
        using var cancel = new CancellationTokenSource();
        Task<int> reading = stream.ReadAsync(new byte[1], cancel.Token).AsTask();
        await slow.WaitForStrikeAsync().WaitAsync(Patience);
        Task<FtpEntry> other = bench.Client.StatAsync("/pub/a.bin");
        await bench.Time.WaitForTimerAsync(FtpBench.Silence).WaitAsync(Patience);
        for (int i = 0; i < 5; i++) bench.Time.Advance(FtpBench.Silence);
        Assert.False(other.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
        bench.Server.DataFaults.Clear();
        await bench.DriveAsync(EndAsync(), "the end");

        async Task<bool> EndAsync()
        {
            await stream.DisposeAsync();
            return (await other).Size == FtpBench.Length;
        }
    }

    [Theory]
    [InlineData("127.0.0.1", false, 1)]
    [InlineData("127.0.0.1", true, 1)]
    [InlineData("::1", false, 2)]
    public async Task What_one_connection_learned_of_passive_ports_the_next_one_knows(string address, bool deaf, int asked)
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { EndPoint = new IPEndPoint(IPAddress.Parse(address), 0), Without = deaf ? [] : ["EPSV"] });
        if (deaf) server.Replies.On("EPSV").Deaf();
        server.Files["a"] = "hello";
        await using FtpClient ftp = Client(server);
        for (int i = 0; i < 3; i++)
        {
            await using FtpSession session = await ftp.OpenSessionAsync();
            // PASV has no addresses of IPv6: what did not work is nothing to remember.
            if (address == "::1") await Assert.ThrowsAsync<FtpReplyException>(() => session.ReadTextAsync("a"));
            else Assert.Equal("hello", await session.ReadTextAsync("a").WaitAsync(Patience));
            if (i == 1) Assert.Equal(asked, server.Calls.Of("EPSV").Count);
        }

        Assert.Equal(3, server.ConnectionCount);
    }

    [Fact]
    public async Task Names_that_a_server_would_take_for_options_are_refused()
    {
        await using MockFtpServer server = await MockFtpServer.StartInMemoryAsync(new() { Without = ["MLSD", "MLST"] });
        await using FtpClient ftp = Client(server);
        await Assert.ThrowsAsync<ArgumentException>(() => ftp.ListAsync("-R").ToListAsync().AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => ftp.ListNamesAsync("-R").ToListAsync().AsTask());
        server.Calls.AssertCount(0, "NLST");
        server.Calls.AssertCount(0, "LIST");
        server.Files["-R/a"] = "a";
        Assert.Single(await ftp.ListNamesAsync("./-R").ToListAsync());
    }

    /// <summary>Its first dial begins when it is told to, and its connection is given out when it is told to.</summary>
    private sealed class HeldDialer(IDialer inner) : IDialer
    {
        private readonly TaskCompletionSource _dial = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _give = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _dials;

        public void Dial() => _dial.SetResult();

        public void Give() => _give.SetResult();

        public async ValueTask<Connection> DialAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Increment(ref _dials) > 1) return await inner.DialAsync(endPoint, cancellationToken);
            await _dial.Task;
            Connection connection = await inner.DialAsync(endPoint, cancellationToken);
            await _give.Task;
            return connection;
        }
    }

    private static FtpClient Client(MockFtpServer server, Func<FtpClientOptions, FtpClientOptions>? change = null)
    {
        var options = new FtpClientOptions
        {
            Transport = server.Transport with { Tls = server.Transport.Tls with { Mode = TlsMode.None } },
            Resilience = ResilienceOptions.None,
        };
        return new FtpClient(server.Url, change?.Invoke(options) ?? options);
    }
}
