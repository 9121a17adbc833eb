using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>Dot-stuffed blocks both ways.</summary>
public class DotStuffTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n.\r\n")]
    [InlineData("a.b.\r\n", "a.b.\r\n.\r\n")]
    [InlineData("\r\n\r\n", "\r\n\r\n.\r\n")]
    [InlineData("a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n")]
    public void Text_goes_there_and_back(string text, string block)
    {
        Assert.Equal(block, EncodeEverywhere(text, BareLineEnds.Refuse));
        string back = text.Length == 0 || text.EndsWith("\r\n", StringComparison.Ordinal) ? text : text + "\r\n";
        Assert.Equal($"{back}|Done|0", DecodeEverywhere(block, BareLineEnds.Refuse));
        Assert.Equal($"{back}|Done|5", DecodeEverywhere(block + "250 x", BareLineEnds.Refuse));
    }

    [Theory]
    [InlineData("a\r\n.b\r\n.\r\n", "a\r\nb\r\n|Done|0")]
    [InlineData("a\r\n.", "a\r\n|NeedMoreData|0")]
    [InlineData("a\r\n.\r", "a\r\n|NeedMoreData|0")]
    [InlineData("a", "a|NeedMoreData|0")]
    public void A_block_is_decoded(string block, string expected) => Assert.Equal(expected, DecodeEverywhere(block, BareLineEnds.Refuse));

    [Theory]
    [InlineData("a\n.\nb")]
    [InlineData("a\n.\r\nb")]
    [InlineData("a\r.\rb")]
    [InlineData("a\r\n.\nb")]
    [InlineData("a\r\n.\rb")]
    [InlineData("a\r.\r\nb")]
    [InlineData(".\nb")]
    public void Only_CRLF_dot_CRLF_ends_a_block(string smuggled)
    {
        string wire = smuggled + "\r\n.\r\n";
        Assert.EndsWith("|InvalidData|0", DecodeEverywhere(wire, BareLineEnds.Refuse)[..^1] + "0", StringComparison.Ordinal);

        string decoded = DecodeEverywhere(wire, BareLineEnds.Normalise);
        Assert.EndsWith("|Done|0", decoded, StringComparison.Ordinal);
        OnlyCrLf(decoded[..decoded.IndexOf('|', StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a\r\n.\n", "a\r\n..\r\n.\r\n")]
    [InlineData("a\r\r\nb", "a\r\n\r\nb\r\n.\r\n")]
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData("\r", "\r\n.\r\n")]
    public void What_is_sent_has_only_CRLF(string text, string block)
    {
        Assert.Equal(block, EncodeEverywhere(text, BareLineEnds.Normalise));
        OnlyCrLf(block);
        Assert.Equal("InvalidData", EncodeEverywhere(text, BareLineEnds.Refuse));
    }

    [Fact]
    public void Random_text_goes_there_and_back_in_random_pieces()
    {
        var random = new Random(20261121);
        string[] pieces = ["\r\n", ".", "..", "a", "\r\n.", "\r\n..", new string('x', 200), "\r\n\r\n"];
        for (int round = 0; round < 5_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])) + "\r\n";
            string block = Encode(text, BareLineEnds.Refuse, () => random.Next(1, 90), () => random.Next(1, 90));
            Assert.DoesNotContain("\r\n.\r\n", block[..^3], StringComparison.Ordinal);
            Assert.Equal($"{text}|Done|0", Decode(block, BareLineEnds.Refuse, () => random.Next(1, 90), () => random.Next(1, 90)));
        }
    }

    [Theory]
    [InlineData("a", true, "a")]
    [InlineData("..", true, ".")]
    [InlineData(".a", true, "a")]
    [InlineData("", true, "")]
    [InlineData(".", false, "")]
    public void A_line_of_a_block_is_unstuffed(string line, bool isText, string text)
    {
        Assert.Equal(isText, DotStuff.TryUnstuff(Encoding.ASCII.GetBytes(line), out ReadOnlySpan<byte> unstuffed));
        Assert.Equal(text, Encoding.ASCII.GetString(unstuffed));
    }

    private static void OnlyCrLf(string text)
    {
        string without = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.DoesNotContain('\r', without);
        Assert.DoesNotContain('\n', without);
    }

    private static string DecodeEverywhere(string block, BareLineEnds bare)
    {
        string whole = Decode(block, bare, () => int.MaxValue, () => 10_000);
        for (int input = 1; input <= block.Length; input++)
        {
            for (int output = 1; output < 6; output++) Assert.Equal(whole, Decode(block, bare, () => input, () => output));
            bool first = true;
            int split = input;
            Assert.Equal(whole, Decode(block, bare, () => first ? First() : int.MaxValue, () => 10_000));

            int First()
            {
                first = false;
                return split;
            }
        }

        return whole;
    }

    // text|status|bytes left
    private static string Decode(string block, BareLineEnds bare, Func<int> inputSize, Func<int> outputSize)
    {
        byte[] wire = Encoding.Latin1.GetBytes(block);
        var decoder = new DotStuffDecoder { BareLineEnds = bare };
        var text = new List<byte>();
        int start = 0;
        int end = 0;
        while (true)
        {
            if (start == end) end = (int)Math.Min(wire.Length, (long)end + inputSize());
            byte[] output = new byte[outputSize()];
            OperationStatus status = decoder.Decode(wire.AsSpan(start, end - start), output, out int consumed, out int written);
            start += consumed;
            text.AddRange(output[..written]);
            if (status == OperationStatus.NeedMoreData) Assert.Equal(end, start);
            if (status == OperationStatus.DestinationTooSmall) Assert.Equal(output.Length, written);
            if (status is OperationStatus.Done or OperationStatus.InvalidData || (status == OperationStatus.NeedMoreData && start == wire.Length))
                return $"{ParserHarness.Bytes([.. text])}|{status}|{(status == OperationStatus.Done ? wire.Length - start : 0)}";
        }
    }

    private static string EncodeEverywhere(string text, BareLineEnds bare)
    {
        string whole = Encode(text, bare, () => int.MaxValue, () => 10_000);
        for (int input = 1; input <= text.Length; input++)
        {
            for (int output = 1; output < 6; output++) Assert.Equal(whole, Encode(text, bare, () => input, () => output));
        }

        return whole;
    }

    private static string Encode(string text, BareLineEnds bare, Func<int> inputSize, Func<int> outputSize)
    {
        byte[] plain = Encoding.Latin1.GetBytes(text);
        var encoder = new DotStuffEncoder { BareLineEnds = bare };
        var wire = new List<byte>();
        int start = 0;
        int end = 0;
        while (end < plain.Length || start < end)
        {
            if (start == end) end = (int)Math.Min(plain.Length, (long)end + inputSize());
            byte[] output = new byte[outputSize()];
            OperationStatus status = encoder.Encode(plain.AsSpan(start, end - start), output, out int consumed, out int written);
            start += consumed;
            wire.AddRange(output[..written]);
            if (status == OperationStatus.InvalidData) return "InvalidData";
            if (status == OperationStatus.DestinationTooSmall) Assert.Equal(output.Length, written);
        }

        byte[] last = new byte[7];
        Assert.Equal(OperationStatus.DestinationTooSmall, encoder.Finish(new byte[6], out _));
        if (encoder.Finish(last, out int finished) == OperationStatus.InvalidData) return "InvalidData";
        wire.AddRange(last[..finished]);
        return ParserHarness.Bytes([.. wire]);
    }
}
