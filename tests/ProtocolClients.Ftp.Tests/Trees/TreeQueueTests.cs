namespace ProtocolClients.FtpTests;

public sealed class TreeQueueTests
{
    private readonly TreeFolder _one = new(null, "", "/one", "/tmp/one");
    private readonly TreeFolder _two = new(null, "", "/two", "/tmp/two");

    [Fact]
    public void What_went_in_comes_out_in_order_also_by_way_of_the_disk()
    {
        using var queue = new TreeQueue(blockSize: 16);
        TreeEntry[] entries = [.. Enumerable.Range(0, 1000).Select(Entry)];
        foreach (TreeEntry entry in entries) queue.Push(entry);
        Assert.True(queue.Spilled > 50);
        Assert.Equal(1000, queue.Count);
        Assert.Equal(entries, All(queue));
        Assert.Equal((0, 0), (queue.Count, queue.Spilled));
    }

    [Fact]
    public void It_is_pushed_to_and_popped_from_in_turn()
    {
        using var queue = new TreeQueue(blockSize: 4);
        var random = new Random(5);
        var expected = new Queue<TreeEntry>();
        for (int i = 0; i < 5000; i++)
        {
            if (random.Next(100) < 60)
            {
                queue.Push(Entry(i));
                expected.Enqueue(Entry(i));
            }
            else if (queue.TryPop(out TreeEntry popped))
            {
                Assert.Equal(expected.Dequeue(), popped);
            }
            else
            {
                Assert.Empty(expected);
            }
        }

        Assert.Equal(expected, All(queue));
    }

    [Fact]
    public void Files_with_their_places_come_out_as_they_went_in()
    {
        using var queue = new PairQueue(blockSize: 16);
        FtpFilePair[] pairs =
        [
            .. Enumerable.Range(0, 1000).Select(i => new FtpFilePair(i % 5 == 0 ? FtpPath.FromBytes([0xE9, (byte)i, (byte)(i >> 8)]) : "/näme " + i, "/tmp/ö" + i)
            {
                Size = i % 2 == 0 ? null : i * 1_000_000_000L,
                Modified = i % 4 == 0 ? null : new DateTimeOffset(i * 10_000_000L, TimeSpan.Zero),
                Precision = (FtpTimePrecision)(i % 6),
            }),
        ];
        foreach (FtpFilePair pair in pairs) queue.Push(pair);
        Assert.True(queue.Spilled > 50);
        var all = new List<FtpFilePair>();
        while (queue.TryPop(out FtpFilePair popped)) all.Add(popped);
        Assert.Equal(pairs, all);
    }

    private TreeEntry Entry(int i) => new(
        i % 7 < 3 ? _one : _two,
        i % 5 == 0 ? FtpPath.FromBytes([0xE9, (byte)i, (byte)(i >> 8)]) : "näme " + i,
        i % 3 == 0 ? FtpEntryKind.Directory : FtpEntryKind.File)
    {
        Size = i % 2 == 0 ? -1 : i * 1_000_000_000L,
        Modified = i % 4 == 0 ? -1 : i * 10_000_000L,
        Precision = (FtpTimePrecision)(i % 6),
        Mark = (byte)(i % 3),
    };

    private static List<TreeEntry> All(TreeQueue queue)
    {
        var all = new List<TreeEntry>();
        while (queue.TryPop(out TreeEntry entry)) all.Add(entry);
        return all;
    }
}
