using System.Buffers;
using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>
/// Runs a parser over the same bytes whole, split at every offset, byte by byte, with other bytes around, and demands the same
/// of each. The result of a run is text: one line a message, then how it ended.
/// </summary>
internal static class ParserHarness
{
    public const string Whole = "end";

    public static string Bytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>What a parser makes of the bytes however they come.</summary>
    public static List<string> Everywhere(Func<IRun> start, string input)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(input);
        List<string> whole = Run(start(), bytes, [bytes.Length]);
        for (int split = 1; split < bytes.Length; split++) Same(whole, Run(start(), bytes, [split, bytes.Length]), $"split at {split}");
        Same(whole, Run(start(), bytes, Enumerable.Range(1, bytes.Length)), "byte by byte");
        return whole;
    }

    /// <summary>Parses all messages of the bytes when they arrive up to each of the ends in turn.</summary>
    public static List<string> Run(IRun run, byte[] bytes, IEnumerable<int> ends)
    {
        // The guards would be taken for line ends and codes by a parser that looks beyond its input.
        byte[] guarded = [.. "\r\n250 guard\r\n"u8, .. bytes, .. "\r\n250 guard\r\n.\r\n"u8];
        int guard = guarded.Length - bytes.Length - "\r\n250 guard\r\n.\r\n".Length;
        var seen = new List<string>();
        int start = 0;
        foreach (int end in ends)
        {
            while (start < end)
            {
                OperationStatus status;
                int used;
                string message;
                try
                {
                    status = run.Step(guarded.AsSpan(guard + start, end - start), out used, out message);
                }
                catch (WireFormatException reason)
                {
                    seen.Add(reason.GetType().Name);
                    return seen;
                }

                if (status == OperationStatus.InvalidData)
                {
                    seen.Add("invalid");
                    return seen;
                }

                if (status == OperationStatus.NeedMoreData) break;
                Assert.InRange(used, 1, end - start);
                seen.Add(message);
                start += used;
            }
        }

        seen.Add(start == bytes.Length ? Whole : "more");
        return seen;
    }

    private static void Same(List<string> whole, List<string> other, string how) =>
        Assert.True(whole.SequenceEqual(other, StringComparer.Ordinal),
            $"{how}: [{string.Join(" | ", other)}] instead of [{string.Join(" | ", whole)}]");

    /// <summary>One parser at work.</summary>
    internal interface IRun
    {
        OperationStatus Step(ReadOnlySpan<byte> input, out int used, out string message);
    }

    internal sealed class Lines(LineParser parser) : IRun
    {
        private LineParser _parser = parser;

        public OperationStatus Step(ReadOnlySpan<byte> input, out int used, out string message)
        {
            OperationStatus status = _parser.TryParse(input, out used, out ReadOnlySpan<byte> line);
            message = Bytes(line);
            return status;
        }
    }

    internal sealed class Replies(CodedReplyParser parser) : IRun
    {
        private CodedReplyParser _parser = parser;

        public OperationStatus Step(ReadOnlySpan<byte> input, out int used, out string message)
        {
            OperationStatus status = _parser.TryParse(input, out used, out CodedReply reply);
            message = $"{reply.Code}:{string.Join('/', reply.Lines)}";
            if (status == OperationStatus.Done) Assert.Equal(Bytes(input[..used]), Bytes(reply.Raw.Span));
            return status;
        }
    }
}
