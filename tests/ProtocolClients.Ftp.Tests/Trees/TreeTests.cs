using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests;

/// <summary>Trees on the mock server, over sockets: faults, crashes, rules. What a real server does too is in <see cref="FtpTreeBehaviour"/>.</summary>
public sealed class TreeTests : IDisposable
{
    private static readonly ResilienceOptions Quick = new() { BaseDelay = TimeSpan.FromMilliseconds(1), BreakerFailures = 0 };

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-trees-").FullName;

    public void Dispose() => Directory.Delete(_local, recursive: true);

    [Fact]
    public async Task A_small_file_of_a_tree_costs_two_round_trips()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        for (int i = 0; i < 20; i++) server.Files[$"t/f{i}"] = new byte[10];
        await using FtpClient ftp = Client(server, connections: 1);
        (await ftp.DownloadTreeAsync("/t", Local("t"))).EnsureSuccess();
        server.Calls.AssertCount(0, "SIZE");
        server.Calls.AssertCount(0, "MDTM");
        server.Calls.AssertCount(20, "RETR");
        server.Calls.AssertCount(21, "EPSV");
        server.Calls.AssertCount(1, "MLSD");
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_in_the_middle_goes_on_where_it_was()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        byte[] content = Bytes(3_000_000);
        server.Files["t/big"] = content;
        server.Files["t/small"] = "s"u8;
        server.DataFaults.TruncateAfterBytes(2_000_000).On("RETR /t/big").Once();
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = (await ftp.DownloadTreeAsync("/t", Local("t"))).EnsureSuccess();
        Assert.Equal((2, 3_000_001), (result.Transferred, result.Bytes));
        Assert.Equal(content, await File.ReadAllBytesAsync(Local("t/big")));
        Assert.Contains(server.Calls, call => call.Verb == "REST");
        Assert.Equal(["big", "small"], Names("t"));
    }

    [Fact]
    public async Task A_listing_that_breaks_off_is_gone_on_with_and_no_entry_comes_twice()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        for (int i = 0; i < 3000; i++) server.Files[$"t/file-{i:0000}"] = "x"u8;
        server.DataFaults.TruncateAfterBytes(120_000).On("MLSD").Once();
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = (await ftp.DownloadTreeAsync("/t", Local("t"))).EnsureSuccess();
        Assert.Equal((3000, 0), (result.Transferred, result.Skipped));
        server.Calls.AssertCount(2, "MLSD");
        Assert.Equal(3000, server.Calls.Of("RETR").Count);
    }

    [Fact]
    public async Task A_run_that_was_killed_is_begun_again_and_does_the_rest()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = 0; i < 40; i++) contents[$"d{i % 4}/f{i}"] = Bytes(1000 + i);
        contents["big"] = Bytes(4_000_000);
        foreach ((string name, byte[] content) in contents) server.Files["t/" + name] = content;
        FaultRule stall = server.DataFaults.StallAfterBytes(3_000_000).On("RETR /t/big");
        var some = new Some(count: 30);
        await using (FtpClient ftp = Client(server, connections: 2))
        {
            using var stop = new CancellationTokenSource();
            Task<FtpTreeResult> run = ftp.DownloadTreeAsync("/t", Local("t"), new() { Items = some }, stop.Token);
            await some.Reached;
            while (!File.Exists(Local("t/big.part")) || new FileInfo(Local("t/big.part")).Length < 2_000_000) await Task.Yield();
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        Assert.False(File.Exists(Local("t/big")));
        server.DataFaults.Clear();
        await server.LeftAsync();
        int before = server.Calls.Of("RETR").Count;
        await using (FtpClient ftp = Client(server, connections: 4))
        {
            FtpTreeResult again = (await ftp.DownloadTreeAsync("/t", Local("t"))).EnsureSuccess();
            Assert.True(again.Skipped >= 30, again.ToString());
            Assert.Equal(41, again.Skipped + again.Transferred);
            Assert.Equal(again.Transferred, server.Calls.Of("RETR").Count - before);
        }

        Assert.Contains(server.Calls, call => call.Verb == "REST");
        foreach ((string name, byte[] content) in contents) Assert.Equal(content, await File.ReadAllBytesAsync(Local("t/" + name)));
        Assert.Empty(Directory.GetFiles(Local("t"), "*.part*", SearchOption.AllDirectories));
        _ = stall;
    }

    [Fact]
    public async Task What_cannot_be_listed_or_is_gone_hides_nothing_else()
    {
        await using var server = new ListingServer
        {
            List = path => path switch
            {
                "/t" => [ListingServer.DirectoryLine("secret"), ListingServer.FileLine("gone", 4), ListingServer.FileLine("good", 4), ListingServer.DirectoryLine("sub")],
                "/t/sub" => [ListingServer.FileLine("good", 4)],
                _ => null,
            },
            Content = path => path.EndsWith("good", StringComparison.Ordinal) ? "good"u8.ToArray() : null,
        };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Local("t"));
        Assert.Equal(["gone", "secret"], result.Failures.Select(item => item.Path).Order(StringComparer.Ordinal));
        Assert.All(result.Failures, item => Assert.Equal(550, Assert.IsType<FtpReplyException>(item.Failure).Code));
        Assert.Equal(2, result.Transferred);
        Assert.Equal("good", await File.ReadAllTextAsync(Local("t/sub/good")));
        FtpTreeException thrown = Assert.Throws<FtpTreeException>(result.EnsureSuccess);
        Assert.IsType<FtpReplyException>(thrown.InnerException);
        Assert.Same(result, thrown.Result);
    }

    [Fact]
    public async Task The_top_that_cannot_be_listed_fails_the_whole()
    {
        await using var server = new ListingServer();
        await using FtpClient ftp = Client(server);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DownloadTreeAsync("/t", Local("t")));
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteTreeAsync("/t"));
    }

    [Fact]
    public async Task After_so_many_failures_the_run_ends()
    {
        await using var server = new ListingServer { List = _ => Enumerable.Range(0, 500).Select(i => ListingServer.FileLine("f" + i, 1)) };
        await using FtpClient ftp = Client(server, connections: 2);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Local("t"), new() { MaxFailures = 5 });
        Assert.Equal(5, result.Failures.Count);
        Assert.Equal("too much failed", result.EndedEarly);
        Assert.True(server.Commands.Count(line => line.StartsWith("RETR", StringComparison.Ordinal)) < 20);
    }

    [Fact]
    public async Task There_are_no_more_entries_than_allowed()
    {
        await using var server = new ListingServer { List = _ => Endless() };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Local("t"), new() { MaxEntries = 1000, Exclude = ["f*"] });
        Assert.Equal("there are more than 1000 entries", result.EndedEarly);
        Assert.False(result.IsSuccess);

        static IEnumerable<string> Endless()
        {
            for (int i = 0; ; i++) yield return ListingServer.FileLine("f" + i, 1);
        }
    }

    [Fact]
    public async Task Only_what_the_rules_mean_moves_and_directories_without_it_are_not_made()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        foreach (string path in (string[])["t/a.txt", "t/a.bin", "t/x/b.txt", "t/y/c.bin", "t/z/obj/d.txt", "t/e.txt.part"]) server.Files[path] = "x"u8;
        await using FtpClient ftp = Client(server);
        var items = new List<FtpTreeItem>();
        await ftp.DownloadTreeAsync("/t", Local("t"), new() { Include = ["*.txt", "*.part"], Exclude = ["obj/"], Connections = 1, Items = new Each(items.Add) });
        Assert.Equal(["a.txt", "x/b.txt"], Names("t"));
        Assert.False(Directory.Exists(Local("t/y")));
        Assert.Contains(items, item => item is { Path: "z/obj", Reason: "excluded" });
        Assert.Contains(items, item => item is { Path: "e.txt.part", Reason: "a part of a transfer" });
    }

    [Fact]
    public async Task A_file_that_is_here_and_differs_stays_unless_it_may_go()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        server.Files["t/a"] = "there"u8;
        Directory.CreateDirectory(Local("t"));
        await File.WriteAllTextAsync(Local("t/a"), "here");
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Local("t"));
        Assert.IsType<IOException>(Assert.Single(result.Failures).Failure);
        Assert.Equal("here", await File.ReadAllTextAsync(Local("t/a")));
        (await ftp.DownloadTreeAsync("/t", Local("t"), new() { Transfer = new() { WhenExists = ExistingFile.Overwrite, KeepTime = true } })).EnsureSuccess();
        Assert.Equal("there", await File.ReadAllTextAsync(Local("t/a")));
    }

    [Fact]
    public async Task Progress_is_told_of_the_whole()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        for (int i = 0; i < 10; i++) server.Files["t/f" + i] = new byte[1000];
        await using FtpClient ftp = Client(server);
        FtpTreeProgress last = default;
        (await ftp.DownloadTreeAsync("/t", Local("t"), new() { Progress = new Told(progress => last = progress) })).EnsureSuccess();
        Assert.Equal(new FtpTreeProgress(10, 10, 10_000, 10_000) { IsCounted = true, Rate = last.Rate }, last);
    }

    [Fact]
    public async Task Many_files_go_where_they_are_told()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        for (int i = 0; i < 30; i++) server.Files[$"t/f{i}"] = "content " + i;
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = (await ftp.DownloadManyAsync(
            ftp.ListAsync("/t").Select(entry => new FtpFilePair(entry, Local("many/" + entry.Name))))).EnsureSuccess();
        Assert.Equal(30, result.Transferred);
        Assert.Equal("content 7", await File.ReadAllTextAsync(Local("many/f7")));
        server.Calls.AssertCount(0, "SIZE");
        FtpTreeResult again = await ftp.DownloadManyAsync([new FtpFilePair("/t/f1", Local("more/one")), new FtpFilePair("/t/missing", Local("more/two"))]);
        Assert.Equal("/t/missing", Assert.Single(again.Failures).Path);
        Assert.Equal(1, again.Transferred);
    }

    [Fact]
    public async Task A_tree_goes_up_without_asking_what_is_known_and_again_without_a_transfer()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Directory.CreateDirectory(Local("t/sub/empty"));
        for (int i = 0; i < 5; i++) await File.WriteAllBytesAsync(Local($"t/sub/f{i}"), Bytes(100 + i));
        File.CreateSymbolicLink(Local("t/link"), "/etc/hostname");
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = (await ftp.UploadTreeAsync(Local("t"), "/a/b")).EnsureSuccess();
        Assert.Equal((5, 3, 1), (result.Transferred, result.Created, result.Skipped));
        server.Calls.AssertCount(0, "MLSD");
        Assert.False(server.Files.Contains("a/b/link"));
        Assert.True(server.Files.ContainsDirectory("a/b/sub/empty"));
        FtpTreeResult again = (await ftp.UploadTreeAsync(Local("t"), "/a/b")).EnsureSuccess();
        Assert.Equal((0, 6), (again.Transferred, again.Skipped));
        server.Calls.AssertCount(5, "STOR");
        await File.WriteAllTextAsync(Local("t/sub/f1"), "another");
        FtpTreeResult differs = await ftp.UploadTreeAsync(Local("t"), "/a/b");
        Assert.Equal("sub/f1", Assert.Single(differs.Failures).Path);
        (await ftp.UploadTreeAsync(Local("t"), "/a/b", new() { Transfer = new() { WhenExists = ExistingFile.Overwrite, KeepTime = true } })).EnsureSuccess();
        Assert.Equal("another", server.Files["a/b/sub/f1"].ToString());
        Assert.DoesNotContain(server.Calls.Problems, call => call.Verb != "AUTH");
    }

    [Fact]
    public async Task A_server_that_sets_no_times_gets_files_all_the_same_and_a_second_run_moves_nothing()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync(new() { Without = ["MFMT", "SITE"] });
        Directory.CreateDirectory(Local("t"));
        for (int i = 0; i < 4; i++)
        {
            await File.WriteAllBytesAsync(Local($"t/f{i}"), Bytes(100 + i));
            File.SetLastWriteTimeUtc(Local($"t/f{i}"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        await using FtpClient ftp = Client(server, connections: 1);
        Assert.Equal(4, (await ftp.UploadTreeAsync(Local("t"), "/t")).EnsureSuccess().Transferred);
        Assert.Equal(4, (await ftp.UploadTreeAsync(Local("t"), "/t")).EnsureSuccess().Skipped);
        server.Calls.AssertCount(4, "STOR");
    }

    [Fact]
    public async Task An_upload_that_was_killed_is_begun_again_and_does_the_rest()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        Directory.CreateDirectory(Local("t"));
        for (int i = 0; i < 20; i++) await File.WriteAllBytesAsync(Local($"t/f{i:00}"), Bytes(20_000 + i));
        server.DataFaults.StallAfterBytes(10_000).On("STOR /t/f10.part");
        var some = new Some(count: 10);
        await using (FtpClient ftp = Client(server, connections: 2))
        {
            using var stop = new CancellationTokenSource();
            Task<FtpTreeResult> run = ftp.UploadTreeAsync(Local("t"), "/t", new() { Items = some }, stop.Token);
            await some.Reached;
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        server.DataFaults.Clear();
        await server.LeftAsync();
        await using FtpClient again = Client(server, connections: 4);
        (await again.UploadTreeAsync(Local("t"), "/t")).EnsureSuccess();
        for (int i = 0; i < 20; i++) Assert.Equal(Bytes(20_000 + i), server.Files[$"t/f{i:00}"].ToArray());
    }

    [Fact]
    public async Task A_tree_is_deleted_from_its_leaves_up_but_for_what_is_excluded()
    {
        await using MockFtpServer server = await MockFtpServer.StartAsync();
        foreach (string path in (string[])["t/a", "t/x/b", "t/x/y/c", "t/keep/this.txt", "t/keep/that", "other"]) server.Files[path] = "x"u8;
        server.Files.AddDirectory("t/empty");
        await using FtpClient ftp = Client(server);
        (await ftp.DeleteTreeAsync("/t", new() { Exclude = ["*.txt"] })).EnsureSuccess();
        Assert.Equal(["other", "t/keep/this.txt"], server.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.False(server.Files.ContainsDirectory("t/x"));
        FtpTreeResult rest = (await ftp.DeleteTreeAsync("/t")).EnsureSuccess();
        Assert.Equal(3, rest.Deleted);
        Assert.False(server.Files.ContainsDirectory("t"));
        Assert.True(server.Files.Contains("other"));
    }

    [Fact]
    public async Task An_option_of_one_file_is_refused()
    {
        await using var ftp = new FtpClient("ftp://127.0.0.1:1");
        await Assert.ThrowsAsync<ArgumentException>(() => ftp.DownloadTreeAsync("/", Local("t"), new() { Transfer = new() { Checksum = "md5:d41d8cd98f00b204e9800998ecf8427e" } }));
        await Assert.ThrowsAsync<ArgumentException>(() => ftp.DeleteTreeAsync(""));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => ftp.UploadTreeAsync(Local("nowhere"), "/"));
    }

    private static FtpClient Client(MockFtpServer server, int connections = 4) =>
        new(server.Url, new() { Transport = server.Transport, Resilience = Quick, MaxConnections = connections });

    private static FtpClient Client(ListingServer server, int connections = 4) => new(server.Url, new() { Resilience = Quick, MaxConnections = connections });

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private string Local(string name) => Path.Combine(_local, name);

    private string[] Names(string folder) =>
        [.. Directory.GetFiles(Local(folder), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Local(folder), file)).Order(StringComparer.Ordinal)];

    private sealed class Each(Action<FtpTreeItem> action) : IProgress<FtpTreeItem>
    {
        public void Report(FtpTreeItem value)
        {
            lock (this) action(value);
        }
    }

    private sealed class Told(Action<FtpTreeProgress> action) : IProgress<FtpTreeProgress>
    {
        public void Report(FtpTreeProgress value) => action(value);
    }

    private sealed class Some(int count) : IProgress<FtpTreeItem>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Reached => _reached.Task;

        public void Report(FtpTreeItem value)
        {
            if (value.Outcome == FtpTreeOutcome.Transferred && Interlocked.Increment(ref _count) >= count) _reached.TrySetResult();
        }
    }
}
