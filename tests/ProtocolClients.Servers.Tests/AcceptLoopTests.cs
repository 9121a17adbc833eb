using System.Net.Sockets;
using System.Threading.Channels;

namespace ProtocolClients.Servers.Tests;

public sealed class AcceptLoopTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingLog _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Func<Socket>> _arrivals = Channel.CreateUnbounded<Func<Socket>>();
    private int _taken;
    private int _closed;

    public void Dispose()
    {
        _log.Dispose();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Out_of_file_descriptors_it_waits_longer_each_time_and_then_goes_on()
    {
        AcceptLoop loop = Start();
        foreach (int delay in new[] { 10, 20, 40 })
        {
            Fail(SocketError.TooManyOpenSockets);
            await TestKit.UntilAsync(() => _time.ArmedTimers == 1, "it waits");
            _time.Advance(TimeSpan.FromMilliseconds(delay - 1));
            Assert.Equal(1, _time.ArmedTimers);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Arrive();
        await TestKit.UntilAsync(() => _taken == 1, "a connection is taken");
        Assert.Equal(3, _log.Entries.Count(static e => e.Id == 1112));
        await StopAsync(loop);
    }

    [Fact]
    public async Task A_peer_that_gave_up_in_the_queue_costs_no_wait()
    {
        AcceptLoop loop = Start();
        Fail(SocketError.ConnectionAborted);
        Fail(SocketError.ConnectionReset);
        Arrive();
        await TestKit.UntilAsync(() => _taken == 1, "a connection is taken");
        Assert.Empty(_log.Entries);
        await StopAsync(loop);
    }

    [Fact]
    public async Task It_can_be_stopped_while_it_waits_after_a_failure()
    {
        AcceptLoop loop = Start();
        Fail(SocketError.TooManyOpenSockets);
        await TestKit.UntilAsync(() => _time.ArmedTimers == 1, "it waits");
        await StopAsync(loop);
    }

    private AcceptLoop Start() => new(
        async ct => (await _arrivals.Reader.ReadAsync(ct))(),
        socket =>
        {
            socket.Dispose();
            Interlocked.Increment(ref _taken);
        },
        () => Interlocked.Increment(ref _closed),
        _time,
        _log,
        _stopping.Token);

    private void Fail(SocketError error) => _arrivals.Writer.TryWrite(() => throw new SocketException((int)error));

    private void Arrive() =>
        _arrivals.Writer.TryWrite(static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));

    private async Task StopAsync(AcceptLoop loop)
    {
        await _stopping.CancelAsync();
        await loop.StoppedAsync().WaitAsync(TestKit.Safety);
        Assert.Equal(1, _closed);
    }
}
