using System.Text;
using ProtocolClients.Fuzzing;

namespace ProtocolClients.HttpTests;

/// <summary>Where answers end, and what is wrong in between: whole, split at every offset, byte by byte.</summary>
public sealed class AnswerFramingTests
{
    private static readonly string Long = new('x', 300);

    public static TheoryData<string, string> Answers => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "between" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "between" },
        { "HTTP/1.1 200 OK\r\ncontent-length:\t5 \r\n\r\nh\n\nlo", "between" },
        { "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "between" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "inside" },
        { "HTTP/1.1 204 None\r\n\r\n", "between" },
        { "HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", "between" },
        { "HTTP/1.1 200 OK\r\n\r\nto the end", "lost" },
        { "HTTP/1.1 101 Other\r\n\r\n", "lost" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "between" },
        { "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\nA;x=\"y\"\r\n0123456789\r\n000\r\nT: 1\r\n\r\n", "between" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=" + "x\r\nhello\r\n0\r\n\r\n", "between" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: 1\r\n", "inside" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello", "BareLineFeed" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n", "BareLineFeed" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n", "BareLineFeed" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n", "lost" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "lost" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\n", "lost" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\n", "lost" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "lost" },
        { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\n", "lost" },
        { "HTTP/1.1 200 OK\r\nX: " + Long + "\r\nContent-Length: 5\r\n\r\nhello", "between" },
        { "HTTP/1.1 200 OK\r\nTest: " + Long + "\r\nContent-Length: 5\r\n\r\nhello", "between" },
        { "HTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "between" },
        { "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n", "TooManyInterim" },
        { "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n", "between" },
        { "SSH-2.0-x\r\n", "NotHttp" },
        { "HTTP/1.1 204 N\r\n\r\nnoise", "lost" },
        { "HELLO\r\n", "lost" },
        { "HTTP/1.1 200 " + new string('r', 300) + "\r\nContent-Length: 5\r\n\r\nhello", "between" },
        { "HTTP/1.1 200 OK\r\n" + Fields(100) + "Content-Length: 0\r\n\r\n", "TooManyFields" },
        { "HTTP/1.1 200 OK\r\n" + Fields(99) + "Content-Length: 0\r\n\r\n", "between" },
        { "HTTP/1.1 103 Early\r\n" + Fields(60) + "\r\nHTTP/1.1 200 OK\r\n" + Fields(60) + "Content-Length: 0\r\n\r\n", "between" },
    };

    private static string Fields(int count) => string.Concat(Enumerable.Repeat("a: b\r\n", count));

    [Theory]
    [MemberData(nameof(Answers))]
    public void The_end_and_the_fault_are_seen_however_the_bytes_come(string answer, string expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(answer);
        Assert.Equal(expected, Follow([bytes]));
        Assert.Equal(expected, Follow(bytes.Select(static one => (byte[])[one])));
        for (int at = 1; at < bytes.Length; at++) Assert.Equal(expected, Follow([bytes[..at], bytes[at..]]));
    }

    [Fact]
    public void The_answer_to_HEAD_has_no_body_and_the_next_one_has()
    {
        var framing = new AnswerFraming(3, 100);
        byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"u8.ToArray();
        framing.Asking("HEAD /GET HTTP/1.1\r\n"u8);
        Assert.Equal((AnswerFault.None, true), (framing.Read(head), framing.IsBetween));
        framing.Asking("GET /HEAD HTTP/1.1\r\n"u8);
        Assert.Equal((AnswerFault.None, false), (framing.Read(head), framing.IsBetween));
    }

    [Theory]
    [InlineData("Content-Length: 0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000005\r\n", "between")]
    [InlineData("Transfer-Encoding: chunked                                                                                                                           \r\n", "inside")]
    public void What_is_too_long_to_follow_is_not_guessed(string field, string rightly)
    {
        byte[] bytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + field + "\r\nhello");
        for (int at = 1; at < bytes.Length; at++)
        {
            // In one piece it may be followed, and then rightly.
            string seen = Follow([bytes[..at], bytes[at..]]);
            Assert.True(seen == "lost" || seen == rightly, seen);
        }
    }

    [Fact]
    public void Any_bytes_are_followed_or_left_and_pieces_make_no_difference()
    {
        var random = new Random(20261129);
        byte[][] corpus = [.. Answers.Select(static row => Encoding.Latin1.GetBytes(row.Data.Item1)).Where(static bytes => bytes.Length < 250)];
        for (int i = 0; i < Fuzz.Count; i++)
        {
            var bytes = new List<byte>(corpus[random.Next(corpus.Length)]);
            for (int changes = random.Next(4); changes > 0; changes--)
            {
                int at = random.Next(bytes.Count + 1);
                if (random.Next(3) == 0 && at < bytes.Count) bytes.RemoveRange(at, Math.Min(random.Next(5), bytes.Count - at));
                else bytes.Insert(at, "\r\n:;0158AfH \0"u8[random.Next(13)]);
            }

            if (bytes.Count < 2) continue;
            byte[] all = [.. bytes];
            string whole = Follow([all]);
            int cut = random.Next(1, all.Length);
            Assert.Equal(whole, Follow([all[..cut], all[cut..]]));
        }
    }

    private static string Follow(IEnumerable<byte[]> pieces)
    {
        var framing = new AnswerFraming(3, 100);
        foreach (byte[] piece in pieces)
        {
            AnswerFault fault = framing.Read(piece);
            if (fault != AnswerFault.None) return fault.ToString();
        }

        return framing.IsLost ? "lost" : framing.IsBetween ? "between" : "inside";
    }
}
