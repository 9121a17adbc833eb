using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>The grammar of multipart bodies: the examples of RFC 2046 §5.1 and RFC 9110 §14.6 and their corners, split at every offset.</summary>
public class MultipartParserTests
{
    private static readonly string[] Splices = ["\r\n", "\r", "\n", "--", "\r\n--b", "--b", "--b--", "\r\n--b--\r\n", "\r\n--b\r\n", " ", "\t", ":", "A: 1\r\n", "\r\n\r\n", "\0", "-"];

    public static TheoryData<string, string> Examples => new()
    {
        // RFC 2046 §5.1.1, with its preamble and epilogue, its first part without a head.
        {
            "This is the preamble.  It is to be ignored, though it\r\nis a handy place.\r\n\r\n--b\r\n\r\nThis is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."
            + "\r\n--b\r\nContent-type: text/plain; charset=us-ascii\r\n\r\nThis DOES end with a linebreak.\r\n\r\n--b--\r\n\r\nThis is the epilogue.  It is also to be ignored.\r\n",
            "()This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.|(Content-type=text/plain; charset=us-ascii)This DOES end with a linebreak.\r\n"
        },
        // RFC 9110 §14.6.
        {
            "--b\r\nContent-Type: application/pdf\r\nContent-Range: bytes 500-999/8000\r\n\r\n...the first range...\r\n--b\r\nContent-Type: application/pdf\r\nContent-Range: bytes 7000-7999/8000\r\n\r\n...the second range\r\n--b--",
            "(Content-Type=application/pdf,Content-Range=bytes 500-999/8000)...the first range...|(Content-Type=application/pdf,Content-Range=bytes 7000-7999/8000)...the second range"
        },
        // No part at all; parts without a body, without a head, with neither.
        { "--b--", "" },
        { "\r\n--b--\r\n", "" },
        { "--b\r\nA: 1\r\n\r\n--b--", "(A=1)" },
        { "--b\r\nA: 1\r\n\r\n\r\n--b--", "(A=1)" },
        { "--b\r\n\r\n--b--", "()" },
        { "--b\r\n\r\n\r\n--b\r\n\r\n\r\n\r\n--b--", "()|()\r\n" },
        // Padding, and a line of its own where a body only looks like a delimiter.
        { "--b \t \r\nA: 1\r\n\r\nx\r\n--b\t--\r\n", "(A=1)!format" },
        { "--b \t \r\nA: 1\r\n\r\nx\r\n--b-- \t\r\n", "(A=1)x" },
        { "--b\r\n\r\nx--b\r\n--c\r\n\r--b\r\n-b\r\n--\r\n--b--", "()x--b\r\n--c\r\n\r--b\r\n-b\r\n--" },
        { "--b\r\n\r\n\r\r\n\r\r\n--b--", "()\r\r\n\r" },
        { "--b\r\n\r\n\n--b--\n\r\n--b--", "()\n--b--\n" },
        // Folded fields, empty ones, the wider alphabets.
        { "--b\r\nA: 1\r\n\t2\r\nB:\r\nC:  x \r\n\r\n\r\n--b--", "(A=1 2,B=,C=x)" },
        { "--b\r\nA: \u00c3\u00a4\r\nB: \u00e4\r\n\r\n\r\n--b--", "(A=\u00e4,B=\u00e4)" },
        // A line that begins with the boundary and goes on ends nothing and is no data.
        { "--b\r\n\r\nx\r\n--bc\r\n--b--", "()!format" },
        { "--b\r\n\r\nx\r\n--b--y\r\n--b--", "()!format" },
        { "--b\r\n\r\nx\r\n--b-\r\n--b--", "()!format" },
        { "--b\r\n\r\nx\r\n--b\n--b--", "()!format" },
        // Lines of a head that are none.
        { "--b\r\nA 1\r\n\r\n\r\n--b--", "!format" },
        { "--b\r\nA : 1\r\n\r\n\r\n--b--", "!format" },
        { "--b\r\n: 1\r\n\r\n\r\n--b--", "!format" },
        { "--b\r\n A: 1\r\n\r\n\r\n--b--", "!format" },
        { "--b\r\nA: 1\n\r\n\r\n--b--", "!format" },
        { "--b\r\nA: 1\u0001\r\n\r\n\r\n--b--", "!format" },
        { "--b\r\n--b--\r\n", "!format" },
        // Cut off: before there was a part, in a head, in a body, in its last delimiter.
        { "", "!none" },
        { "nothing of that kind\r\n--", "!none" },
        { "--b", "!none" },
        { "--b\r\nA: 1\r\n", "!inside" },
        { "--b\r\nA: 1\r\n\r\n", "(A=1)!inside" },
        { "--b\r\nA: 1\r\n\r\nx", "(A=1)x!inside" },
        { "--b\r\nA: 1\r\n\r\nx\r\n--b", "(A=1)x!inside" },
        { "--b\r\nA: 1\r\n\r\nx\r\n--b-", "(A=1)x!inside" },
        { "--b\r\nA: 1\r\n\r\nx\r\n--b\r\n", "(A=1)x|!inside" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_parts_are_the_same_however_the_bytes_come(string body, string expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(body);
        string whole = Read(bytes, [bytes.Length]);
        // The bytes before a line that breaks the grammar come or do not come, with how the pieces fall; what is complete does not change.
        Assert.Equal(expected, Settled(whole));
        int step = bytes.Length > 100 ? 7 : 1;
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second += step) Assert.Equal(expected, Settled(Read(bytes, [first, second, bytes.Length])));
        }

        Assert.Equal(expected, Settled(Read(bytes, [.. Enumerable.Range(1, bytes.Length)])));
    }

