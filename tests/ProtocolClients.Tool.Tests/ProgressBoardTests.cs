using System.Globalization;

namespace ProtocolClients.Tool.Tests;

public sealed class ProgressBoardTests
{
    private static readonly TransferProgress Half = new(512 * 1024 * 1024, 1024L * 1024 * 1024) { Rate = 10 << 20 };

    private static string Board(int width, int height, Action<ProgressBoard> use)
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        use(new ProgressBoard(output, () => (width, height), TimeProvider.System));
        return output.ToString();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(79)]
    [InlineData(200)]
    public void A_line_is_as_wide_as_it_may_be_and_no_wider(int width)
    {
        Assert.Equal(width, ProgressBoard.Format("a-rather-long-file-name-1.2.3.tar.gz", Half, width).Length);
        Assert.Equal(width, ProgressBoard.Format("a", default, width).Length);
        Assert.InRange(ProgressBoard.Format("中文文件名中文文件名中文文件名", Half, width).Length, 1, width);
    }

    [Fact]
    public void A_line_says_how_far_how_fast_and_how_long()
    {
        string line = ProgressBoard.Format("a.iso", Half, 79);
        Assert.StartsWith("a.iso", line, StringComparison.Ordinal);
        Assert.EndsWith("##########------------]  50%  512 M 10.0 M/s 00:51", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_transfers_have_a_line_each_and_what_is_done_stays_above()
    {
        string drawn = Board(40, 24, board =>
        {
            using ProgressBoard.Line a = board.Add("a.bin");
            using ProgressBoard.Line b = board.Add("b\u001b[31m.bin");
            board.Print("done");
        });
        Assert.Contains("done\na.bin", drawn.Replace(Environment.NewLine, "\n", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("b\\u001b[31m.bin", drawn, StringComparison.Ordinal);
        // All that was drawn is gone in the end.
        Assert.EndsWith("\u001b[1A\r\u001b[J", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void More_transfers_than_fit_are_counted()
    {
        var lines = new List<ProgressBoard.Line>();
        string drawn = Board(40, 4, board =>
        {
            for (int i = 0; i < 10; i++) lines.Add(board.Add($"f{i}"));
        });
        string last = drawn[(drawn.LastIndexOf("\u001b[J", StringComparison.Ordinal) + 3)..];
        Assert.Equal(3, last.Count(c => c == '\n'));
        Assert.Contains("and 8 more", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transfers_that_begin_together_are_on_one_board()
    {
        Terminal[] terminals = [.. Enumerable.Range(0, 100_000).Select(static _ => new Terminal(TextWriter.Null, TextWriter.Null, static () => Stream.Null, isInteractive: true))];
        var boards = new ProgressBoard[2, terminals.Length];
        int[] at = new int[2];
        Task other = Task.Factory.StartNew(() => AskAll(1), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        AskAll(0);
        await other;
        Assert.DoesNotContain(Enumerable.Range(0, terminals.Length), i => boards[0, i] != boards[1, i]);

        void AskAll(int who)
        {
            var wait = new SpinWait();
            for (int i = 0; i < terminals.Length; i++)
            {
                Volatile.Write(ref at[who], i + 1);
                while (Volatile.Read(ref at[1 - who]) <= i) wait.SpinOnce(sleep1Threshold: -1);
                boards[who, i] = terminals[i].Board;
            }
        }
    }

    [Fact]
    public async Task A_closed_stream_ends_no_command()
    {
        var writer = new ForgivingWriter(new Closed());
        writer.WriteLine("a");
        await writer.WriteLineAsync("b");
        writer.Write('c');
        writer.Flush();
    }

    private sealed class Closed : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Bad file descriptor");

        public override void Write(char value) => Assert.Fail("it stays silent");
    }
}
