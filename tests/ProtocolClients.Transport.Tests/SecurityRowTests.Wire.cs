using System.Buffers;
using System.Text;
using ProtocolClients.Transport.Tests.Channel;

namespace ProtocolClients.Transport.Tests;

/// <summary>The rows that the channel and the grammar kit hold.</summary>
public sealed partial class SecurityRowTests
{
    [Fact]
    public async Task Row_01_Bytes_behind_the_go_ahead_to_TLS_end_the_session()
    {
        await using WireChannel channel = Script.Of("220 go ahead\r\n250 AUTH PLAIN\r\n").Open();
        Assert.Equal(220, (await channel.ReadAsync(new CodedReplyParser())).Code);
        bool handshake = false;
        await Assert.ThrowsAsync<WireFormatException>(() => channel.UpgradeAsync((below, _) =>
        {
            handshake = true;
            return new ValueTask<Connection>(below);
        }).AsTask());
        Assert.False(handshake);
        Assert.True(channel.IsBroken);
        Assert.Throws<TransportException>(() => channel.TryRead(new CodedReplyParser(), out _));
    }

    [Fact]
    public async Task Row_15_Endless_lines_and_messages_are_cut_off()
    {
        WireChannelOptions options = new() { Limits = WireLimits.Default with { Line = 1000, Message = 100_000, Lines = 50 } };
        var endless = Enumerable.Repeat(Script.Bytes(new string('x', 100)), 10_000);
        await using (WireChannel channel = new Script(endless).Open(options))
        {
            WireLimitException line = await Assert.ThrowsAsync<WireLimitException>(
                () => channel.ReadAsync(CodedReplyParser.Create(CodedReplyStyle.FreeLines, options.Limits)).AsTask());
            Assert.Equal("Line", line.Limit);
            Assert.NotNull(line.Endpoint);
            Assert.InRange(channel.Buffered, 0, 2_000);
        }

        await using (WireChannel channel = new Script(Enumerable.Repeat(Script.Bytes("220-x\r\n"), 10_000)).Open(options))
        {
            WireLimitException lines = await Assert.ThrowsAsync<WireLimitException>(
                () => channel.ReadAsync(CodedReplyParser.Create(CodedReplyStyle.FreeLines, options.Limits)).AsTask());
            Assert.Equal("Lines", lines.Limit);
        }

        await using (WireChannel channel = new Script(endless).Open(options))
        {
            WireLimitException message = await Assert.ThrowsAsync<WireLimitException>(() => channel.ReadAsync(new Never()).AsTask());
            Assert.Equal("Message", message.Limit);
            Assert.InRange(channel.Buffered, 100_000, 140_000);
        }
    }

    [Fact]
    public async Task Row_17_Endless_intermediate_replies_are_cut_off()
    {
        await using WireChannel channel = Script.Of(string.Concat(Enumerable.Repeat("150 wait\r\n", 100)) + "226 done\r\n").Open();
        CodedReply final = await channel.ReadFinalAsync(new CodedReplyParser(), reply => reply.IsPreliminary);
        Assert.Equal(226, final.Code);

        await using WireChannel endless = new Script(Enumerable.Repeat(Script.Bytes("150 wait\r\n"), 1000)).Open();
        WireLimitException failure = await Assert.ThrowsAsync<WireLimitException>(
            () => endless.ReadFinalAsync(new CodedReplyParser(), reply => reply.IsPreliminary).AsTask());
        Assert.Equal("IntermediateReplies", failure.Limit);
        Assert.True(endless.IsBroken);
    }

