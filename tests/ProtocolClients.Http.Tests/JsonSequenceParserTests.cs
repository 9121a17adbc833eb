using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>The grammar of JSON text sequences: RFC 7464 §2, split at every offset. <c>^</c> stands for the record separator.</summary>
public class JsonSequenceParserTests
{
    private static readonly string[] Splices = ["^", "^^", "\n", "\"", "\\", "\\\"", "{", "}", "[", "]", " ", "1", "true", "null", "\0", "{\"a\":\"}\"}", "^1\n"];

    public static TheoryData<string, string> Examples => new()
    {
        { "", "" },
        { "^{\"a\":1}\n^[2]\n^\"s\"\n", "{\"a\":1}|[2]|\"s\"" },
        // The line feed may be missing where the text shows its end itself, and must not where it does not (§2.4).
        { "^{\"a\":1}^[2]^\"s\"", "{\"a\":1}|[2]|\"s\"" },
        { "^1\n^true ^null\t^false\r\n^-2.5e3\n", "1|true|null|false|-2.5e3" },
        { "^12", "!cut" },
        { "^12^3\n", "!cut|3" },
        { "^true^null\n", "!cut|null" },
        // Separators in a row are one.
        { "^^^{}\n^^1\n", "{}|1" },
        // Cut off in the middle: in a string, behind an escape, in an object; the next record is whole.
        { "^{\"a\":\"b^{}\n", "!cut|{}" },
        { "^\"a\\^2\n", "!cut|2" },
        { "^[[1,2]^2\n", "!cut|2" },
        { "^{\"a\":", "!cut" },
        { "^", "!cut" },
        { "^\n^1\n", "!cut|1" },
        { "^ \n", "!cut" },
        // Brackets and separators in strings are text, escapes do not end them.
        { "^{\"a\":\"}]\"}\n^\"\\\"\"^\"\\\\\"\n", "{\"a\":\"}]\"}|\"\\\"\"|\"\\\\\"" },
        { "^ \r\n\t{ } \n^\n\n[ ]\n", "{ }|[ ]" },
        // What stands outside is told once, and passed over to the next record.
        { "{\"a\":1}\n^2\n", "!out|2" },
        { "^{}x y\n^2\n", "{}|!out|2" },
        { "^{}\n{}\n{}\n^2\n", "{}|!out|2" },
        { "\n ^1\n", "1" },
        { "^}\n^{]\n", "}|{]" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_records_are_the_same_however_the_bytes_come(string sequence, string expected)
    {
        byte[] bytes = Bytes(sequence);
        Assert.Equal(expected, Read(bytes, [bytes.Length]));
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++) Assert.Equal(expected, Read(bytes, [first, second, bytes.Length]));
        }

        Assert.Equal(expected, Read(bytes, [.. Enumerable.Range(1, bytes.Length)]));
    }

    [Fact]
    public void A_record_is_given_before_the_next_begins()
    {
        var parser = new JsonSequenceParser(100);
        Assert.Equal(JsonSequenceToken.Record, parser.Read(Bytes("^{\"a\":1}"), false, out int used, out _));
        Assert.Equal(8, used);
        Assert.Equal(JsonSequenceToken.More, parser.Read("\n"u8, false, out used, out _));
        Assert.Equal(1, used);
    }

    [Theory]
    [InlineData("^[1234]\n")]
    [InlineData("^123456\n")]
    [InlineData("^\"1234\"\n")]
    [InlineData("^  1234\n")]
    public void A_record_has_a_limit_at_the_byte(string sequence)
    {
        byte[] bytes = Bytes(sequence);
        foreach (int[] ends in (int[][])[[bytes.Length], [.. Enumerable.Range(1, bytes.Length)]])
        {
            Assert.DoesNotContain("!", Read(bytes, ends, 6));
            Assert.Equal("Record", Assert.Throws<WireLimitException>(() => Read(bytes, ends, 5)).Limit);
        }
    }

    [Fact]
    public void Noise_gives_the_same_records_whole_and_in_pieces_and_no_exception_but_limits()
    {
        string[] corpus = [.. Examples.Select(static row => row.Data.Item1)];
        var random = new Random(64);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            string text = Fuzz.Mutated(random, corpus[random.Next(corpus.Length)], Splices);
            byte[] bytes = Bytes(text);
            var ends = new List<int>();
            for (int end = 0; end < bytes.Length;) ends.Add(end = Math.Min(bytes.Length, end + random.Next(1, 9)));
            Assert.True(Outcome(bytes, [bytes.Length]) == Outcome(bytes, ends), $"round {round}: {text}");
        }
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text.Replace('^', '\u001e'));

    private static string Outcome(byte[] bytes, IReadOnlyList<int> ends)
    {
        try
        {
            return Read(bytes, ends, 12);
        }
        catch (WireLimitException limit)
        {
            return limit.Limit;
        }
    }

    private static string Read(byte[] bytes, IReadOnlyList<int> ends, int limit = 1000)
    {
        var parser = new JsonSequenceParser(limit);
        List<string> seen = [];
        int start = 0;
        foreach (int end in ends) Feed(bytes[start..end], false);
        Feed(bytes[start..], true);
        return string.Join('|', seen);

        // A copy of exactly what has come: reading beyond it would be seen.
        void Feed(byte[] input, bool isFinal)
        {
            int at = 0;
            while (true)
            {
                JsonSequenceToken token = parser.Read(input.AsSpan(at), isFinal, out int used, out ReadOnlySpan<byte> text);
                if (token == JsonSequenceToken.Record) seen.Add(Encoding.Latin1.GetString(text));
                else if (token == JsonSequenceToken.Damaged) seen.Add(parser.Damage.Contains("cut", StringComparison.Ordinal) ? "!cut" : "!out");
                at += used;
                start += used;
                if (token == JsonSequenceToken.More) break;
            }
        }
    }
}
