using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>Plans and their application, on the mock server over sockets.</summary>
public sealed class SyncTests : IDisposable
{
    private static readonly FtpSyncOptions Up = new();
    private static readonly FtpSyncOptions Down = new() { Direction = FtpSyncDirection.Down };
    private static readonly DateTimeOffset Then = new(2025, 6, 1, 10, 20, 30, TimeSpan.Zero);

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-sync-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public async Task A_plan_says_what_is_to_be_done_and_touches_nothing()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("same.txt", "same");
        Write("new.txt", "new");
        Write("longer.txt", "longer");
        Write("newer.txt", "newer", Then.AddHours(1));
        Write("older.txt", "older", Then.AddHours(-1));
        Write("dir/in.txt", "x");
        Write("clash", "file");
        File.CreateSymbolicLink(Local("link"), "/etc/hostname");
        Serve(server, "w/same.txt", "same");
        Serve(server, "w/longer.txt", "long");
        Serve(server, "w/newer.txt", "newer");
        Serve(server, "w/older.txt", "older");
        Serve(server, "w/extra.txt", "e");
        Serve(server, "w/clash/in.txt", "x");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Up);
        Assert.Equal(
        [
            "CreateDirectory dir New", "Upload dir/in.txt New", "Upload longer.txt SizeDiffers", "Upload new.txt New", "Upload newer.txt Newer", "Upload older.txt Older",
            "Skip clash Conflict", "Skip extra.txt Extra", "Skip link Link",
        ], Steps(plan));
        Assert.Equal((5, 20L, 0, 1L), (plan.Transfers, plan.Bytes, plan.Deletions, plan.Unchanged));
        Assert.Equal("clash", Assert.Single(plan.Problems).Path);
        Assert.Contains("> new.txt (3 bytes): New", plan.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Calls, call => call.Verb is "STOR" or "MKD" or "DELE" or "RNFR" or "MFMT" or "RMD");
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal("longer", server.Files["w/longer.txt"].ToString());
        Assert.Equal(Then.AddHours(-1), server.Files["w/older.txt"].Modified);
        Assert.True(server.Files.Contains("w/extra.txt"));
        Assert.True((await ftp.PlanSyncAsync(_local, "/w", Up)).IsEmpty);
    }

    [Fact]
    public async Task A_second_sync_changes_nothing_either_way()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("a.txt", "a");
        Write("sub/b.txt", "b");
        Directory.CreateDirectory(Local("empty"));
        await using FtpClient ftp = Client(server);
        FtpTreeResult up = (await ftp.ApplyAsync(await ftp.PlanSyncAsync(_local, "/x/y"))).EnsureSuccess();
        Assert.Equal((2, 3), (up.Transferred, up.Created));
        Assert.True((await ftp.PlanSyncAsync(_local, "/x/y")).IsEmpty);
        Assert.True((await ftp.PlanSyncAsync(_local, "/x/y", Down)).IsEmpty);
        string copy = Path.Combine(_local, "..", Path.GetFileName(_local) + "-copy");
        try
        {
            FtpSyncPlan plan = await ftp.PlanSyncAsync(copy, "/x/y", Down);
            Assert.False(Directory.Exists(copy));
            (await ftp.ApplyAsync(plan)).EnsureSuccess();
            Assert.Equal("b", await File.ReadAllTextAsync(Path.Combine(copy, "sub", "b.txt")));
            Assert.True((await ftp.PlanSyncAsync(copy, "/x/y", Down)).IsEmpty);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }

        Assert.DoesNotContain(server.Calls.Problems, call => call.Verb != "AUTH");
    }

    [Fact]
    public async Task A_server_that_lists_to_the_minute_and_sets_no_times_is_synced_once()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = ["MLSD", "MLST", "MFMT", "SITE"] });
        Write("a.txt", "a");
        await using FtpClient ftp = Client(server);
        Assert.Equal(1, (await ftp.ApplyAsync(await ftp.PlanSyncAsync(_local, "/w"))).EnsureSuccess().Transferred);
        FtpSyncPlan again = await ftp.PlanSyncAsync(_local, "/w");
        Assert.True(again.IsEmpty, again.ToString());
        Assert.False((await ftp.PlanSyncAsync(_local, "/w", Up with { Times = FtpSyncTimes.Equal })).IsEmpty);
    }

    [Theory]
    [InlineData(MockFtpListingStyle.Unix)]
    [InlineData(MockFtpListingStyle.Dos)]
    public async Task A_server_that_lists_in_its_own_time_is_synced(MockFtpListingStyle style)
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(3), null, null);
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = ["MLSD", "MLST"], Listing = style, ListTimeZone = zone });
        Write("a.txt", "mine", DateTimeOffset.UtcNow);
        foreach (string name in (string[])["a.txt", "x.txt", "y.txt"]) Serve(server, "w/" + name, "old!", DateTimeOffset.UtcNow.AddDays(-3));
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Up with { DeleteExtra = true });
        Assert.Equal(["Upload a.txt Newer", "Delete x.txt Extra", "Delete y.txt Extra"], Steps(plan));
        Serve(server, "w/y.txt", "new!", DateTimeOffset.UtcNow.AddDays(-2));
        FtpTreeResult result = await ftp.ApplyAsync(plan);
        Assert.Equal("y.txt", Assert.Single(result.Failures).Path);
        Assert.Equal(["w/a.txt", "w/y.txt"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.Equal("mine", Text(server, "w/a.txt"));
    }

    [Fact]
    public async Task What_is_extra_goes_only_when_it_may_and_only_so_much()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("a.txt", "a");
        Serve(server, "w/a.txt", "a");
        Serve(server, "w/x1", "x");
        Serve(server, "w/old/x2", "x");
        Serve(server, "w/old/deep/x3", "x");
        Serve(server, "w/half/x4", "x");
        Serve(server, "w/half/keep.log", "x");
        await using FtpClient ftp = Client(server);
        FtpSyncOptions options = Up with { DeleteExtra = true, Exclude = ["*.log"] };
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", options);
        Assert.Equal(
        [
            "Delete half/x4 Extra", "Delete old/deep/x3 Extra", "Delete old/x2 Extra", "Delete x1 Extra", "DeleteDirectory old/deep Extra", "DeleteDirectory old Extra", "Skip half/keep.log Excluded",
        ], Steps(plan));
        FtpSyncPlan limited = await ftp.PlanSyncAsync(_local, "/w", options with { MaxDelete = 5 });
        await Assert.ThrowsAsync<InvalidOperationException>(() => ftp.ApplyAsync(limited));
        Assert.True(server.Files.Contains("w/x1"));
        // What came since is in no plan.
        Serve(server, "w/fresh", "x");
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal(["w/a.txt", "w/fresh", "w/half/keep.log"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.False(server.Files.ContainsDirectory("w/old"));
    }

    [Fact]
    public async Task Extra_files_here_go_and_links_stay()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Serve(server, "w/a.txt", "a");
        Write("a.txt", "a");
        Write("x/y", "extra");
        Write("z/y", "extra");
        File.CreateSymbolicLink(Local("z/link"), "/etc/hostname");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Down with { DeleteExtra = true });
        Assert.Equal(["Delete x/y Extra", "Delete z/y Extra", "DeleteDirectory x Extra", "Skip z/link Link"], Steps(plan));
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.False(Directory.Exists(Local("x")));
        Assert.True(Directory.Exists(Local("z")));
    }

    [Fact]
    public async Task What_changed_since_the_plan_is_left_alone_and_nothing_is_deleted_then()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("a.txt", "ours");
        Write("b.txt", "ours");
        Write("n.txt", "ours");
        Serve(server, "w/a.txt", "old");
        Serve(server, "w/b.txt", "old");
        Serve(server, "w/x.txt", "old");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Up with { DeleteExtra = true });
        Serve(server, "w/a.txt", "theirs");
        Serve(server, "w/n.txt", "theirs");
        FtpTreeResult result = await ftp.ApplyAsync(plan);
        Assert.Equal(["a.txt", "n.txt"], result.Failures.Select(item => item.Path).Order(StringComparer.Ordinal));
        Assert.Equal(1, result.Transferred);
        Assert.NotNull(result.EndedEarly);
        Assert.Equal(("theirs", "ours", "theirs", "old"), (Text(server, "w/a.txt"), Text(server, "w/b.txt"), Text(server, "w/n.txt"), Text(server, "w/x.txt")));
        FtpSyncPlan deletes = plan with { Steps = [.. plan.Steps.Where(step => step.Action == FtpSyncAction.Delete)] };
        Serve(server, "w/x.txt", "theirs");
        Assert.Equal("x.txt", Assert.Single((await ftp.ApplyAsync(deletes)).Failures).Path);
        Assert.Equal("theirs", Text(server, "w/x.txt"));
    }

    [Fact]
    public async Task What_changed_here_since_the_plan_is_left_alone()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Serve(server, "w/a.txt", "theirs");
        Serve(server, "w/n.txt", "theirs");
        Write("a.txt", "old");
        Write("x.txt", "old");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Down with { DeleteExtra = true });
        Write("a.txt", "mine");
        Write("n.txt", "mine");
        FtpTreeResult result = await ftp.ApplyAsync(plan);
        Assert.Equal(2, result.Failures.Count);
        Assert.Equal(("mine", "mine", "old"), (await File.ReadAllTextAsync(Local("a.txt")), await File.ReadAllTextAsync(Local("n.txt")), await File.ReadAllTextAsync(Local("x.txt"))));
        Write("x.txt", "mine");
        await ftp.ApplyAsync(plan with { Steps = [.. plan.Steps.Where(step => step.Action == FtpSyncAction.Delete)] });
        Assert.Equal("mine", await File.ReadAllTextAsync(Local("x.txt")));
    }

    [Fact]
    public async Task A_plan_that_was_applied_in_part_is_applied_again_and_does_the_rest()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        for (int i = 0; i < 20; i++) Write($"d{i % 3}/f{i:00}", "content " + i);
        Serve(server, "w/extra", "x");
        server.DataFaults.StallAfterBytes(3).On("STOR /w/d1/f10.part");
        FtpSyncPlan plan;
        await using (FtpClient ftp = Client(server, connections: 2))
        {
            plan = await ftp.PlanSyncAsync(_local, "/w", Up with { DeleteExtra = true });
            var some = new Some();
            using var stop = new CancellationTokenSource();
            Task<FtpTreeResult> run = ftp.ApplyAsync(plan, new() { Items = some }, stop.Token);
            await some.Reached;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        Assert.True(server.Files.Contains("w/extra"));
        server.DataFaults.Clear();
        // What the first client had sent is done or dropped before the second one looks.
        await server.LeftAsync();
        await using FtpClient again = Client(server, connections: 4);
        FtpTreeResult rest = (await again.ApplyAsync(plan)).EnsureSuccess();
        Assert.True(rest.Skipped > 0);
        for (int i = 0; i < 20; i++) Assert.Equal("content " + i, Text(server, $"w/d{i % 3}/f{i:00}"));
        Assert.False(server.Files.Contains("w/extra"));
        FtpTreeResult third = (await again.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal((0, 0), (third.Transferred, third.Deleted));
    }

    [Fact]
    public async Task Rules_and_depth_bound_a_plan()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("a.html", "a");
        Write("a.tmp", "a");
        Write("x/b.html", "b");
        Write("y/c.css", "c");
        Write("1/2/3/d.html", "d");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Up with { Include = ["*.html"], MaxDepth = 3 });
        Assert.Equal(
        [
            "CreateDirectory  New", "CreateDirectory x New", "Upload a.html New", "Upload x/b.html New", "Skip 1/2/3 TooDeep", "Skip a.tmp Excluded", "Skip y/c.css Excluded",
        ], Steps(plan));
        await Assert.ThrowsAsync<WireLimitException>(() => ftp.PlanSyncAsync(_local, "/w", Up with { MaxEntries = 3 }));
    }

    [Fact]
    public async Task Sizes_alone_are_compared_on_request()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Write("a.txt", "abc", Then.AddYears(1));
        Serve(server, "w/a.txt", "xyz");
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Up with { Compare = FtpSyncComparison.Size, ListUnchanged = true });
        Assert.Equal(["Skip a.txt Unchanged"], Steps(plan));
        Assert.True(plan.IsEmpty);
    }

    [Fact]
    public async Task Hashes_are_compared_and_times_alone_set()
    {
        string hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("same"u8.ToArray()));
        await using var server = new ListingServer
        {
            List = _ => [ListingServer.FileLine("same.txt", 4), ListingServer.FileLine("else.txt", 4)],
            Content = _ => "same"u8.ToArray(),
            Reply = line => line switch
            {
                "FEAT" => "211-Features\r\n MLST type*;size*;modify*;\r\n XSHA256\r\n MFMT\r\n211 End",
                "XSHA256 /w/same.txt" or "XSHA256 /w/else.txt" => "250 " + hash,
                _ => null,
            },
        };
        Write("same.txt", "same");
        Write("else.txt", "diff", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using FtpClient ftp = new(server.Url, new() { Resilience = ResilienceOptions.None });
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Down with { Compare = FtpSyncComparison.Hash });
        Assert.Equal(["Download else.txt HashDiffers", "SetTime same.txt TimeDiffers"], Steps(plan));
        FtpTreeResult result = (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal((1, 1), (result.Transferred, result.TimesSet));
        Assert.Equal(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), File.GetLastWriteTimeUtc(Local("same.txt")));
        Assert.True((await ftp.PlanSyncAsync(_local, "/w", Down with { Compare = FtpSyncComparison.Hash })).IsEmpty);
        Assert.True((await ftp.PlanSyncAsync(_local, "/w", Down)).IsEmpty);
    }

    [Fact]
    public async Task Without_a_hash_of_the_server_s_there_is_no_such_plan()
    {
        await using var server = new ListingServer { List = _ => [] };
        await using FtpClient ftp = new(server.Url, new() { Resilience = ResilienceOptions.None });
        await Assert.ThrowsAsync<CapabilityMissingException>(() => ftp.PlanSyncAsync(_local, "/w", Down with { Compare = FtpSyncComparison.Hash }));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => ftp.PlanSyncAsync(Local("nowhere"), "/w"));
        Assert.True((await ftp.PlanSyncAsync(Local("nowhere"), "/w", Down)).Steps is [{ Action: FtpSyncAction.CreateDirectory, Path: "" }]);
    }

    [Fact]
    public async Task What_cannot_be_listed_is_a_problem_and_nothing_below_it_is_deleted()
    {
        await using var server = new ListingServer { List = path => path == "/w" ? [ListingServer.DirectoryLine("secret"), ListingServer.FileLine("a", 1)] : null, Content = _ => [65] };
        Write("secret/mine.txt", "mine");
        await using FtpClient ftp = new(server.Url, new() { Resilience = ResilienceOptions.None });
        FtpSyncPlan plan = await ftp.PlanSyncAsync(_local, "/w", Down with { DeleteExtra = true });
        Assert.Equal(["Download a New", "Skip secret Unreadable"], Steps(plan));
        Assert.IsType<FtpReplyException>(Assert.Single(plan.Problems).Problem);
    }

    private static FtpClient Client(MockFtpServer server, int connections = 4) =>
        new(server.Url, new() { Transport = server.Transport, Resilience = ResilienceOptions.None, MaxConnections = connections });

    private static string[] Steps(FtpSyncPlan plan) => [.. plan.Steps.Select(step => $"{step.Action} {step.Path} {step.Reason}")];

    private static void Serve(MockFtpServer server, string path, string text, DateTimeOffset? modified = null) =>
        server.Files[path] = new MockFile(System.Text.Encoding.UTF8.GetBytes(text)) { Modified = modified ?? Then };

    private static string Text(MockFtpServer server, string path) => server.Files[path].ToString();

    private string Local(string name) => Path.Combine(_local, name);

    private void Write(string name, string text, DateTimeOffset? modified = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Local(name))!);
        File.WriteAllText(Local(name), text);
        File.SetLastWriteTimeUtc(Local(name), (modified ?? Then).UtcDateTime);
    }

    private sealed class Some : IProgress<FtpTreeItem>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Reached => _reached.Task;

        public void Report(FtpTreeItem value)
        {
            if (value.Outcome == FtpTreeOutcome.Transferred && Interlocked.Increment(ref _count) >= 8) _reached.TrySetResult();
        }
    }
}
