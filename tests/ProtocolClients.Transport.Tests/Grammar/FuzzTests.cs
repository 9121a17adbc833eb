using System.Buffers;
using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>
/// Mutations of real lines: nothing but the two Wire exceptions, always progress, and the same result however the bytes come.
/// PROTOCOLCLIENTS_FUZZ_COUNT sets how many inputs a parser gets.
/// </summary>
public class FuzzTests
{
    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_FUZZ_COUNT"), CultureInfo.InvariantCulture, out int count) ? count : 20_000;

    private static readonly string[] Corpus =
    [
        "220 (vsFTPd 3.0.5)\r\n",
        "211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n211 End\r\n",
        "230-Welcome to\r\n230-the archive\r\n230 Login successful.\r\n",
        "227 Entering Passive Mode (127,0,0,1,156,64).\r\n",
        "250-mail.example.org Hello\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 HELP\r\n",
        "354 Enter message, ending with \".\" on a line by itself\r\n",
        "550-5.7.1 Message rejected\r\n550 5.7.1 by policy\r\n",
        "215 Order of fields in overview database.\r\nSubject:\r\nFrom:\r\nDate:\r\n.\r\n",
        "+OK 2 320\r\n",
        "* 1 FETCH (UID 7 BODY[] {12}\r\nHello World!)\r\n",
        "Subject: dots\r\n\r\n..\r\n..leading\r\nend.\r\n.\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    ];

    private static readonly string[] Splices = ["\r\n", "\n", "\r", "\0", ".", "\r\n.\r\n", "250-", "250 ", "211 ", "\r\r\n", " ", "999", "\u00ff"];

    [Fact]
    public void Strict_lines() => Fuzz(() => new ParserHarness.Lines(new LineParser { Limit = 60 }), 1);

    [Fact]
    public void Lenient_lines() => Fuzz(() => new ParserHarness.Lines(new LineParser { Limit = 60, Ending = LineEnding.Lenient }), 2);

    [Fact]
    public void Replies_with_the_code_on_every_line() => Fuzz(() => new ParserHarness.Replies(new CodedReplyParser { Lines = 6 }), 3);

    [Fact]
    public void Replies_with_free_lines() =>
        Fuzz(() => new ParserHarness.Replies(new CodedReplyParser { Style = CodedReplyStyle.FreeLines, Lines = 8, Ending = LineEnding.Lenient }), 4);

    [Theory]
    [InlineData(BareLineEnds.Refuse, 5)]
    [InlineData(BareLineEnds.Normalise, 6)]
    public void Blocks(BareLineEnds bare, int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < Count; round++)
        {
            byte[] input = Mutate(random);
            (OperationStatus whole, string text, int left) = Decode(input, bare, random, pieces: false);
            (OperationStatus pieces, string same, int sameLeft) = Decode(input, bare, random, pieces: true);
            Assert.Equal((whole, text, left), (pieces, same, sameLeft));
            // A CR LF that the output owes when bytes are refused is the only difference that pieces could make.
            if (whole != OperationStatus.Done) continue;
            Assert.True(text.Length == 0 || text.EndsWith("\r\n", StringComparison.Ordinal));
            Assert.Equal(-1, text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n'));
        }
    }

    private static void Fuzz(Func<ParserHarness.IRun> start, int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < Count; round++)
        {
            byte[] input = Mutate(random);
            List<string> whole = ParserHarness.Run(start(), input, [input.Length]);
            var ends = new List<int>();
            for (int end = 0; end < input.Length;) ends.Add(end = Math.Min(input.Length, end + random.Next(1, 20)));
            List<string> pieces = ParserHarness.Run(start(), input, ends);
            Assert.True(whole.SequenceEqual(pieces, StringComparer.Ordinal), $"round {round}: {Encoding.Latin1.GetString(input)}");
        }
    }

    private static byte[] Mutate(Random random)
    {
        var text = new StringBuilder();
        for (int parts = random.Next(1, 4); parts > 0; parts--) text.Append(Corpus[random.Next(Corpus.Length)]);
        for (int changes = random.Next(0, 5); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text[at] = (char)random.Next(256);
                    break;
                case 1:
                    text.Insert(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 2:
                    text.Remove(at, Math.Min(random.Next(1, 5), text.Length - at));
                    break;
                default:
                    text.Length = at;
                    break;
            }
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static (OperationStatus Status, string Text, int Left) Decode(byte[] input, BareLineEnds bare, Random random, bool pieces)
    {
        var decoder = new DotStuffDecoder { BareLineEnds = bare };
        var text = new List<byte>();
        byte[] output = new byte[pieces ? random.Next(1, 40) : input.Length * 2 + 2];
        int start = 0;
        int end = 0;
        for (int calls = 0; ; calls++)
        {
            Assert.InRange(calls, 0, (input.Length * 4) + 10);
            if (start == end) end = pieces ? Math.Min(input.Length, end + random.Next(1, 20)) : input.Length;
            OperationStatus status = decoder.Decode(input.AsSpan(start, end - start), output, out int consumed, out int written);
            start += consumed;
            text.AddRange(output.AsSpan(0, written));
            if (status == OperationStatus.DestinationTooSmall || (status == OperationStatus.NeedMoreData && start < input.Length)) continue;
            return (status, ParserHarness.Bytes([.. text]), status == OperationStatus.Done ? input.Length - start : 0);
        }
    }
}
