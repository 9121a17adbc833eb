using System.Buffers;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Lines, strict and lenient.</summary>
public class LineParserTests
{
    [Theory]
    [InlineData("a\r\n", "a|end")]
    [InlineData("\r\n", "|end")]
    [InlineData("a\r\nb c\r\n\r\n", "a|b c||end")]
    [InlineData("a", "more")]
    [InlineData("a\r", "more")]
    [InlineData("a\r\nb", "a|more")]
    [InlineData("a\nb\r\n", "invalid")]
    [InlineData("a\rb\r\n", "invalid")]
    [InlineData("a\r\r\n", "invalid")]
    [InlineData("a\0b\r\n", "invalid")]
    [InlineData("ok\r\na\nb", "ok|invalid")]
    [InlineData("\tü\u0001\u007f\r\n", "\tü\u0001\u007f|end")]
    public void Strict_lines_end_in_CRLF_alone(string input, string expected) =>
        Assert.Equal(expected, string.Join('|', ParserHarness.Everywhere(() => new ParserHarness.Lines(new LineParser()), input)));

    [Theory]
    [InlineData("a\r\n", "a|end")]
    [InlineData("a\n", "a|end")]
    [InlineData("\n\r\n", "||end")]
    [InlineData("a\r\r\n", "a\r|end")]
    [InlineData("a\rb\n", "a\rb|end")]
    [InlineData("a\0b\n", "a\0b|end")]
    [InlineData("a\r", "more")]
    public void Lenient_lines_end_in_LF(string input, string expected) =>
        Assert.Equal(expected, string.Join('|', ParserHarness.Everywhere(
            () => new ParserHarness.Lines(new LineParser { Ending = LineEnding.Lenient }), input)));

    [Theory]
    [InlineData("1234567\r\n", false)]
    [InlineData("12345678\r\n", false)]
    [InlineData("123456789\r\n", true)]
    [InlineData("1234567890", true)]
    [InlineData("12345678\r", false)]
    [InlineData("123456789\n", false, LineEnding.Lenient)]
    [InlineData("1234567890\n", true, LineEnding.Lenient)]
    public void A_line_longer_than_the_limit_is_refused_as_soon_as_it_is(string input, bool refused, LineEnding ending = LineEnding.Strict)
    {
        List<string> seen = ParserHarness.Everywhere(() => new ParserHarness.Lines(new LineParser { Limit = 10, Ending = ending }), input);
        Assert.Equal(refused, seen.Contains(nameof(WireLimitException)));
    }

    // Every byte that was searched is overwritten with a line end before the next call: a parser that searched it again
    // would find a line there.
    [Theory]
    [InlineData(LineEnding.Strict)]
    [InlineData(LineEnding.Lenient)]
    public void No_byte_of_a_dripped_line_is_searched_twice(LineEnding ending)
    {
        var parser = new LineParser { Ending = ending };
        byte[] buffer = new byte[50_000];
        for (int length = 1; length <= buffer.Length; length++)
        {
            buffer[length - 1] = (byte)'a';
            Assert.Equal(OperationStatus.NeedMoreData, parser.TryParse(buffer.AsSpan(0, length), out int used, out _));
            Assert.Equal(0, used);
            buffer[length - 1] = (byte)'\n';
        }
    }

    [Fact]
    public void A_limit_is_positive() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LineParser { Limit = 0 });
}
