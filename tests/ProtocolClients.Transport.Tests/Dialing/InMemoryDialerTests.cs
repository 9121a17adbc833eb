using System.Net;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class InMemoryDialerTests
{
    private static readonly DnsEndPoint EndPoint = new("memory.example", 21);

    [Fact]
    public async Task Each_dial_gives_the_other_end_of_a_new_pair_to_the_listener()
    {
        var accepted = new List<(DuplexStream Stream, EndPoint EndPoint)>();
        InMemoryDialer dialer = InMemoryDialer.Accepting((stream, endPoint) => accepted.Add((stream, endPoint)));
        await using Connection first = await dialer.DialAsync(EndPoint);
        await using Connection second = await dialer.DialAsync(EndPoint);
        await second.Stream.WriteAsync("hi"u8.ToArray());
        byte[] buffer = new byte[2];
        await accepted[1].Stream.ReadExactlyAsync(buffer);

        Assert.Equal([(byte)'h', (byte)'i'], buffer);
        Assert.All(accepted, a => Assert.Same(EndPoint, a.EndPoint));
        Assert.Same(EndPoint, first.EndPoint);
        Assert.Null(first.Socket);
        Assert.Null(first.RemoteEndPoint);
    }

    [Fact]
    public async Task A_failure_of_the_delegate_is_a_connect_failure_with_its_attempt()
    {
        var cause = new IOException("gone");
        var dialer = new InMemoryDialer((_, _) => throw cause);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => dialer.DialAsync(EndPoint).AsTask());

        Assert.Equal(TransportError.Connect, failure.Error);
        Assert.Same(cause, Assert.Single(failure.Attempts).Failure);
    }

    [Fact]
    public async Task A_cancelled_dial_opens_nothing()
    {
        var dialer = new InMemoryDialer((_, _) => throw new InvalidOperationException("opened"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => dialer.DialAsync(EndPoint, new CancellationToken(canceled: true)).AsTask());
    }
}
