using System.Net;
using System.Net.Sockets;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class HostLookupTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);
    private static readonly IPAddress[] Six = [IPAddress.Parse("2001:db8::1")];
    private static readonly IPAddress[] Four = [IPAddress.Parse("192.0.2.1")];
    private readonly VirtualTime _time = new();

    // Continuations run at once, so that the order of the answers is the test's.
    private readonly TaskCompletionSource<IPAddress[]> _six = new();
    private readonly TaskCompletionSource<IPAddress[]> _four = new();

    [Fact]
    public async Task An_IPv6_answer_starts_at_once_and_IPv4_joins_later()
    {
        Task<(IPAddress[] First, Task<IPAddress[]>? More)> lookup = Start();
        _six.SetResult(Six);
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.WaitAsync(Safety);
        _four.SetResult(Four);

        Assert.Equal(Six, first);
        Assert.Equal(Four, await more!.WaitAsync(Safety));
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
    }

    [Fact]
    public async Task An_IPv4_answer_waits_exactly_50_ms_for_IPv6()
    {
        Task<(IPAddress[] First, Task<IPAddress[]>? More)> lookup = Start();
        _four.SetResult(Four);
        Assert.Equal(TimeSpan.FromMilliseconds(50), await _time.AdvanceToNextTimerAsync().WaitAsync(Safety));
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.WaitAsync(Safety);
        _six.SetResult(Six);

        Assert.Equal(Four, first);
        Assert.Equal(Six, await more!.WaitAsync(Safety));
    }

    [Fact]
    public async Task An_IPv6_answer_within_the_wait_comes_with_the_first()
    {
        Task<(IPAddress[] First, Task<IPAddress[]>? More)> lookup = Start();
        _four.SetResult(Four);
        await _time.WaitForTimerAsync().WaitAsync(Safety);
        _six.SetResult(Six);
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.WaitAsync(Safety);

        Assert.Equal([.. Six, .. Four], first);
        Assert.Null(more);
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_family_without_addresses_is_not_an_answer(bool sixIsEmpty)
    {
        Task<(IPAddress[] First, Task<IPAddress[]>? More)> lookup = Start();
        if (sixIsEmpty) _six.SetException(new SocketException((int)SocketError.NoData));
        else _four.SetResult([]);
        Assert.False(lookup.IsCompleted);
        if (sixIsEmpty) _four.SetResult(Four);
        else _six.SetResult(Six);
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.WaitAsync(Safety);

        Assert.Equal(sixIsEmpty ? Four : Six, first);
        Assert.Null(more);
    }

    [Fact]
    public async Task A_family_that_was_asked_for_is_the_only_one_that_is_looked_up()
    {
        var asked = new List<AddressFamily>();
        var lookup = new HostLookup(
            (_, family, _) =>
            {
                asked.Add(family);
                return Task.FromResult(Four);
            },
            _time);
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.StartAsync("host.example", AddressFamily.InterNetwork, default);

        Assert.Equal(Four, first);
        Assert.Null(more);
        Assert.Equal([AddressFamily.InterNetwork], asked);
    }

    [Fact]
    public async Task A_name_server_that_may_answer_later_outweighs_a_family_that_does_not_exist()
    {
        var lookup = new HostLookup(
            (_, family, _) => throw new SocketException(
                (int)(family == AddressFamily.InterNetwork ? SocketError.TryAgain : SocketError.HostNotFound)),
            _time);
        (IPAddress[] first, Task<IPAddress[]>? more) = await lookup.StartAsync("host.example", AddressFamily.Unspecified, default);

        Assert.Empty(first);
        Assert.Null(more);
        Assert.Equal(SocketError.TryAgain, Assert.IsType<SocketException>(lookup.Failure).SocketErrorCode);
    }

    private Task<(IPAddress[] First, Task<IPAddress[]>? More)> Start() => new HostLookup(
        (_, family, _) => family == AddressFamily.InterNetworkV6 ? _six.Task : _four.Task,
        _time).StartAsync("host.example", AddressFamily.Unspecified, CancellationToken.None);
}
