using System.Text;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>Blocks and counts.</summary>
public class BodyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task A_block_is_read_and_the_next_message_follows(int size)
    {
        const string Wire = "+OK\r\nline\r\n..dot\r\n\r\n.\r\n250 next\r\n";
        foreach (Script script in (Script[])[Script.Of(Wire), Script.Drip(Wire)])
        {
            await using WireChannel channel = script.Open();
            await ReadLineAsync(channel);
            channel.BeginBlock();
            var text = new StringBuilder();
            byte[] buffer = new byte[size];
            while (await channel.ReadBlockAsync(buffer) is var read and > 0) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            Assert.Equal("line\r\n.dot\r\n\r\n", text.ToString());
            Assert.Equal("250 next", (await channel.ReadAsync(new CodedReplyParser())).ToString());
        }
    }

    [Fact]
    public async Task A_block_as_a_stream_ends_once_and_stays_at_its_end()
    {
        await using WireChannel channel = Script.Of("a\r\n.\r\n250 next\r\n").Open();
        await using Stream block = channel.OpenBlock();
        using var copy = new MemoryStream();
        await block.CopyToAsync(copy);
        Assert.Equal("a\r\n", Encoding.ASCII.GetString(copy.ToArray()));
        Assert.Equal(0, await block.ReadAsync(new byte[10]));
        Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
        Assert.Equal(0, await block.ReadAsync(new byte[10]));
    }

    [Theory]
    [InlineData("a\r\nb")]
    [InlineData("a\r\n.")]
    [InlineData("a\r\n.\r")]
    [InlineData("")]
    public async Task The_end_of_the_connection_in_a_block_is_an_error(string cut)
    {
        await using WireChannel channel = Script.Of(cut.Length == 0 ? [] : [cut]).Open();
        await using Stream block = channel.OpenBlock();
        await Assert.ThrowsAsync<WireFormatException>(() => block.CopyToAsync(Stream.Null).WaitAsync(Patience));
        Assert.True(channel.IsBroken);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task The_end_of_the_connection_in_a_count_is_an_error(int sent)
    {
        await using WireChannel channel = Script.Of(sent == 0 ? [] : [new string('a', sent)]).Open();
        await using Stream body = channel.OpenCount(4);
        await Assert.ThrowsAsync<WireFormatException>(() => body.CopyToAsync(Stream.Null).WaitAsync(Patience));
        Assert.True(channel.IsBroken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10_000)]
    public async Task A_message_may_end_at_a_count_and_go_on_after_it(int size)
    {
        string literal = new string('x', 9_000) + "\r\n)";
        string wire = "* 1 FETCH (BODY[] {9003}\r\n" + literal + " UID 7)\r\nA1 OK\r\n";
        foreach (Script script in (Script[])[Script.Of(wire), Script.Drip(wire), Script.Of(wire[..100], wire[100..9_000], wire[9_000..])])
        {
            await using WireChannel channel = script.Open();
            Assert.Equal("* 1 FETCH (BODY[] {9003}", await ReadLineAsync(channel));
            channel.BeginCount(9003);
            var text = new StringBuilder();
            byte[] buffer = new byte[size];
            while (await channel.ReadCountAsync(buffer) is var read and > 0) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            Assert.Equal(literal, text.ToString());
            Assert.Equal(" UID 7)", await ReadLineAsync(channel));
            Assert.Equal("A1 OK", await ReadLineAsync(channel));
        }
    }

    [Fact]
    public async Task A_count_into_memory_has_its_bytes()
    {
        string body = string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + (i % 26))));
        await using WireChannel channel = Script.Of(body + "250 next\r\n").Open();
        Assert.Empty(await channel.ReadBytesAsync(0));
        Assert.Equal(body, Encoding.ASCII.GetString(await channel.ReadBytesAsync(body.Length)));
        Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
    }

    [Fact]
    public async Task Nothing_else_is_read_in_the_midst_of_a_body()
    {
        await using WireChannel channel = Script.Of("abcdef\r\n").Open();
        channel.BeginCount(3);
        Assert.Throws<InvalidOperationException>(() => channel.TryRead(new LineParser(), out _));
        Assert.Throws<InvalidOperationException>(() => channel.BeginBlock());
        await Assert.ThrowsAsync<InvalidOperationException>(() => channel.ReadBlockAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => channel.ReadCountAsync(Memory<byte>.Empty).AsTask());
        Assert.Equal(3, await channel.ReadCountAsync(new byte[9]));
        Assert.Equal("def", await ReadLineAsync(channel));
        Assert.False(channel.IsBroken);
    }

    [Fact]
    public async Task A_body_left_early_is_drained_within_the_limit()
    {
        WireChannelOptions options = new() { Limits = WireLimits.Default with { Drain = 100 } };
        await using (WireChannel channel = Script.Of(new string('x', 80) + "\r\n.\r\n250 next\r\n").Open(options))
        {
            await using (Stream block = channel.OpenBlock()) Assert.Equal(10, await block.ReadAsync(new byte[10]));
            Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
        }

        await using (WireChannel channel = Script.Of(new string('x', 80) + "250 next\r\n").Open(options))
        {
            await using (Stream count = channel.OpenCount(80)) Assert.Equal(10, await count.ReadAsync(new byte[10]));
            Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
        }
    }

    [Fact]
    public async Task A_body_left_early_beyond_the_limit_breaks_the_channel()
    {
        WireChannelOptions options = new() { Limits = WireLimits.Default with { Drain = 100 } };
        await using (WireChannel channel = Script.Of(new string('x', 80_000) + "\r\n.\r\n250 next\r\n").Open(options))
        {
            await using (Stream block = channel.OpenBlock()) Assert.Equal(10, await block.ReadAsync(new byte[10]));
            Assert.True(channel.IsBroken);
        }

        var script = Script.Of("abc", "def");
        await using (WireChannel channel = script.Open(options))
        {
            await using (Stream count = channel.OpenCount(1L << 40)) Assert.Equal(3, await count.ReadAsync(new byte[10]));
            Assert.True(channel.IsBroken);
            Assert.Equal(1, script.Reads);
        }

        await using (WireChannel channel = Script.Of("abc").Open(options))
        {
            using (Stream count = channel.OpenCount(10)) Assert.Equal(3, await count.ReadAsync(new byte[10]));
            Assert.True(channel.IsBroken);
        }
    }

    [Fact]
    public async Task What_a_closing_peer_leaves_is_read_to_its_end()
    {
        await using WireChannel channel = Script.Of("abc", "def").Open();
        byte[] buffer = new byte[100];
        Assert.Equal(3, await channel.ReadRestAsync(buffer));
        Assert.Equal(3, await channel.ReadRestAsync(buffer));
        Assert.Equal(0, await channel.ReadRestAsync(buffer));
        Assert.False(channel.IsBroken);
    }

    [Fact]
    public async Task Large_counts_go_straight_into_the_callers_buffer()
    {
        var script = Script.Of("{100000}\r\n", new string('x', 100_000), "250 next\r\n");
        await using WireChannel channel = script.Open();
        await ReadLineAsync(channel);
        channel.BeginCount(100_000);
        byte[] buffer = new byte[200_000];
        Assert.Equal(100_000, await channel.ReadCountAsync(buffer));
        Assert.Equal(2, script.Reads);
        Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
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
