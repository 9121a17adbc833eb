using System.Security.Cryptography;

namespace ProtocolClients.UrlTests;

/// <summary>Checksums of pieces (RFC 5854 §4.1.3): what is wrong is found, and nothing else is fetched again.</summary>
public sealed class PieceTests : IDisposable
{
    private const int Size = 1_950_000;
    private const int Piece = 100_000;

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("pieces-").FullName;
    private readonly byte[] _body = Downloads.Bytes(Size);

    private string Target => Path.Combine(_folder, "big.iso");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static MetalinkPieces PiecesOf(byte[] body) =>
        new(Piece, [.. body.Chunk(Piece).Select(static piece => Checksum.Parse("sha256:" + Convert.ToHexStringLower(SHA256.HashData(piece))))]);

    private DownloadRequest Request(int segments, params string[] urls) => new(urls)
    {
        Path = Target,
        Segments = segments,
        MinimumSegment = Piece,
        MaximumSegment = Piece,
        Checksum = Downloads.Sha256(_body),
        Pieces = PiecesOf(_body),
    };

    private byte[] Damaged(params int[] pieces)
    {
        byte[] body = [.. _body];
        foreach (int piece in pieces) body[(piece * Piece) + 17] ^= 1;
        return body;
    }

    private async Task<TransferResult> DownloadAsync(DownloadRequest request, int attempts = 1)
    {
        await using var downloader = new Downloader(new DownloaderOptions
        {
            Resilience = ResilienceOptions.None with { Attempts = attempts, BaseDelay = TimeSpan.FromMilliseconds(1) },
            Transport = TransportOptions.Default with { Proxy = ProxyOptions.None },
        });
        TransferResult result = await downloader.DownloadAsync(request).WaitAsync(Safety);
        Assert.Equal(_body, await File.ReadAllBytesAsync(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        return result;
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(4, true)]
    [InlineData(4, false)]
    public async Task Only_the_wrong_pieces_are_fetched_again_and_from_another_mirror(int segments, bool wholeIsKnown)
    {
        await using var damaged = new Origin(Damaged(3, 4, 11, 19));
        await using var good = new Origin(_body) { Tag = "\"other\"", Before = static async (_, _) => await Task.Yield() };
        DownloadRequest request = Request(segments, damaged.Url, good.Url);
        if (!wholeIsKnown) request = request with { Checksums = [] };
        if (segments > 1) good.Instead = asked => damaged.Requests.Count < 8 ? "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n" : null;
        await DownloadAsync(request);
        // The last piece is half a one; with segments some came from the good one at once.
        int wrong = (3 * Piece) + (Piece / 2);
        if (segments == 1) Assert.Equal((Size, wrong), (damaged.Sent, good.Sent));
        else Assert.InRange(damaged.Sent + good.Sent, Size, Size + wrong);
        Assert.All(good.Requests, static asked => Assert.NotNull(asked.From));
    }

    [Fact]
    public async Task The_only_source_is_asked_again_for_what_came_wrong_once()
    {
        await using var origin = new Origin(Damaged(5));
        origin.Before = (asked, _) =>
        {
            if (asked.Number > 1) origin.Body = _body;
            return Task.CompletedTask;
        };
        await DownloadAsync(Request(1, origin.Url));
        Assert.Equal((Size + Piece, 5 * Piece, (6 * Piece) - 1), (origin.Sent, origin.Requests.Last().From, origin.Requests.Last().To));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_stays_wrong_is_a_failure_after_one_more_request_for_it(int segments)
    {
        await using var origin = new Origin(Damaged(0, 7));
        await Assert.ThrowsAsync<IntegrityException>(() => DownloadAsync(Request(segments, origin.Url)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        // With segments the first bytes count once more, since they may have been of several contents: one piece, all of it.
        Assert.InRange(origin.Sent, Size + (2 * Piece), (2 * Size) + (4 * Piece));
    }

    [Fact]
    public async Task A_mirror_of_something_else_is_not_mended_but_left()
    {
        await using var other = new Origin(Downloads.Bytes(Size, seed: 9));
        await using var good = new Origin(_body);
        await DownloadAsync(Request(1, other.Url, good.Url));
        Assert.Equal((Size, Size), (other.Sent, good.Sent));
    }

    [Fact]
    public async Task Two_mirrors_with_different_damage_make_one_right_file()
    {
        await using var one = new Origin(Damaged(2));
        await using var two = new Origin(Damaged(9)) { Tag = "\"other\"" };
        await DownloadAsync(Request(1, one.Url, two.Url));
        Assert.Equal((Size, Piece), (one.Sent, two.Sent));
    }

    [Fact]
    public async Task What_an_earlier_run_left_damaged_is_mended()
    {
        await using var origin = new Origin(_body) { Cut = static _ => 1_500_000 };
        await Assert.ThrowsAnyAsync<ProtocolClientException>(() => DownloadAsync(Request(1, origin.Url)));
        using (FileStream part = File.OpenWrite(Target + ".part"))
        {
            part.Position = 450_000;
            part.Write("damaged"u8);
        }

        (origin.Cut, long before) = (static _ => null, origin.Sent);
        await DownloadAsync(Request(1, origin.Url));
        Assert.Equal(Size - 1_500_000 + Piece, origin.Sent - before);
    }

    [Fact]
    public async Task A_server_without_ranges_gives_all_of_it_again()
    {
        await using var origin = new Origin(Damaged(5)) { KnowsRange = false };
        origin.Before = (asked, _) =>
        {
            if (asked.Number > 1) origin.Body = _body;
            return Task.CompletedTask;
        };
        await DownloadAsync(Request(1, origin.Url));
    }

    [Fact]
    public async Task Pieces_of_another_length_and_a_list_that_contradicts_itself_change_nothing()
    {
        await using var origin = new Origin(_body);
        await DownloadAsync(Request(1, origin.Url) with { Pieces = new MetalinkPieces(Piece, [.. PiecesOf(_body).Checksums.Take(3)]) });
        File.Delete(Target);
        IntegrityException failure = await Assert.ThrowsAsync<IntegrityException>(
            () => DownloadAsync(Request(1, origin.Url) with { Checksum = Downloads.Sha256([1]) }));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(4, false)]
    public async Task Pieces_of_another_length_prove_nothing_of_parts(int segments, bool breaks)
    {
        byte[] fresh = Downloads.Bytes(Size, seed: 2);
        await using var origin = new Origin(fresh) { Tag = null, Cut = asked => breaks && asked.Number == 1 ? Size / 2 : null };
        origin.Before = (asked, _) =>
        {
            // Another content of the same length, from the second answer on.
            if (asked.Number > 1) origin.Body = _body;
            return Task.CompletedTask;
        };
        await DownloadAsync(Request(segments, origin.Url) with { Checksums = [], Pieces = new MetalinkPieces(Piece, [.. PiecesOf(_body).Checksums.Take(3)]) }, attempts: 2);
        Assert.Null(origin.Requests.Last().From);
    }
}