    [Fact]
    public void Bytes_are_not_held_back_but_those_that_may_begin_a_delimiter()
    {
        var parser = new MultipartParser("b", 1000, 100, 1000);
        byte[] bytes = "--b\r\n\r\nabc\r\n-"u8.ToArray();
        Assert.Equal("()abc", Read(parser, bytes, out int left));
        Assert.Equal(3, left);
        // It was none: all of it comes.
        Assert.Equal("\r\n-x", Read(parser, [.. bytes[^left..], (byte)'x'], out left));
        Assert.Equal(0, left);
    }

    [Fact]
    public void Heads_fields_and_preambles_have_limits_at_the_byte()
    {
        HttpPartsOptions options = HttpPartsOptions.Default;
        byte[] head = "--b\r\nA: 1\r\nB: 2\r\n\r\n\r\n--b--"u8.ToArray();
        byte[] folded = "--b\r\nA: 1\r\n 2\r\n 3\r\n\r\n\r\n--b--"u8.ToArray();
        byte[] preamble = "12345\r\n--b--"u8.ToArray();
        foreach (bool byteByByte in (bool[])[false, true])
        {
            Assert.Equal("(A=1,B=2)", Read(head, Ends(head, byteByByte), options with { Head = 14, Fields = 2 }));
            Assert.Equal("Head", Assert.Throws<WireLimitException>(() => Read(head, Ends(head, byteByByte), options with { Head = 13 })).Limit);
            Assert.Equal("Fields", Assert.Throws<WireLimitException>(() => Read(head, Ends(head, byteByByte), options with { Fields = 1 })).Limit);
            Assert.Equal("(A=1 2 3)", Read(folded, Ends(folded, byteByByte), options with { Fields = 2 }));
            Assert.Equal("Fields", Assert.Throws<WireLimitException>(() => Read(folded, Ends(folded, byteByByte), options with { Fields = 1 })).Limit);
            Assert.Equal("", Read(preamble, Ends(preamble, byteByByte), options with { Preamble = 5 }));
            Assert.Equal("Preamble", Assert.Throws<WireLimitException>(() => Read(preamble, Ends(preamble, byteByByte), options with { Preamble = 4 })).Limit);
        }

        static int[] Ends(byte[] bytes, bool each) => each ? [.. Enumerable.Range(1, bytes.Length)] : [bytes.Length];
    }