    [Fact]
    public async Task Row_18_No_text_makes_a_second_command()
    {
        var random = new Random(18);
        const string Alphabet = "ab \t\r\n\0é";
        for (int round = 0; round < 2_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var script = Script.Of();
            await using WireChannel channel = script.Open();
            using var command = new CommandBuilder(utf8: true);
            try
            {
                await channel.SendAsync(command.Append("USER").Argument(text).Secret(text).Append(text));
                Assert.EndsWith("\r\n", script.Sent, StringComparison.Ordinal);
                Assert.Equal(-1, script.Sent.AsSpan()[..^2].IndexOfAny('\r', '\n', '\0'));
            }
            catch (ArgumentException)
            {
                Assert.Equal("", script.Sent);
                Assert.True(WireText.HasControls(text));
            }
        }
    }

    [Theory]
    [InlineData("a\n.\nMAIL FROM:<evil>\n")]
    [InlineData("a\r.\rMAIL FROM:<evil>\r")]
    [InlineData("a\n.\r\nMAIL FROM:<evil>\r\n")]
    [InlineData("a\r\n.\nMAIL FROM:<evil>\r\n")]
    [InlineData("a\r\n.\r\nMAIL FROM:<evil>\r\n")]
    public async Task Row_22_One_text_is_one_block_on_the_wire(string text)
    {
        var script = Script.Of();
        await using WireChannel channel = script.Open();
        await channel.WriteBlockAsync(new MemoryStream(Encoding.ASCII.GetBytes(text)), BareLineEnds.Normalise);
        await channel.FlushAsync();
        Assert.Equal(script.Sent.Length - 5, script.Sent.IndexOf("\r\n.\r\n", StringComparison.Ordinal));
        Assert.Equal(-1, script.Sent.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n'));
    }

    [Fact]
    public async Task Row_52_No_form_of_a_secret_reaches_the_log_or_an_exception()
    {
        const string Password = "pä ss/w+rd:1";
        string base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Password));
        string percent = Uri.EscapeDataString(Password);
        var log = new RecordingWireLog();
        using var text = new StringWriter();
        var script = Script.Of("334 challenge\r\n", $"235 token {base64}\r\n", $"nonsense {Password}\r\n");
        var both = new Both(log, new TextWireLog(text));
        await using WireChannel channel = script.Open(new WireChannelOptions { WireLog = both });
        using var command = new CommandBuilder(utf8: true);
        await channel.SendAsync(command.Append("AUTH LOGIN").Secret(Password).Secret(base64).Secret(percent));
        await channel.ReadAsync(new CodedReplyParser());
        await channel.WriteSecretAsync(Encoding.UTF8.GetBytes(base64 + "\r\n"));
        await channel.FlushAsync();
        channel.MarkNextMessageSecret();
        Assert.Contains(base64, (await channel.ReadAsync(new CodedReplyParser())).Text, StringComparison.Ordinal);
        channel.MarkNextMessageSecret();
        Exception failure = await Assert.ThrowsAsync<WireFormatException>(() => channel.ReadAsync(new CodedReplyParser()).AsTask());

        Assert.Contains(base64, script.Sent, StringComparison.Ordinal);
        foreach (string where in (string[])[log.Text, text.ToString(), failure.ToString(), command.ToString()])
        {
            foreach (string secret in (string[])[Password, base64, percent, "ss/w"]) Assert.DoesNotContain(secret, where, StringComparison.Ordinal);
        }

        Assert.Contains("C: AUTH LOGIN *** *** ***\n", log.Text, StringComparison.Ordinal);
        Assert.Contains("S: 334 challenge\n", log.Text, StringComparison.Ordinal);
        Assert.Equal(log.Text, text.ToString());
    }

    private sealed class Never : IWireParser<int>
    {
        public OperationStatus TryParse(ReadOnlySpan<byte> input, out int used, out int value)
        {
            used = value = 0;
            return OperationStatus.NeedMoreData;
        }
    }

    private sealed class Both(params IWireLog[] logs) : IWireLog
    {
        public void Write(long connection, WireDirection direction, ReadOnlySpan<byte> bytes)
        {
            foreach (IWireLog log in logs) log.Write(connection, direction, bytes);
        }
    }
}
