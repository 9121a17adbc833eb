namespace ProtocolClients.Transport.Tests.Channel;

/// <summary>What the wire logs show.</summary>
public class WireLogTests
{
    [Fact]
    public void Text_has_a_line_a_line_with_connection_and_direction()
    {
        using var text = new StringWriter();
        var log = new TextWireLog(text);
        log.Write(12, WireDirection.Note, "connected to peer"u8);
        log.Write(12, WireDirection.Sent, "EHLO me\r\n"u8);
        log.Write(12, WireDirection.Received, "250-a\r\n250 b\r\n"u8);
        log.Write(7, WireDirection.Received, [(byte)'a', 0, 0x1B, 0xFF, (byte)'\\', (byte)'\t', (byte)'\r', (byte)'x', (byte)'\n']);
        log.Write(7, WireDirection.Received, ""u8);
        Assert.Equal(
            "12 * connected to peer\n12 C: EHLO me\n12 S: 250-a\n12 S: 250 b\n7 S: a\\x00\\x1B\\xFF\\\\\\t\\rx\\n\n7 S: \n",
            text.ToString());
    }

    [Fact]
    public void Long_lines_and_long_pieces_are_cut()
    {
        using var text = new StringWriter();
        var log = new TextWireLog(text) { MaxLine = 5, MaxLines = 2 };
        log.Write(1, WireDirection.Received, "123456789\r\nb\r\nc\r\nd\r\n"u8);
        Assert.Equal("1 S: 12345… 4 more bytes\n1 S: b\n1 S: … 6 more bytes\n", text.ToString());
    }

    [Fact]
    public void A_note_cannot_draw_a_second_line()
    {
        using var text = new StringWriter();
        new TextWireLog(text).Write(1, WireDirection.Note, "broken: a\r\n1 C: PASS"u8);
        Assert.Single(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_writer_that_fails_ends_nothing()
    {
        var text = new StringWriter();
        text.Dispose();
        new TextWireLog(text).Write(1, WireDirection.Sent, "x"u8);
    }

    [Fact]
    public async Task A_recording_is_safe_for_many_tasks()
    {
        var log = new RecordingWireLog();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(task => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++) log.Write(task, WireDirection.Sent, "x\r\n"u8);
        })));
        Assert.Equal(4000, log.Entries.Count);
        log.Clear();
        Assert.Equal("", log.Text);
    }

    [Fact]
    public async Task A_channel_logs_all_it_does_under_its_own_number()
    {
        var log = new RecordingWireLog();
        await using WireChannel other = Script.Of().Open(new WireChannelOptions { WireLog = log });
        WireChannel channel = Script.Of("220 hi\r\n", "+OK\r\na\r\n.\r\n", "abc250 x\r\n").Open(new WireChannelOptions { WireLog = log });
        Assert.NotEqual(other.Id, channel.Id);
        await channel.ReadAsync(new CodedReplyParser());
        using var command = new CommandBuilder();
        await channel.SendAsync(command.Append("TOP 1"));
        await channel.FillAsync();
        Assert.True(channel.TryRead(new LineText(), out _));
        channel.BeginBlock();
        while (await channel.ReadBlockAsync(new byte[100]) > 0)
        {
            // Read and dropped.
        }

        channel.BeginCount(3);
        await channel.ReadCountAsync(new byte[100]);
        await channel.ReadAsync(new CodedReplyParser());
        await channel.WriteBlockAsync(new MemoryStream(".x"u8.ToArray()));
        await channel.DisposeAsync();
        string text = string.Concat(log.Entries.Where(entry => entry.Connection == channel.Id)
            .Select(entry => $"{entry.Direction} {System.Text.Encoding.ASCII.GetString(entry.Bytes.Span)}|")).ReplaceLineEndings("~");
        Assert.Equal(
            "Note connected to Unspecified/peer.test:25|Received 220 hi~|Sent TOP 1~|Received +OK~|Received a~.~|Received abc|"
            + "Received 250 x~|Sent ..x|Sent ~.~|Note closed|",
            text);
    }

    private sealed class LineText : IWireParser<int>
    {
        private LineParser _lines;

        public System.Buffers.OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out int value)
        {
            System.Buffers.OperationStatus status = _lines.TryParse(input, out used, out ReadOnlySpan<byte> line);
            value = line.Length;
            return status;
        }
    }
}
