using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Replies with a code, in both styles.</summary>
public class CodedReplyTests
{
    [Theory]
    // RFC 5321 §4.2, appendix D
    [InlineData("250 OK\r\n", "250:OK|end")]
    [InlineData("250\r\n", "250:|end")]
    [InlineData("250 \r\n", "250:|end")]
    [InlineData("250-foo.com greets bar.com\r\n250-8BITMIME\r\n250-SIZE\r\n250 HELP\r\n", "250:foo.com greets bar.com/8BITMIME/SIZE/HELP|end")]
    [InlineData("220 a\r\n354 b\r\n", "220:a|354:b|end")]
    [InlineData("250-a\r\n250 b\r\n2", "250:a/b|more")]
    [InlineData("250-\r\n250\r\n", "250:/|end")]
    [InlineData("250-a\r\n", "more")]
    [InlineData("250-a\r\n550 b\r\n", "WireFormatException")]
    [InlineData("250-a\r\nfree text\r\n250 b\r\n", "invalid")]
    [InlineData("250_a\r\n", "invalid")]
    [InlineData("2500 a\r\n", "invalid")]
    [InlineData("25\r\n", "invalid")]
    [InlineData("\r\n", "invalid")]
    [InlineData("hello\r\n", "invalid")]
    [InlineData("050 a\r\n", "invalid")]
    [InlineData("750 a\r\n", "invalid")]
    [InlineData("2a0 a\r\n", "invalid")]
    [InlineData("250 a\n", "invalid")]
    [InlineData("250 a\0\r\n", "invalid")]
    public void The_code_on_every_line(string input, string expected) =>
        Assert.Equal(expected, Parse(input, CodedReplyStyle.CodeOnEveryLine));

    [Theory]
    // RFC 959 §4.2
    [InlineData("123-First line\r\nSecond line\r\n  234 A line beginning with numbers\r\n123 The last line\r\n",
        "123:First line/Second line/  234 A line beginning with numbers/The last line|end")]
    // RFC 2389 §3.2
    [InlineData("211-Extensions supported:\r\n MLST size*;create;modify*;perm;media-type\r\n SIZE\r\n COMPRESSION\r\n MDTM\r\n211 END\r\n",
        "211:Extensions supported:/ MLST size*;create;modify*;perm;media-type/ SIZE/ COMPRESSION/ MDTM/END|end")]
    [InlineData("230-Welcome\r\n230-more\r\n230 done\r\n", "230:Welcome/more/done|end")]
    [InlineData("220-a\r\n221 not the end\r\n220 b\r\n", "220:a/221 not the end/b|end")]
    [InlineData("220-a\r\n220b\r\n2200 c\r\n220 d\r\n", "220:a/220b/2200 c/d|end")]
    [InlineData("220-a\r\n\r\n220 b\r\n", "220:a//b|end")]
    [InlineData("220-a\r\n220\r\n", "220:a/|end")]
    [InlineData("226 done\r\n", "226:done|end")]
    [InlineData("220-a\r\nb\r\n", "more")]
    [InlineData(" 220 a\r\n", "invalid")]
    [InlineData("220-a\r\nb\nc\r\n220 d\r\n", "invalid")]
    public void Free_lines_between(string input, string expected) => Assert.Equal(expected, Parse(input, CodedReplyStyle.FreeLines));

    [Fact]
    public void Lenient_lines_may_lack_the_CR()
    {
        var parser = new CodedReplyParser { Ending = LineEnding.Lenient };
        Assert.Equal("250:a/b|end", string.Join('|', ParserHarness.Everywhere(() => new ParserHarness.Replies(parser), "250-a\n250 b\n")));
    }

    [Fact]
    public void A_reply_keeps_its_bytes_and_decodes_when_asked()
    {
        var parser = new CodedReplyParser();
        byte[] wire = [.. "250-Grüße\r\n250-"u8, 0xE9, .. "\r\n250 end\r\n"u8];
        Assert.Equal(OperationStatus.Done, parser.TryParse(wire, out _, out CodedReply reply));
        Assert.Equal(wire, reply.Raw.ToArray());
        Assert.Equal("Grüße", reply.FirstLine);
        Assert.Equal("Grüße\n\uFFFD\nend", reply.Text);
        Assert.Equal([0xE9], reply.Line(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => reply.Line(3).Length);
        Assert.Equal(3, reply.LineCount);
        Assert.True(reply.IsPositive);
        Assert.Equal(default, default(CodedReply));
        Assert.Empty(default(CodedReply).Lines);
    }

    [Fact]
    public void One_object_is_made_for_a_reply()
    {
        byte[] wire = Encoding.ASCII.GetBytes("250-first\r\n250-second\r\n250 third\r\n");
        var parser = new CodedReplyParser();
        parser.TryParse(wire, out _, out CodedReply warm);
        long before = GC.GetAllocatedBytesForCurrentThread();
        parser.TryParse(wire, out _, out CodedReply reply);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        long copy = Measure(wire.Length);
        Assert.Equal(copy, allocated);
        Assert.Equal(warm, reply);

        static long Measure(int length)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            GC.KeepAlive(new byte[length]);
            return GC.GetAllocatedBytesForCurrentThread() - start;
        }
    }

    [Fact]
    public void Lines_are_counted()
    {
        var parser = new CodedReplyParser { Lines = 3 };
        Assert.Equal(OperationStatus.Done, parser.TryParse("250-a\r\n250-b\r\n250 c\r\n"u8, out _, out _));
        WireLimitException failure = Assert.Throws<WireLimitException>(
            () => parser.TryParse("250-a\r\n250-b\r\n250-c\r\n250 d\r\n"u8, out _, out _));
        Assert.Equal("Lines", failure.Limit);
        Assert.Equal(3, failure.Value);
    }

    [Theory]
    [InlineData(CodedReplyStyle.CodeOnEveryLine)]
    [InlineData(CodedReplyStyle.FreeLines)]
    public void No_byte_of_a_dripped_reply_is_searched_twice(CodedReplyStyle style)
    {
        // As for lines: what was searched becomes line ends, which would end a line or be refused when searched again.
        var parser = new CodedReplyParser { Style = style };
        byte[] wire = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("250-" + new string('x', 60) + "\r\n", 500)));
        byte[] buffer = new byte[wire.Length];
        int lineStart = 0;
        for (int length = 1; length <= buffer.Length; length++)
        {
            buffer[length - 1] = wire[length - 1];
            Assert.Equal(OperationStatus.NeedMoreData, parser.TryParse(buffer.AsSpan(0, length), out _, out _));
            // The code at the start of the line and the CR at its end are looked at once more, when the line is whole.
            if (length - lineStart > 4 && wire[length - 1] == 'x') buffer[length - 1] = (byte)'\n';
            if (wire[length - 1] == '\n')
            {
                buffer.AsSpan(lineStart, length - lineStart).Fill((byte)'\n');
                lineStart = length;
            }
        }
    }

    private static string Parse(string input, CodedReplyStyle style) =>
        string.Join('|', ParserHarness.Everywhere(() => new ParserHarness.Replies(new CodedReplyParser { Style = style }), input));
}
