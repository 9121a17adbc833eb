using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>Deadlines and cancellation, on virtual time.</summary>
public class DeadlineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly VirtualTime _time = new();

    private WireChannelOptions Options => new()
    {
        TimeProvider = _time,
        Deadlines = Deadlines.Default with { Command = TimeSpan.FromSeconds(10), Idle = TimeSpan.FromSeconds(3) },
    };

    [Fact]
    public async Task A_reply_that_does_not_come_misses_the_command_deadline()
    {
        await using WireChannel channel = Script.Silent().Open(Options);
        using var command = new CommandBuilder();
        await channel.SendAsync(command.Append("NOOP"));
        Task<CodedReply> reading = channel.ReadAsync(new CodedReplyParser()).AsTask();
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(10)).WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => reading.WaitAsync(Patience));
        Assert.Equal(TransportError.Timeout, failure.Error);
        Assert.Equal(DeadlinePhase.Command, failure.Phase);
        Assert.Equal(Delivery.MaybeSent, failure.Delivery);
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task A_dripping_peer_gets_no_new_deadline_for_each_byte()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await using WireChannel channel = new(new Connection(client, new System.Net.DnsEndPoint("peer.test", 25)), Options);
        await using var peer = server;
        Task<CodedReply> reading = channel.ReadAsync(new CodedReplyParser()).AsTask();
        for (int second = 0; second < 9; second++)
        {
            await peer.WaitForReadAsync().WaitAsync(Patience);
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(10 - second)).WaitAsync(Patience);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(reading.IsCompleted);
            await peer.WriteAsync("250 0123456789"u8.ToArray().AsMemory(second, 1));
        }

        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1)).WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(1));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => reading.WaitAsync(Patience));
        Assert.Equal(DeadlinePhase.Command, failure.Phase);
    }

    [Fact]
    public async Task A_body_is_timed_by_silence()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await using WireChannel channel = new(new Connection(client, new System.Net.DnsEndPoint("peer.test", 25)), Options);
        await using var peer = server;
        channel.BeginCount(100);
        byte[] buffer = new byte[100];
        Task<int> reading;
        for (int i = 0; i < 20; i++)
        {
            reading = channel.ReadCountAsync(buffer).AsTask();
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(3)).WaitAsync(Patience);
            _time.Advance(TimeSpan.FromSeconds(2));
            await peer.WriteAsync(new byte[1]);
            Assert.Equal(1, await reading.WaitAsync(Patience));
        }

        reading = channel.ReadCountAsync(buffer).AsTask();
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(3)).WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(3));
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => reading.WaitAsync(Patience));
        Assert.Equal(DeadlinePhase.Idle, failure.Phase);
    }

    [Fact]
    public async Task A_write_that_is_not_taken_misses_its_deadline()
    {
        var script = Script.Of();
        script.OnWrite = (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        await using WireChannel channel = script.Open(Options);
        using var command = new CommandBuilder();
        Task sending = channel.SendAsync(command.Append("NOOP")).AsTask();
        await _time.WaitForTimerAsync().WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TransportError.Timeout, (await Assert.ThrowsAsync<TransportException>(() => sending.WaitAsync(Patience))).Error);
    }

    [Fact]
    public async Task Cancellation_stays_cancellation_and_breaks_the_channel()
    {
        using var cancel = new CancellationTokenSource();
        await using WireChannel channel = Script.Silent().Open(Options);
        Task<CodedReply> reading = channel.ReadAsync(new CodedReplyParser(), cancel.Token).AsTask();
        await _time.WaitForTimerAsync().WaitAsync(Patience);
        await cancel.CancelAsync();
        OperationCanceledException failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience));
        Assert.Equal(cancel.Token, failure.CancellationToken);
        Assert.True(channel.IsBroken);
        await Assert.ThrowsAsync<TransportException>(() => channel.FillAsync().AsTask());
    }

    [Fact]
    public async Task A_token_cancelled_before_the_reply_breaks_the_channel_too()
    {
        await using WireChannel channel = Script.Of("250 late\r\n").Open(Options);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => channel.ReadAsync(new CodedReplyParser(), new CancellationToken(canceled: true)).AsTask());
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task Waiting_for_news_breaks_nothing()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await using WireChannel channel = new(new Connection(client, new System.Net.DnsEndPoint("peer.test", 143)), Options);
        await using var peer = server;
        Task<bool> waiting = channel.WaitForDataAsync(TimeSpan.FromMinutes(29)).AsTask();
        await _time.WaitForTimerAsync().WaitAsync(Patience);
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.False(await waiting.WaitAsync(Patience));

        using var cancel = new CancellationTokenSource();
        waiting = channel.WaitForDataAsync(TimeSpan.FromMinutes(29), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        Assert.False(channel.IsBroken);

        waiting = channel.WaitForDataAsync(TimeSpan.FromMinutes(29)).AsTask();
        await peer.WriteAsync("250 news\r\n"u8.ToArray());
        Assert.True(await waiting.WaitAsync(Patience));
        Assert.Equal("250 news", (await channel.ReadAsync(new CodedReplyParser()).AsTask().WaitAsync(Patience)).ToString());
    }

    [Fact]
    public async Task Draining_is_bounded_in_time()
    {
        await using WireChannel channel = Script.Silent("abc").Open(Options);
        channel.BeginCount(10);
        Task<bool> draining = channel.DrainAsync().AsTask();
        await _time.WaitForTimerAsync().WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(await draining.WaitAsync(Patience));
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task No_timer_is_left_behind()
    {
        await using WireChannel channel = Script.Of("250 a\r\n", "250 b\r\n").Open(Options);
        for (int i = 0; i < 2; i++) await channel.ReadAsync(new CodedReplyParser());
        Assert.Equal(0, _time.ActiveTimers);
    }
}
