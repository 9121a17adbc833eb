using System.Globalization;
using System.Text;

namespace ProtocolClients.Servers.Tests;

public sealed class LineReaderTests
{
    private const string Three = "first\r\n\r\nthird line\r\n";

    private static readonly string[] ThreeLines = ["first", "", "third line"];

    [Fact]
    public async Task Lines_are_the_same_wherever_the_bytes_are_cut_in_two()
    {
        for (int cut = 1; cut < Three.Length; cut++) Assert.Equal(ThreeLines, await LinesAsync([Three[..cut], Three[cut..]]));
    }

    [Fact]
    public async Task Lines_are_the_same_wherever_the_bytes_are_cut_in_three()
    {
        for (int one = 1; one < Three.Length - 1; one++)
        {
            for (int two = one + 1; two < Three.Length; two++)
                Assert.Equal(ThreeLines, await LinesAsync([Three[..one], Three[one..two], Three[two..]]));
        }
    }

    [Fact]
    public async Task Lines_are_the_same_byte_by_byte_and_across_the_buffer_blocks()
    {
        Assert.Equal(ThreeLines, await LinesAsync(Three.Select(static c => c.ToString())));
        string[] many = [.. Enumerable.Range(0, 50).Select(static n => new string((char)('a' + (n % 26)), n * 61))];
        string wire = string.Concat(many.Select(static line => line + "\r\n"));
        Assert.Equal(many, await LinesAsync(wire.Chunk(4000).Select(static c => new string(c))));
        Assert.Equal(many, await LinesAsync(wire.Select(static c => c.ToString())));
    }

    [Fact]
    public async Task A_line_of_the_most_bytes_passes_and_one_more_is_refused_wherever_it_is_cut()
    {
        var options = new ServerOptions { MaxLineLength = 4 };
        for (int cut = 1; cut < 6; cut++)
        {
            Assert.Equal(["abcd"], await LinesAsync(["abcd\r\n"[..cut], "abcd\r\n"[cut..]], options));
            var tooLong = await Assert.ThrowsAsync<ServerLimitException>(() => LinesAsync(["abcde\r\n"[..cut], "abcde\r\n"[cut..]], options));
            Assert.Equal(ServerLimit.LineLength, tooLong.Limit);
        }
    }

    [Fact]
    public async Task An_endless_line_is_refused_while_it_comes_and_can_still_be_answered()
    {
        var peer = new PieceStream(["ok\r\n", "abcde", "f"], silentAtEnd: true);
        await using var server = InMemoryServer.Start(
            async (connection, ct) =>
            {
                Assert.Equal("ok", await connection.ReadLineAsync(ct));
                await Assert.ThrowsAsync<ServerLimitException>(() => connection.ReadLineAsync(ct).AsTask());
                await connection.WriteLineAsync("500 too long", ct);
            },
            new ServerOptions { MaxLineLength = 4 });
        await server.Accept(peer).WaitAsync(TestKit.Safety);
        Assert.Equal("500 too long\r\n", peer.Sent);
        Assert.True(peer.IsDisposed);
    }