    [Theory]
    [InlineData("b", true)]
    [InlineData("gc0pJq0M:08jU534c0p", true)]
    [InlineData("=_'()+,-./:=? x", true)]
    [InlineData("", false)]
    [InlineData("b ", false)]
    [InlineData("b\"", false)]
    [InlineData("b\r\nX: y", false)]
    [InlineData("\u00e4", false)]
    [InlineData(null, false)]
    public void A_boundary_is_of_its_alphabet(string? text, bool expected) => Assert.Equal(expected, MultipartParser.IsBoundary(text));

    [Fact]
    public void A_boundary_has_70_characters_at_most()
    {
        Assert.True(MultipartParser.IsBoundary(new string('b', 70)));
        Assert.False(MultipartParser.IsBoundary(new string('b', 71)));
    }

    [Fact]
    public void Noise_gives_the_same_parts_whole_and_in_pieces_and_no_exception_but_the_two()
    {
        string[] corpus = [.. Examples.Select(static row => row.Data.Item1)];
        HttpPartsOptions options = new() { Head = 40, Fields = 3, Preamble = 60 };
        var random = new Random(2046);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Fuzz.Mutated(random, corpus[random.Next(corpus.Length)], Splices);
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            var ends = new List<int>();
            for (int end = 0; end < bytes.Length;) ends.Add(end = Math.Min(bytes.Length, end + random.Next(1, 9)));
            string whole = Settled(Outcome(bytes, [bytes.Length], options));
            string pieces = Settled(Outcome(bytes, ends, options));
            Assert.True(whole == pieces, $"round {round}: {text}\n{whole}\n{pieces}");
        }
    }

    // Up to the last part, which a fault cut short.
    private static string Settled(string outcome)
    {
        int fault = outcome.IndexOf("!format", StringComparison.Ordinal);
        int part = fault < 0 ? -1 : outcome.LastIndexOf(')', fault);
        return part < 0 ? outcome : string.Concat(outcome.AsSpan(0, part + 1), "!format");
    }

    private static string Outcome(byte[] bytes, IReadOnlyList<int> ends, HttpPartsOptions options)
    {
        try
        {
            return Read(bytes, ends, options);
        }
        catch (WireLimitException limit)
        {
            return limit.Limit;
        }
    }

    private static string Read(byte[] bytes, IReadOnlyList<int> ends, HttpPartsOptions? options = null)
    {
        options ??= HttpPartsOptions.Default;
        var parser = new MultipartParser("b", options.Head, options.Fields, options.Preamble);
        var seen = new StringBuilder();
        int start = 0;
        try
        {
            bool ended = false;
            foreach (int end in ends)
            {
                // A copy of exactly what has come: reading beyond it would be seen.
                ended = Feed(parser, bytes[start..end], false, seen, out int left);
                start = end - left;
                if (ended) break;
            }

            if (!ended && !Feed(parser, bytes[start..], true, seen, out _)) seen.Append(parser.IsInside ? "!inside" : "!none");
        }
        catch (WireFormatException fault) when (fault is not WireLimitException)
        {
            seen.Append("!format");
        }

        return seen.ToString();
    }

    private static string Read(MultipartParser parser, byte[] bytes, out int left)
    {
        var seen = new StringBuilder();
        Feed(parser, bytes, false, seen, out left);
        return seen.ToString();
    }

    private static bool Feed(MultipartParser parser, byte[] input, bool isFinal, StringBuilder seen, out int left)
    {
        int at = 0;
        while (true)
        {
            MultipartToken token = parser.Read(input.AsSpan(at), isFinal, out int used);
            if (token == MultipartToken.Part) seen.Append('(').AppendJoin(',', parser.TakeFields().Select(static field => $"{field.Key}={field.Value}")).Append(')');
            else if (token == MultipartToken.Data) seen.Append(Encoding.Latin1.GetString(input, at, used));
            else if (token == MultipartToken.PartEnd) seen.Append('|');
            at += used;
            left = input.Length - at;
            if (token == MultipartToken.End)
            {
                if (seen.Length > 0) seen.Length--;
                return true;
            }

            if (token == MultipartToken.More && used == 0) return false;
        }
    }
}
