using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.Transport.Tests.Dialing;

public sealed class DuplexStreamTests
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_one_end_writes_the_other_reads_in_both_directions()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await client.WriteAsync("ping"u8.ToArray());
        await server.WriteAsync("pong"u8.ToArray());

        Assert.Equal("ping", await Read(server, 4));
        Assert.Equal("pong", await Read(client, 4));
    }

    [Fact]
    public async Task A_megabyte_passes_unchanged_through_a_small_ring()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair(capacity: 1000);
        byte[] sent = RandomNumberGenerator.GetBytes(1_000_000);
        Task write = Task.Run(async () =>
        {
            for (int at = 0, size = 1; at < sent.Length; at += size, size = (size * 7 % 3001) + 1)
            {
                size = Math.Min(size, sent.Length - at);
                await client.WriteAsync(sent.AsMemory(at, size));
            }

            client.CompleteWriting();
        });
        using var received = new MemoryStream();
        await server.CopyToAsync(received).WaitAsync(Safety);
        await write.WaitAsync(Safety);

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received.ToArray()));
    }

    [Fact]
    public async Task A_write_beyond_the_capacity_waits_for_the_reader()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair(capacity: 4);
        Task write = client.WriteAsync("abcdef"u8.ToArray()).AsTask();
        Assert.False(write.IsCompleted);
        Assert.Equal("abcd", await Read(server, 4));
        await write.WaitAsync(Safety);
        Assert.Equal("ef", await Read(server, 2));
    }

    [Fact]
    public async Task A_completed_half_is_read_to_its_end_while_the_other_half_goes_on()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await client.WriteAsync("last"u8.ToArray());
        client.CompleteWriting();

        Assert.Equal("last", await Read(server, 4));
        Assert.Equal(0, await server.ReadAsync(new byte[1]));
        await server.WriteAsync("reply"u8.ToArray());
        Assert.Equal("reply", await Read(client, 5));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task Disposing_one_end_ends_the_others_reads_and_fails_its_writes()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair(capacity: 1);
        Task<int> read = server.ReadAsync(new byte[1]).AsTask();
        Task write = server.WriteAsync(new byte[2]).AsTask();
        await client.DisposeAsync();

        Assert.Equal(0, await read.WaitAsync(Safety));
        await Assert.ThrowsAsync<IOException>(() => write.WaitAsync(Safety));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Read(client, 1));
    }

    [Fact]
    public async Task An_abort_breaks_both_ends_and_drops_what_is_under_way()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await client.WriteAsync("lost"u8.ToArray());
        Task<int> pending = client.ReadAsync(new byte[1]).AsTask();
        server.Abort();

        await Assert.ThrowsAsync<IOException>(() => Read(server, 4));
        await Assert.ThrowsAsync<IOException>(() => pending.WaitAsync(Safety));
        await Assert.ThrowsAsync<IOException>(async () => await client.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        using var cancel = new CancellationTokenSource();
        Task<int> read = server.ReadAsync(new byte[4], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Safety));
        Task waits = client.WaitForReadAsync();
        Assert.False(waits.IsCompleted);
        Task<string> next = Read(server, 4);
        await waits.WaitAsync(Safety);
        await client.WriteAsync("kept"u8.ToArray());

        Assert.Equal("kept", await next);
    }

    [Fact]
    public async Task A_cancelled_write_stops_waiting()
    {
        (DuplexStream client, _) = DuplexStream.CreatePair(capacity: 1);
        using var cancel = new CancellationTokenSource();
        Task write = client.WriteAsync(new byte[2], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.WaitAsync(Safety));
    }

    [Fact]
    public async Task An_empty_read_waits_until_there_is_something()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        Task<int> read = server.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(read.IsCompleted);
        await client.WriteAsync("x"u8.ToArray());
        Assert.Equal(0, await read.WaitAsync(Safety));
        Assert.Equal("x", await Read(server, 1));
    }

    [Fact]
    public async Task A_second_read_beside_a_waiting_one_is_misuse()
    {
        (_, DuplexStream server) = DuplexStream.CreatePair();
        _ = server.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Read(server, 1));
    }

    [Fact]
    public async Task WaitForRead_completes_only_when_the_other_end_has_taken_all_and_waits_for_more()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        Task waits = client.WaitForReadAsync();
        Assert.False(waits.IsCompleted);
        await client.WriteAsync("ab"u8.ToArray());
        await Read(server, 1);
        Assert.False(waits.IsCompleted);
        await Read(server, 1);
        Assert.False(waits.IsCompleted);
        Task<int> read = server.ReadAsync(new byte[1]).AsTask();
        await waits.WaitAsync(Safety);

        await client.WriteAsync("c"u8.ToArray());
        Task again = client.WaitForReadAsync();
        Assert.Equal(1, await read.WaitAsync(Safety));
        Assert.False(again.IsCompleted);
        await server.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => again.WaitAsync(Safety));
    }

    private static async Task<string> Read(DuplexStream stream, int count)
    {
        byte[] buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Safety);
        return Encoding.ASCII.GetString(buffer);
    }
}
