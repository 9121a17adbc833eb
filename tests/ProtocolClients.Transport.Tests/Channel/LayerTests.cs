using System.IO.Compression;
using System.Net;
using System.Text;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>TLS and compression under a channel, and the look before a connection is used again.</summary>
public class LayerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task An_upgraded_channel_goes_on_over_the_new_connection()
    {
        await using WireChannel channel = Script.Of("220 go ahead\r\n").Open();
        await channel.ReadAsync(new CodedReplyParser());
        var secure = Script.Of("250 secret\r\n");
        await channel.UpgradeAsync((below, _) => new ValueTask<Connection>(below.WithStream(secure)));
        Assert.Equal("250 secret", (await channel.ReadAsync(new CodedReplyParser())).ToString());
        Assert.Same(secure, channel.Connection.Stream);
    }

    [Fact]
    public async Task A_failed_upgrade_breaks_the_channel()
    {
        await using WireChannel channel = Script.Of().Open();
        await Assert.ThrowsAsync<TransportException>(
            () => channel.UpgradeAsync((_, _) => throw new TransportException(TransportError.Tls, "no")).AsTask());
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task Unflushed_bytes_forbid_a_new_layer()
    {
        await using WireChannel channel = Script.Of().Open();
        await channel.WriteAsync("A2 NOOP\r\n"u8.ToArray());
        Assert.Throws<InvalidOperationException>(() => channel.Transform(below => below));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => channel.UpgradeAsync((below, _) => new ValueTask<Connection>(below)).AsTask());
        Assert.False(channel.IsBroken);
    }

    [Fact]
    public async Task Compressed_bytes_that_came_with_the_go_ahead_are_not_lost()
    {
        using var packed = new MemoryStream();
        await using (var deflate = new DeflateStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await deflate.WriteAsync("* OK compressed\r\nA2 OK\r\n"u8.ToArray());
        }

        byte[] all = [.. "A1 OK DEFLATE active\r\n"u8, .. packed.ToArray()];
        await using WireChannel channel = new Script([all[..30], all[30..]]).Open();
        Assert.Equal("A1 OK DEFLATE active", await ReadLineAsync(channel));
        channel.Transform(below => new DeflateStream(below, CompressionMode.Decompress));
        Assert.Equal("* OK compressed", await ReadLineAsync(channel));
        Assert.Equal("A2 OK", await ReadLineAsync(channel));
    }

    [Fact]
    public async Task An_idle_connection_shows_what_it_is()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        await using WireChannel channel = new(new Connection(client, new DnsEndPoint("peer.test", 25)));
        await using var peer = server;
        Assert.Equal(IdleState.Quiet, channel.CheckIdle());
        Assert.Equal(IdleState.Quiet, channel.CheckIdle());

        // The read that the look began is the one that gets the reply.
        using var command = new CommandBuilder();
        await channel.SendAsync(command.Append("NOOP"));
        await peer.WriteAsync("250 still here\r\n"u8.ToArray());
        Assert.Equal("250 still here", (await channel.ReadAsync(new CodedReplyParser()).AsTask().WaitAsync(Patience)).ToString());
        Assert.Equal(Delivery.MaybeSent, channel.Delivery);
        Assert.Equal(IdleState.Quiet, channel.CheckIdle());
        Assert.Equal(Delivery.NotSent, channel.Delivery);

        await peer.WriteAsync("421 bye\r\n"u8.ToArray());
        Assert.True(await channel.WaitForDataAsync(Patience));
        Assert.Equal(IdleState.DataWaiting, channel.CheckIdle());
        Assert.Equal(421, (await channel.ReadAsync(new CodedReplyParser())).Code);

        peer.CompleteWriting();
        Assert.True(await channel.WaitForDataAsync(Patience));
        Assert.Equal(IdleState.Closed, channel.CheckIdle());
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => channel.FillAsync().AsTask());
        Assert.Equal(Delivery.NotSent, failure.Delivery);
    }

    [Fact]
    public async Task A_half_read_channel_is_not_idle()
    {
        await using WireChannel channel = Script.Silent("abc\r\n").Open();
        channel.BeginCount(10);
        Assert.Equal(IdleState.Closed, channel.CheckIdle());
    }

    [Fact]
    public async Task A_channel_is_disposed_in_the_midst_of_a_read()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair();
        WireChannel channel = new(new Connection(client, new DnsEndPoint("peer.test", 25)));
        await using var peer = server;
        Task<CodedReply> reading = channel.ReadAsync(new CodedReplyParser()).AsTask();
        await peer.WaitForReadAsync().WaitAsync(Patience);
        await channel.DisposeAsync();
        await channel.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Patience));
        Assert.Throws<ObjectDisposedException>(() => channel.TryRead(new LineParser(), out _));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => channel.FlushAsync().AsTask());
    }

    private static async Task<string> ReadLineAsync(WireChannel channel)
    {
        var parser = new LineParser();
        while (true)
        {
            if (channel.TryRead(ref parser, out ReadOnlySpan<byte> line)) return Encoding.ASCII.GetString(line);
            await channel.FillAsync();
        }
    }
}
