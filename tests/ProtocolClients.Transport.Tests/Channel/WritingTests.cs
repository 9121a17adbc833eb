using System.Text;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>Commands, blocks and counts on their way out.</summary>
public class WritingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Pipelined_commands_leave_in_one_flush()
    {
        var script = Script.Of("250 a\r\n250 b\r\n354 c\r\n");
        int writes = 0;
        script.OnWrite = (_, _) => Task.FromResult(writes++);
        await using WireChannel channel = script.Open();
        using var command = new CommandBuilder();
        foreach (string line in (string[])["MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA"])
        {
            command.Clear();
            await channel.WriteAsync(command.Append(line));
        }

        Assert.Equal("", script.Sent);
        Assert.Equal(Delivery.NotSent, channel.Delivery);
        await channel.FlushAsync();
        Assert.Equal("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", script.Sent);
        Assert.Equal(1, writes);
        Assert.Equal(Delivery.MaybeSent, channel.Delivery);
        foreach (int code in (int[])[250, 250, 354]) Assert.Equal(code, (await channel.ReadAsync(new CodedReplyParser())).Code);
    }

    [Fact]
    public async Task What_is_written_and_never_flushed_by_the_caller_stays_bounded()
    {
        var script = Script.Of();
        int largest = 0;
        script.OnWrite = (bytes, _) => Task.FromResult(largest = Math.Max(largest, bytes.Length));
        await using WireChannel channel = script.Open();
        using var command = new CommandBuilder();
        command.Append(new string('x', 998));
        for (int i = 0; i < 1000; i++)
        {
            await channel.WriteAsync(command);
            Assert.InRange(channel.Unflushed, 0, 64 * 1024);
        }

        await channel.FlushAsync();
        Assert.Equal(1_000_000, script.Sent.Length);
        Assert.InRange(largest, 1, 66 * 1024);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_holds_the_writer_back()
    {
        (DuplexStream client, DuplexStream server) = DuplexStream.CreatePair(capacity: 16 * 1024);
        await using WireChannel channel = new(new Connection(client, new System.Net.DnsEndPoint("peer.test", 25)));
        await using var peer = server;
        var source = new CountingStream(10_000_000);
        Task<long> writing = channel.WriteBlockAsync(source).AsTask();
        byte[] some = new byte[1000];
        Assert.InRange(await peer.ReadAsync(some).AsTask().WaitAsync(Patience), 1, 1000);
        Assert.False(writing.IsCompleted);
        Assert.InRange(source.Read_, 1, 400_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public async Task A_block_is_stuffed_and_ended(int lines)
    {
        var script = Script.Of();
        await using WireChannel channel = script.Open();
        string text = string.Concat(Enumerable.Repeat(".x\r\n", lines));
        Assert.Equal(text.Length, await channel.WriteBlockAsync(new MemoryStream(Encoding.ASCII.GetBytes(text))));
        await channel.FlushAsync();
        Assert.Equal(string.Concat(Enumerable.Repeat("..x\r\n", lines)) + ".\r\n", script.Sent);
        Assert.False(channel.IsBroken);
    }

    [Fact]
    public async Task A_text_that_cannot_be_sent_as_it_is_breaks_the_channel()
    {
        await using WireChannel channel = Script.Of().Open();
        await Assert.ThrowsAsync<ArgumentException>(() => channel.WriteBlockAsync(new MemoryStream("a\nb"u8.ToArray())).AsTask());
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task A_count_has_exactly_its_length()
    {
        var script = Script.Of();
        await using WireChannel channel = script.Open();
        await channel.WriteCountAsync(new MemoryStream(new byte[200_000]), 150_000);
        await channel.FlushAsync();
        Assert.Equal(150_000, script.Sent.Length);
        await Assert.ThrowsAsync<EndOfStreamException>(() => channel.WriteCountAsync(new MemoryStream(new byte[9]), 10).AsTask());
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task A_failed_write_breaks_the_channel_and_tells_what_may_have_left()
    {
        var script = Script.Of("250 ok\r\n");
        script.OnWrite = (_, _) => throw new IOException("reset by peer");
        await using WireChannel channel = script.Open();
        using var command = new CommandBuilder();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => channel.SendAsync(command.Append("NOOP")).AsTask());
        Assert.Equal(TransportError.ConnectionLost, failure.Error);
        Assert.Equal(Delivery.MaybeSent, failure.Delivery);
        Assert.True(failure.IsTransient);
        TransportException later = await Assert.ThrowsAsync<TransportException>(() => channel.ReadAsync(new LineBox()).AsTask());
        Assert.Same(failure, later.InnerException);
    }

    private sealed class LineBox : IWireParser<string>
    {
        public System.Buffers.OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out string value)
        {
            used = input.Length;
            value = Encoding.ASCII.GetString(input);
            return System.Buffers.OperationStatus.Done;
        }
    }

    private sealed class CountingStream(int length) : MemoryStream(new byte[length])
    {
        public int Read_ { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            Read_ += read;
            return read;
        }
    }
}