    [Fact]
    public async Task The_end_between_lines_is_null_and_within_a_line_an_error()
    {
        Assert.Empty(await LinesAsync([]));
        Assert.Equal(["DELE 1"], await LinesAsync(["DELE 1\r\n"]));
        await Assert.ThrowsAsync<EndOfStreamException>(() => LinesAsync(["DELE 1"]));
        await Assert.ThrowsAsync<EndOfStreamException>(() => LinesAsync(["DELE 1\r"]));
    }

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\r\r\n")]
    [InlineData("\n")]
    public async Task A_lone_CR_or_LF_is_refused_in_CRLF_protocols(string wire)
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => LinesAsync([wire]));
        await Assert.ThrowsAsync<InvalidDataException>(() => LinesAsync(wire.Select(static c => c.ToString())));
    }

    [Theory]
    [InlineData("a\nb\r\n", new[] { "a", "b" })]
    [InlineData("a\rb\n", new[] { "a\rb" })]
    [InlineData("a\r\r\n", new[] { "a\r" })]
    [InlineData("\n\r\n", new[] { "", "" })]
    public async Task LF_ends_a_line_where_the_options_say_so(string wire, string[] lines)
    {
        var options = new ServerOptions { LineEnding = ServerLineEnding.LfOrCrLf };
        Assert.Equal(lines, await LinesAsync([wire], options));
        Assert.Equal(lines, await LinesAsync(wire.Select(static c => c.ToString()), options));
    }

    [Fact]
    public async Task Latin_1_carries_every_byte_and_UTF_8_refuses_what_it_is_not()
    {
        string all = string.Concat(Enumerable.Range(0, 256).Where(static b => b is not 10 and not 13).Select(static b => (char)b));
        Assert.Equal([all], await LinesAsync([all + "\r\n"]));

        var utf8 = new ServerOptions { Encoding = Encoding.UTF8 };
        Assert.Equal(["grün"], await LinesAsync(["gr\u00c3\u00bcn\r\n"], utf8));
        await Assert.ThrowsAsync<InvalidDataException>(() => LinesAsync(["gr\u00fcn\r\n"], utf8));
    }

    [Fact]
    public async Task What_the_encoding_cannot_write_and_what_breaks_a_line_is_refused_before_a_byte_is_sent()
    {
        var peer = new PieceStream([]);
        await ServeAsync(peer, async (connection, ct) =>
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => connection.WriteLineAsync("5 €", ct).AsTask());
            await Assert.ThrowsAnyAsync<ArgumentException>(() => connection.WriteLineAsync("250 ok\r\n550 no", ct).AsTask());
            await Assert.ThrowsAnyAsync<ArgumentException>(() => connection.WriteLineAsync("a\nb", ct).AsTask());
            connection.Encoding = Encoding.UTF8;
            await connection.WriteLineAsync("5 €", ct);
            await connection.WriteAsync("raw\n", ct);
        });
        Assert.Equal("5 \u00e2\u0082\u00ac\r\nraw\n", peer.Sent);
    }

    [Fact]
    public async Task Lines_bytes_and_the_stream_share_one_buffer()
    {
        await ServeAsync(new PieceStream(["size 5\r\nhel", "lo", "next\r\nrest of", " it"]), async (connection, ct) =>
        {
            Assert.Equal("size 5", await connection.ReadLineAsync(ct));
            byte[] data = new byte[5];
            await connection.ReadExactlyAsync(data, ct);
            Assert.Equal("hello", Encoding.Latin1.GetString(data));
            Assert.Equal("next"u8.ToArray(), await connection.ReadLineBytesAsync(ct));
            using var text = new StreamReader(connection.Stream, Encoding.Latin1);
            Assert.Equal("rest of it", await text.ReadToEndAsync(ct));
            Assert.Null(await connection.ReadLineAsync(ct));
        });
    }

    [Fact]
    public async Task Fewer_bytes_than_asked_for_are_an_error() =>
        await ServeAsync(new PieceStream(["abc"]), static async (connection, ct) =>
            await Assert.ThrowsAsync<EndOfStreamException>(() => connection.ReadExactlyAsync(new byte[4], ct).AsTask()));

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var server = TcpServer.Start(TestKit.AnyPort, async (connection, ct) =>
        {
            using var impatient = new CancellationTokenSource();
            Task<string?> read = connection.ReadLineAsync(impatient.Token).AsTask();
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            await connection.WriteLineAsync("cancelled", ct);
            await connection.WriteLineAsync("got " + await connection.ReadLineAsync(ct), ct);
        });
        await using Stream client = await TestKit.DialAsync(server.EndPoint);
        await client.SendAsync("half a ");
        Assert.Equal("cancelled", await client.LineAsync());
        await client.SendAsync("line\r\n");
        Assert.Equal("got half a line", await client.LineAsync());
    }

    [Fact]
    public async Task The_longest_line_can_change_in_the_middle()
    {
        var lines = new List<string?>();
        await ServeAsync(new PieceStream(["ab\r\nabcdef\r\n"]), async (connection, ct) =>
        {
            connection.MaxLineLength = 2;
            lines.Add(await connection.ReadLineAsync(ct));
            connection.MaxLineLength = 6;
            lines.Add(await connection.ReadLineAsync(ct));
        });
        Assert.Equal(["ab", "abcdef"], lines);
    }

    [Fact]
    public async Task Writes_of_several_tasks_go_out_whole()
    {
        var peer = new PieceStream([]);
        await ServeAsync(peer, static (connection, ct) => Task.WhenAll(Enumerable.Range(0, 50).Select(
            n => Task.Run(() => connection.WriteLineAsync(n.ToString("00", CultureInfo.InvariantCulture), ct).AsTask(), ct))));
        Assert.Equal(
            Enumerable.Range(0, 50).Select(static n => n.ToString("00", CultureInfo.InvariantCulture)),
            peer.Sent.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private static async Task<List<string>> LinesAsync(IEnumerable<string> pieces, ServerOptions? options = null)
    {
        var lines = new List<string>();
        await ServeAsync(
            new PieceStream(pieces),
            async (connection, ct) =>
            {
                while (await connection.ReadLineAsync(ct) is { } line) lines.Add(line);
            },
            options);
        return lines;
    }

    /// <summary>Runs a handler on a server, and brings its failure back to the test.</summary>
    private static async Task ServeAsync(Stream peer, ConnectionHandler handler, ServerOptions? options = null)
    {
        var outcome = new TaskCompletionSource();
        await using var server = InMemoryServer.Start(
            async (connection, ct) =>
            {
                try
                {
                    await handler(connection, ct);
                    outcome.SetResult();
                }
                catch (Exception failure)
                {
                    outcome.SetException(failure);
                }
            },
            options);
        await server.Accept(peer).WaitAsync(TestKit.Safety);
        await outcome.Task.WaitAsync(TestKit.Safety);
    }
}
