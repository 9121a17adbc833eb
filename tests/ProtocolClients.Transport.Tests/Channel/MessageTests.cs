using System.Text;

namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>Messages: whole, in pieces, and cut off.</summary>
public class MessageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("250 fine")]
    [InlineData("250 fine\r")]
    [InlineData("250-fine\r\n")]
    [InlineData("2")]
    public async Task The_end_of_the_connection_in_the_middle_of_a_message_is_a_lost_connection(string cut)
    {
        await using WireChannel channel = Script.Of(cut).Open();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => channel.ReadAsync(new CodedReplyParser()).AsTask().WaitAsync(Patience));
        Assert.Equal(TransportError.ConnectionLost, failure.Error);
        Assert.Contains("in the middle", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Endpoint);
        Assert.True(channel.IsBroken);
    }

    [Fact]
    public async Task The_end_of_the_connection_between_messages_is_a_lost_connection()
    {
        await using WireChannel channel = Script.Of("250 fine\r\n").Open();
        Assert.Equal(250, (await channel.ReadAsync(new CodedReplyParser())).Code);
        TransportException failure = await Assert.ThrowsAsync<TransportException>(
            () => channel.ReadAsync(new CodedReplyParser()).AsTask().WaitAsync(Patience));
        Assert.Equal(TransportError.ConnectionLost, failure.Error);
        Assert.Equal(Delivery.NotSent, failure.Delivery);
    }

    [Fact]
    public async Task Replies_are_read_one_after_another_however_they_arrive()
    {
        const string Wire = "220 hello\r\n250-one\r\n250-two\r\n250 three\r\n354 go\r\n";
        foreach (Script script in (Script[])[Script.Of(Wire), Script.Drip(Wire), Script.Of(Wire[..15], Wire[15..])])
        {
            await using WireChannel channel = script.Open();
            IWireParser<CodedReply> parser = new CodedReplyParser();
            Assert.Equal("220 hello", (await channel.ReadAsync(parser)).ToString());
            CodedReply second = await channel.ReadAsync(parser);
            Assert.Equal(["one", "two", "three"], second.Lines);
            Assert.Equal(354, (await channel.ReadAsync(parser)).Code);
        }
    }

    [Fact]
    public async Task Lines_are_read_without_waiting_as_long_as_they_are_buffered()
    {
        var script = Script.Of("one\r\ntwo\r\nthr", "ee\r\n");
        await using WireChannel channel = script.Open();
        var parser = new LineParser();
        var lines = new List<string>();
        while (lines.Count < 3)
        {
            while (channel.TryRead(ref parser, out ReadOnlySpan<byte> line)) lines.Add(Encoding.ASCII.GetString(line));
            if (lines.Count < 3) await channel.FillAsync();
        }

        Assert.Equal(["one", "two", "three"], lines);
        Assert.Equal(2, script.Reads);
    }
}
