namespace ProtocolClients.UrlTests;

/// <summary>Every byte is missing, in one chunk, or done.</summary>
public sealed class ChunkQueueTests
{
    private const long Mega = 1024 * 1024;

    private static ChunkQueue Queue(long total, int workers, params ReadOnlySpan<ByteRange> done) => new(new RangeSet(done.ToArray()), total, Mega, 64 * Mega, workers);

    [Fact]
    public void Chunks_grow_with_the_speed_and_shrink_towards_the_end()
    {
        ChunkQueue queue = Queue(1000 * Mega, 4);
        Assert.Equal(Mega, queue.Take(0)!.End);
        Assert.Equal(15 * Mega, queue.Take(10 * Mega) is { } chunk ? chunk.End - chunk.Start : 0);
        Assert.Equal(64 * Mega, queue.Take(1000 * Mega) is { } most ? most.End - most.Start : 0);
        long last = long.MaxValue;
        while (queue.Take(1000 * Mega) is { } next) last = next.End - next.Start;
        Assert.InRange(last, Mega / 2, 2 * Mega);
    }

    [Fact]
    public void What_a_broken_connection_lacks_is_handed_out_again_from_its_last_byte()
    {
        ChunkQueue queue = Queue(10 * Mega, 2, new ByteRange(0, 2 * Mega));
        Chunk first = queue.Take(0)!;
        Chunk second = queue.Take(0)!;
        Assert.Equal((2 * Mega, 3 * Mega), (first.Start, second.Start));
        queue.Advance(first, 700_000, 1);
        queue.Advance(second, (int)Mega, 1);
        queue.Return(second);
        Task changed = queue.Changed;
        Assert.False(changed.IsCompleted);
        queue.Return(first);
        Assert.True(changed.IsCompleted);
        Assert.Equal([new(0, (2 * Mega) + 700_000), new(3 * Mega, 4 * Mega)], queue.Snapshot().Ranges);
        Assert.Equal((3 * Mega) + 700_000, queue.Done);
        Assert.Equal((2 * Mega) + 700_000, queue.Take(0)!.Start);
    }

    [Fact]
    public void The_slowest_gives_its_second_half_away_when_nothing_else_is_left()
    {
        ChunkQueue queue = Queue(Mega, 2);
        Chunk slow = queue.Take(0)!;
        Assert.Equal(Mega, slow.End);
        queue.Advance(slow, 1000, rate: 10_000);
        Chunk half = queue.Take(0)!;
        Assert.Equal((slow.End, Mega), (half.Start, half.End));
        // What comes behind the nearer end is the other's to count.
        queue.Advance(slow, (int)Mega, 10_000_000);
        Assert.Equal(slow.End, slow.Position);
        queue.Advance(half, (int)(half.End - half.Start), 10_000_000);
        Assert.True(queue.IsDone);
        Assert.Equal([new(0, Mega)], queue.Snapshot().Ranges);
        Assert.Null(queue.Take(0));
    }

    [Fact]
    public void A_fast_one_shares_nothing()
    {
        ChunkQueue queue = Queue(Mega, 2);
        queue.Advance(queue.Take(0)!, 1000, rate: 10_000_000);
        Assert.Null(queue.Take(0));
    }

    [Fact]
    public void Ranges_join_and_part_and_count()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            var ranges = new RangeSet();
            bool[] model = new bool[100];
            for (int step = 0; step < 30; step++)
            {
                int start = random.Next(100);
                int end = start + random.Next(100 - start);
                bool add = random.Next(3) > 0;
                if (add) ranges.Add(start, end);
                else ranges.Remove(start, end);
                Array.Fill(model, add, start, end - start);
                Assert.Equal(model.LongCount(here => here), ranges.Bytes);
                Assert.Equal(Array.IndexOf(model, false) is >= 0 and { } gap ? gap : 100, ranges.Prefix);
                Assert.Equal(model.LongCount(here => !here), ranges.Missing(100).Bytes);
                Assert.All(ranges.Ranges, range => Assert.True(range.Start < range.End));
                Assert.All(ranges.Ranges.Zip(ranges.Ranges.Skip(1)), pair => Assert.True(pair.First.End < pair.Second.Start));
            }
        }
    }
}
