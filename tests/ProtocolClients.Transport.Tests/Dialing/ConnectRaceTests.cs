using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class ConnectRaceTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private readonly VirtualTime _time = new();
    private readonly TaskCompletionSource _merged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeNetwork _network;

    public ConnectRaceTests() => _network = new FakeNetwork(_time);

    [Fact]
    public async Task The_second_address_is_tried_after_exactly_the_delay_and_wins()
    {
        (ConnectRace<FakeSocket> race, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"]);
        await _network.StartedAsync("192.0.2.1");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.2");
        FakeSocket socket = _network.Connect("192.0.2.2");

        Assert.Same(socket, await run.WaitAsync(Safety));
        Assert.Equal(TimeSpan.Zero, _network.StartOf("192.0.2.1"));
        Assert.Equal(Delay, _network.StartOf("192.0.2.2"));
        Assert.True(_network.IsCancelled("192.0.2.1"));
        Assert.False(socket.IsClosed);
        Assert.Equal([null, null], race.Attempts.Select(a => a.Failure));
    }

    [Fact]
    public async Task Before_the_delay_only_the_first_address_is_tried()
    {
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"]);
        await _network.StartedAsync("192.0.2.1");
        _network.Connect("192.0.2.1");
        await run.WaitAsync(Safety);

        Assert.Equal(["192.0.2.1"], _network.Started);
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
    }

    [Fact]
    public async Task A_failure_starts_the_next_address_at_once()
    {
        (ConnectRace<FakeSocket> race, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"]);
        await _network.StartedAsync("192.0.2.1");
        _network.Fail("192.0.2.1", SocketError.ConnectionRefused);
        await _network.StartedAsync("192.0.2.2");
        _network.Connect("192.0.2.2");
        await run.WaitAsync(Safety);

        Assert.Equal(TimeSpan.Zero, _network.StartOf("192.0.2.2"));
        DialAttempt first = race.Attempts.First();
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(first.Failure).SocketErrorCode);
    }

    [Fact]
    public async Task After_a_failure_the_delay_counts_from_the_new_attempt()
    {
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
        await _network.StartedAsync("192.0.2.1");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.2");
        _network.Fail("192.0.2.2", SocketError.HostUnreachable);
        await _network.StartedAsync("192.0.2.3");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.4");
        _network.Connect("192.0.2.1");

        Assert.NotNull(await run.WaitAsync(Safety));
        Assert.Equal(Delay, _network.StartOf("192.0.2.3"));
        Assert.Equal(Delay * 2, _network.StartOf("192.0.2.4"));
    }

    [Fact]
    public async Task A_slow_first_address_still_wins_when_it_connects_first()
    {
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"]);
        await _network.StartedAsync("192.0.2.1");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.2");
        FakeSocket socket = _network.Connect("192.0.2.1");

        Assert.Same(socket, await run.WaitAsync(Safety));
        Assert.True(_network.IsCancelled("192.0.2.2"));
    }

    [Fact]
    public async Task A_loser_that_connects_in_spite_of_its_cancellation_is_closed()
    {
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"], deaf: true);
        await _network.StartedAsync("192.0.2.1");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.2");
        _network.Connect("192.0.2.2");
        await run.WaitAsync(Safety);
        FakeSocket late = _network.Connect("192.0.2.1");

        await late.Closed.WaitAsync(Safety);
    }

    [Fact]
    public async Task No_address_left_ends_the_race_without_a_winner()
    {
        (ConnectRace<FakeSocket> race, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"]);
        await _network.StartedAsync("192.0.2.1");
        _network.Fail("192.0.2.1", SocketError.ConnectionRefused);
        await _network.StartedAsync("192.0.2.2");
        _network.Fail("192.0.2.2", SocketError.HostUnreachable);

        Assert.Null(await run.WaitAsync(Safety));
        Assert.Equal(
            [SocketError.ConnectionRefused, SocketError.HostUnreachable],
            race.Attempts.Select(a => ((SocketException)a.Failure!).SocketErrorCode));
    }

    [Fact]
    public async Task The_callers_cancellation_cancels_every_attempt_and_stays_a_cancellation()
    {
        using var caller = new CancellationTokenSource();
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"], cancellationToken: caller.Token);
        await _network.StartedAsync("192.0.2.1");
        _time.Advance(Delay);
        await _network.StartedAsync("192.0.2.2");
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Safety));
        Assert.True(_network.IsCancelled("192.0.2.1"));
        Assert.True(_network.IsCancelled("192.0.2.2"));
    }

    [Fact]
    public async Task A_cancelled_race_closes_what_connects_afterwards()
    {
        using var caller = new CancellationTokenSource();
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1"], deaf: true, cancellationToken: caller.Token);
        await _network.StartedAsync("192.0.2.1");
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Safety));
        FakeSocket late = _network.Connect("192.0.2.1");

        await late.Closed.WaitAsync(Safety);
    }

    [Fact]
    public async Task Addresses_that_come_later_join_the_race_behind_the_other_family()
    {
        var later = new TaskCompletionSource<List<EndPoint>>();
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1", "192.0.2.2"], more: later.Task);
        await _network.StartedAsync("192.0.2.1");
        later.SetResult([Address("2001:db8::1")]);
        await _merged.Task.WaitAsync(Safety);
        _time.Advance(Delay);
        await _network.StartedAsync("2001:db8::1");
        _network.Connect("2001:db8::1");

        Assert.NotNull(await run.WaitAsync(Safety));
        Assert.Equal(["192.0.2.1", "2001:db8::1"], _network.Started);
        Assert.Equal(Delay, _network.StartOf("2001:db8::1"));
    }

    [Fact]
    public async Task When_all_have_failed_the_race_waits_for_addresses_that_come_later()
    {
        var later = new TaskCompletionSource<List<EndPoint>>();
        _network.Fail("192.0.2.1", SocketError.ConnectionRefused);
        (_, Task<FakeSocket?> run) = Run(["192.0.2.1"], more: later.Task);
        Assert.False(run.IsCompleted);
        later.SetResult([Address("2001:db8::1")]);
        await _network.StartedAsync("2001:db8::1");
        FakeSocket socket = _network.Connect("2001:db8::1");

        Assert.Same(socket, await run.WaitAsync(Safety));
    }

    private static IPEndPoint Address(string address) => new(IPAddress.Parse(address), 80);

    private (ConnectRace<FakeSocket> Race, Task<FakeSocket?> Run) Run(
        string[] addresses, bool deaf = false, Task<List<EndPoint>>? more = null, CancellationToken cancellationToken = default)
    {
        var race = new ConnectRace<FakeSocket>(
            _time, Delay, (address, token) => _network.ConnectAsync(address, deaf ? default : token), socket => socket.Close());
        List<EndPoint> waiting = [.. addresses.Select(Address)];
        return (race, race.RunAsync(waiting, more, Order, cancellationToken));

        List<EndPoint> Order(List<EndPoint> candidates, AddressFamily last)
        {
            _merged.TrySetResult();
            return AddressOrder.Interleave(candidates, last);
        }
    }
}
