using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>The grammar of event streams: the examples of WHATWG HTML §9.2.6 and the corners of §9.2.5, split at every offset.</summary>
public class EventStreamParserTests
{
    private static readonly string[] Splices = ["\r\n", "\n", "\r", "\n\n", "\0", ":", "data:", "id:", "id", "retry:", "event: x\n", "\u00ef\u00bb\u00bf", " ", "99999999999999"];

    public static TheoryData<string, string> Examples => new()
    {
        { "data: YHOO\ndata: +2\ndata: 10\n\n", "message|YHOO+2+10|".Replace("YHOO+2+10", "YHOO\n+2\n10", StringComparison.Ordinal) },
        { ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n", "message|first event|1;message|second event|;message| third event|" },
        { "data\n\ndata\ndata\n\ndata:", "message||;message|\n|" },
        { "data:test\n\ndata: test\n\n", "message|test|;message|test|" },
        { "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", "add|73857293|;remove|2153|" },
        // The corners.
        { "data: a\r\rdata: b\r\n\r\ndata: c\n\n", "message|a|;message|b|;message|c|" },
        { "data: a\r\n\r\n", "message|a|" },
        { "\u00ef\u00bb\u00bfdata: marked\n\n", "message|marked|" },
        { "\u00ef\u00bb\u00bf\u00ef\u00bb\u00bfdata: twice\n\n", "" },
        { "id: 1\n\ndata: x\n\n", "message|x|1" },
        { "id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n", "message|x|1;message|y|1" },
        { "event: e\n\ndata: plain\n\n", "message|plain|" },
        { "Data: no\nother: no\ndata : no\n\n", "" },
        { "data:\u00c3\u00a4\u00ff\n\n", "message|\u00e4\ufffd|" },
        { "data: never ended\n", "" },
        { "data: a\n\n\n\n\ndata: b\n\n", "message|a|;message|b|" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_events_are_the_same_however_the_bytes_come(string stream, string expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(stream);
        Assert.Equal(expected, Read(bytes, [bytes.Length]));
        for (int first = 0; first <= bytes.Length; first++)
        {
            for (int second = first; second <= bytes.Length; second++) Assert.Equal(expected, Read(bytes, [first, second, bytes.Length]));
        }

        Assert.Equal(expected, Read(bytes, [.. Enumerable.Range(1, bytes.Length)]));
    }

    [Theory]
    [InlineData("retry: 1500\n", 1500)]
    [InlineData("retry:0\n", 0)]
    [InlineData("retry: 1500\nretry: 2s\n", 1500)]
    [InlineData("retry: -1\n", null)]
    [InlineData("retry: 1.5\n", null)]
    [InlineData("retry\n", null)]
    [InlineData("retry: 99999999999999999999\n", int.MaxValue)]
    public void Retry_is_digits_only(string stream, int? milliseconds)
    {
        EventStreamParser parser = New();
        ReadOnlySpan<byte> input = Encoding.ASCII.GetBytes(stream);
        Assert.Null(parser.Read(ref input));
        Assert.Equal(milliseconds, (int?)parser.Retry?.TotalMilliseconds);
    }

    [Fact]
    public void An_id_counts_from_the_end_of_its_block_and_lasts()
    {
        EventStreamParser parser = New("7");
        Assert.Equal("7", parser.LastEventId);
        ReadOnlySpan<byte> half = "id: 8\n"u8;
        Assert.Null(parser.Read(ref half));
        Assert.Equal("7", parser.LastEventId);
        ReadOnlySpan<byte> end = "\n"u8;
        Assert.Null(parser.Read(ref end));
        Assert.Equal("8", parser.LastEventId);
    }

    [Fact]
    public void Lines_and_events_have_limits_at_the_byte()
    {
        Assert.NotNull(One("data:12345\n\n", line: 10, most: 5));
        Assert.Equal("Line", Assert.Throws<WireLimitException>(() => One("data:123456\n\n", line: 10, most: 100)).Limit);
        Assert.Equal("Line", Assert.Throws<WireLimitException>(() => One("data:1234567890", line: 10, most: 100)).Limit);
        Assert.Equal("Event", Assert.Throws<WireLimitException>(() => One("data:123456\n\n", line: 100, most: 5)).Limit);
        Assert.NotNull(One("data:12\ndata:45\n\n", line: 100, most: 5));
        Assert.Equal("Event", Assert.Throws<WireLimitException>(() => One("data:12\ndata:456\n\n", line: 100, most: 5)).Limit);
    }

    [Fact]
    public void Noise_gives_the_same_events_whole_and_in_pieces_and_no_exception_but_limits()
    {
        string[] corpus = [.. Examples.Select(static row => row.Data.Item1)];
        var random = new Random(9);
        for (int round = 0; round < Fuzz.Count; round++)
        {
            var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
            for (int i = random.Next(4); i > 0; i--)
            {
                int at = random.Next(text.Length + 1);
                if (random.Next(3) == 0 && at < text.Length) text[at] = (char)random.Next(256);
                else text.Insert(at, Splices[random.Next(Splices.Length)]);
            }

            byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
            var ends = new List<int>();
            for (int end = 0; end < bytes.Length;) ends.Add(end = Math.Min(bytes.Length, end + random.Next(1, 9)));
            string whole = Outcome(bytes, [bytes.Length]);
            Assert.True(whole == Outcome(bytes, ends), $"round {round}: {text}");
        }
    }

    private static EventStreamParser New(string id = "") => new(id, 1000, 1000);

    private static ServerSentEvent? One(string stream, int line, int most)
    {
        ReadOnlySpan<byte> input = Encoding.ASCII.GetBytes(stream);
        return new EventStreamParser("", line, most).Read(ref input);
    }

    private static string Outcome(byte[] bytes, IReadOnlyList<int> ends)
    {
        try
        {
            return Read(bytes, ends, new EventStreamParser("", 40, 20));
        }
        catch (WireLimitException limit)
        {
            return limit.Limit;
        }
    }

    private static string Read(byte[] bytes, IReadOnlyList<int> ends, EventStreamParser? parser = null)
    {
        parser ??= New();
        var events = new List<string>();
        int start = 0;
        foreach (int end in ends)
        {
            // A copy of exactly this piece: reading beyond it would be seen.
            byte[] piece = bytes.AsSpan(start, end - start).ToArray();
            ReadOnlySpan<byte> input = piece;
            while (parser.Read(ref input) is { } one) events.Add($"{one.Type}|{one.Data}|{one.LastEventId}");
            Assert.True(input.IsEmpty);
            start = end;
        }

        return string.Join(';', events);
    }
}
