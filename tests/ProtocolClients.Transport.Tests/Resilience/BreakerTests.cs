using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ProtocolClients.Testing;

namespace ProtocolClients.Transport.Tests.Resilience;

public sealed class BreakerTests
{
    private static readonly DnsEndPoint Down = new("down.test", 21);
    private static readonly DnsEndPoint Other = new("other.test", 21);
    private readonly VirtualTime _time = new();

    public static TheoryData<Exception?, bool> Outcomes() => new()
    {
        { Lost(), true },
        { new TransportException(TransportError.Connect, "refused"), true },
        { new TransportException(TransportError.Timeout, "silent") { Phase = DeadlinePhase.Command }, true },
        { new TransportException(TransportError.Timeout, "slow") { Phase = DeadlinePhase.Transfer }, false },
        { new TransportException(TransportError.Tls, "bad certificate"), false },
        { new TransportException(TransportError.AddressRefused, "forbidden"), false },
        { AnyFailure.With(true, Delivery.Answered), false },
        { new OperationCanceledException(), false },
        { new InvalidOperationException(), false },
        { null, false },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Only_transport_failures_of_the_endpoint_open_it(Exception? outcome, bool opens)
    {
        ResiliencePolicy policy = Policy(failures: 2);
        for (int i = 0; i < 2; i++) await Record.ExceptionAsync(() => Attempt(policy, Down, outcome));

        Exception? third = await Record.ExceptionAsync(() => Attempt(policy, Down, null));

        Assert.Equal(opens, third is not null);
    }

    [Fact]
    public async Task An_open_breaker_refuses_without_a_byte_and_says_for_how_long()
    {
        ResiliencePolicy policy = Policy(failures: 2, attempts: 3);
        TransportException last = Lost();
        await Assert.ThrowsAsync<TransportException>(() => Attempt(policy, Down, Lost(), Replay.Never));
        await Assert.ThrowsAsync<TransportException>(() => Attempt(policy, Down, last, Replay.Never));
        _time.Advance(TimeSpan.FromSeconds(5));
        var operation = new ScriptedOperation(_time, (Exception?)null);

        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => operation.UnderAsync(policy, Replay.Always, Down));

        Assert.Equal(TransportError.Connect, refusal.Error);
        Assert.Equal(Delivery.NotSent, refusal.Delivery);
        Assert.Equal(Down, refusal.Endpoint);
        Assert.Equal(TimeSpan.FromSeconds(10), refusal.RetryAfter);
        Assert.Same(last, refusal.InnerException);
        Assert.Contains("breaker", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, operation.Attempts);
        Assert.Equal(TimeSpan.FromSeconds(5), _time.Elapsed);
    }

    [Fact]
    public async Task The_failure_that_opens_it_is_not_repeated_and_surfaces_itself()
    {
        ResiliencePolicy policy = Policy(failures: 2, attempts: 5);
        TransportException second = Lost();
        var operation = new ScriptedOperation(_time, Lost(), second, null);
        Assert.Same(second, await Assert.ThrowsAsync<TransportException>(() => operation.UnderAsync(policy, Replay.Always, Down)));
        Assert.Equal(2, operation.Attempts);
    }

    [Fact]
    public async Task Failures_in_a_row_are_counted_anew_after_a_success_or_an_answer()
    {
        ResiliencePolicy policy = Policy(failures: 2);
        foreach (Exception? between in (Exception?[])[null, AnyFailure.With(false, Delivery.Answered)])
        {
            await Record.ExceptionAsync(() => Attempt(policy, Down, Lost()));
            await Record.ExceptionAsync(() => Attempt(policy, Down, between));
            await Record.ExceptionAsync(() => Attempt(policy, Down, Lost()));
            Assert.Equal("done", await Attempt(policy, Down, null));
        }
    }

    [Fact]
    public async Task Another_endpoint_is_not_touched()
    {
        ResiliencePolicy policy = Policy(failures: 1);
        await Record.ExceptionAsync(() => Attempt(policy, Down, Lost()));
        Assert.Equal("done", await Attempt(policy, Other, null));
        Assert.Equal("done", await Attempt(policy, null, null));
        await Assert.ThrowsAsync<TransportException>(() => Attempt(policy, new DnsEndPoint("down.test", 21), null));
    }

    [Fact]
    public void After_the_pause_one_attempt_probes_and_its_success_closes_it()
    {
        var breakers = Opened();
        _time.Advance(TimeSpan.FromSeconds(15));

        Assert.Null(breakers.Enter(Down));
        Assert.NotNull(breakers.Enter(Down));
        breakers.Report(Down, null);

        Assert.Null(breakers.Enter(Down));
        Assert.Equal(0, breakers.Count);
    }

    [Fact]
    public void A_failed_probe_starts_the_next_pause()
    {
        EndpointBreakers breakers = Opened();
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(breakers.Enter(Down));

        breakers.Report(Down, Lost());

        Assert.Equal(TimeSpan.FromSeconds(15), breakers.Enter(Down)?.RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(breakers.Enter(Down));
    }

    [Fact]
    public void A_cancelled_probe_leaves_the_probe_to_the_next()
    {
        EndpointBreakers breakers = Opened();
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Null(breakers.Enter(Down));

        breakers.Report(Down, new OperationCanceledException());

        Assert.Null(breakers.Enter(Down));
        Assert.NotNull(breakers.Enter(Down));
    }

    [Fact]
    public void The_table_of_failing_endpoints_is_bounded_and_forgets_the_oldest()
    {
        var breakers = new EndpointBreakers(1, TimeSpan.FromHours(1), _time, NullLogger.Instance);
        for (int i = 0; i < EndpointBreakers.MaxEndpoints + 10; i++)
        {
            breakers.Report(new DnsEndPoint("h" + i, 80), Lost());
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(EndpointBreakers.MaxEndpoints, breakers.Count);
        Assert.False(breakers.IsOpen(new DnsEndPoint("h9", 80)));
        Assert.True(breakers.IsOpen(new DnsEndPoint("h10", 80)));
    }

    private static TransportException Lost() => new(TransportError.ConnectionLost, "lost");

    private Task<string> Attempt(ResiliencePolicy policy, EndPoint? endPoint, Exception? outcome, Replay replay = Replay.Always) =>
        new ScriptedOperation(_time, outcome).UnderAsync(policy, replay, endPoint);

    private EndpointBreakers Opened()
    {
        var breakers = new EndpointBreakers(1, TimeSpan.FromSeconds(15), _time, NullLogger.Instance);
        breakers.Report(Down, Lost());
        Assert.NotNull(breakers.Enter(Down));
        return breakers;
    }

    private ResiliencePolicy Policy(int failures, int attempts = 1) =>
        new(new ResilienceOptions { Attempts = attempts, BreakerFailures = failures }, _time, null, () => 1.0);
}
