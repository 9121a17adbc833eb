namespace ProtocolClients.FtpTests;

/// <summary>What is measured here is the process's: nothing else runs beside it.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Trees of any size take the memory of small ones.</summary>
[Collection("alone")]
public sealed class TreeMemoryTests : IDisposable
{
    private readonly string _local = Directory.CreateTempSubdirectory("ftp-trees-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public void A_million_entries_do_not_lie_in_memory()
    {
        var one = new TreeFolder(null, "", "/one", "/tmp/one");
        using var queue = new TreeQueue();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 1_000_000; i++) queue.Push(new TreeEntry(one, "a-file-with-a-name-of-some-length-" + i, FtpEntryKind.File) { Size = i });
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(kept < 8 * 1024 * 1024, $"{kept} bytes");
        for (int i = 0; i < 1_000_000; i++)
        {
            Assert.True(queue.TryPop(out TreeEntry entry));
            if (entry.Size != i) Assert.Fail($"{entry.Size} came for {i}");
        }
    }

    [Fact]
    public async Task A_directory_of_a_hundred_thousand_entries_is_passed_over_in_flat_memory()
    {
        await using var server = new ListingServer { List = _ => Enumerable.Range(0, 100_000).Select(i => ListingServer.FileLine($"some-file-of-many-{i:000000}.skip", i)) };
        await using var ftp = new FtpClient(server.Url, new() { MaxConnections = 1 });
        long least = long.MaxValue;
        long rise = 0;
        int count = 0;
        var items = new Each(_ =>
        {
            if (++count % 10_000 != 0) return;
            long now = GC.GetTotalMemory(forceFullCollection: true);
            // What earlier tests left may go meanwhile; nothing may come.
            least = Math.Min(least, now);
            rise = Math.Max(rise, now - least);
        });
        FtpTreeResult result = (await ftp.DownloadTreeAsync("/t", Path.Combine(_local, "t"), new() { Exclude = ["*.skip"], Items = items })).EnsureSuccess();
        Assert.Equal(100_000, result.Skipped);
        Assert.True(rise < 4 * 1024 * 1024, $"{rise} bytes more than {least}");
    }

    private sealed class Each(Action<FtpTreeItem> action) : IProgress<FtpTreeItem>
    {
        public void Report(FtpTreeItem value)
        {
            lock (this) action(value);
        }
    }
}
