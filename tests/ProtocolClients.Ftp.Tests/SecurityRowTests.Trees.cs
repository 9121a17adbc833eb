namespace ProtocolClients.FtpTests;

/// <summary>Trees of a server that means ill. Each test is named after its row of the list of advisories.</summary>
public sealed class SecurityRowTreeTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("ftp-rows-").FullName;

    public SecurityRowTreeTests() => Directory.CreateDirectory(Root);

    private string Root => Path.Combine(_outside, "root", "in");

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("../x")]
    [InlineData("/abs")]
    [InlineData("..\\x")]
    [InlineData("C:x")]
    [InlineData("C:\\x")]
    [InlineData("..%2Fx/../y")]
    [InlineData("CON")]
    [InlineData("nul.txt")]
    [InlineData("a:stream")]
    [InlineData("trailing.")]
    [InlineData("sub/inner")]
    public async Task Row_31_and_32_a_name_that_is_not_one_segment_here_is_refused_and_nothing_is_written(string name)
    {
        foreach (string line in (string[])[ListingServer.FileLine(name, 4), ListingServer.DirectoryLine(name)])
        {
            await using var server = new ListingServer { List = path => path == "/t" ? [line, ListingServer.FileLine("good", 4)] : [ListingServer.FileLine("evil", 4)], Content = _ => "evil"u8.ToArray() };
            await using FtpClient ftp = Client(server);
            FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Root, Overwriting);
            FtpTreeItem refused = Assert.Single(result.Failures);
            Assert.Equal((name, FtpTreeOutcome.Failed), (refused.Path, refused.Outcome));
            Assert.IsType<IOException>(refused.Failure);
            Assert.Equal(["root/in/good"], Files());
            // It is not even asked for.
            Assert.DoesNotContain(server.Commands, command => command.EndsWith(name, StringComparison.Ordinal) && command.StartsWith("RETR", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Row_31_a_name_that_is_no_text_is_refused()
    {
        await using var server = new ListingServer { List = _ => [ListingServer.FileLine("a\uFFFDb", 4)], Content = _ => "evil"u8.ToArray() };
        await using FtpClient ftp = new(server.Url, new() { Resilience = ResilienceOptions.None, Encoding = System.Text.Encoding.ASCII });
        Assert.Contains("no text", Assert.Single((await ftp.DownloadTreeAsync("/t", Root)).Failures).Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Row_31_two_names_that_are_one_where_case_does_not_count_are_not_written_over_each_other()
    {
        await using var server = new ListingServer { List = _ => [ListingServer.FileLine("Readme", 4), ListingServer.FileLine("README", 4)], Content = path => path.EndsWith("README", StringComparison.Ordinal) ? "evil"u8.ToArray() : "good"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Root, Overwriting with { DistinguishCase = false });
        Assert.Equal("README", Assert.Single(result.Failures).Path);
        Assert.Equal(["root/in/Readme"], Files());
        Assert.Equal("good", await File.ReadAllTextAsync(Path.Combine(Root, "Readme")));
    }

    [Fact]
    public async Task Row_31_a_file_that_is_here_is_not_overwritten_unless_that_is_asked_for()
    {
        await File.WriteAllTextAsync(Path.Combine(Root, ".bashrc"), "mine");
        await using var server = new ListingServer { List = _ => [ListingServer.FileLine(".bashrc", 4)], Content = _ => "evil"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        Assert.Single((await ftp.DownloadTreeAsync("/t", Root)).Failures);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(Root, ".bashrc")));
    }

    [Fact]
    public async Task Row_33_a_link_in_a_listing_is_neither_made_nor_followed_and_a_file_of_its_name_is_a_file()
    {
        await using var server = new ListingServer
        {
            List = path => path == "/t" ? [$"type=OS.unix=slink:{_outside}; bin", "type=OS.unix=symlink; bin2", ListingServer.DirectoryLine("bin"), ListingServer.FileLine("bin2", 4)] : [ListingServer.FileLine("evil", 4)],
            Content = _ => "evil"u8.ToArray(),
        };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = (await ftp.DownloadTreeAsync("/t", Root, Overwriting)).EnsureSuccess();
        Assert.Equal(2, result.Skipped);
        Assert.Equal(["root/in/bin/evil", "root/in/bin2"], Files());
        Assert.Null(new FileInfo(Path.Combine(Root, "bin")).LinkTarget);
        Assert.Null(new FileInfo(Path.Combine(Root, "bin2")).LinkTarget);
    }

    [Fact]
    public async Task Row_33_a_directory_here_that_is_a_link_is_not_written_through()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_outside, "elsewhere")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub"), elsewhere);
        await using var server = new ListingServer { List = path => path == "/t" ? [ListingServer.DirectoryLine("sub")] : [ListingServer.FileLine("evil", 4)], Content = _ => "evil"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        foreach (FtpTreeOptions options in (FtpTreeOptions[])[Overwriting, Overwriting with { Include = ["evil"] }])
        {
            FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Root, options);
            Assert.Contains("is a link", Assert.Single(result.Failures).Failure!.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
        }
    }

    [Fact]
    public async Task Row_33_and_34_a_directory_that_is_swapped_for_a_link_while_it_is_filled_is_not_written_through()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_outside, "elsewhere")).FullName;
        string sub = Path.Combine(Root, "sub");
        await using var server = new ListingServer
        {
            List = path => path == "/t" ? [ListingServer.DirectoryLine("sub")] : Swapping(),
            Content = _ => "evil"u8.ToArray(),
        };
        await using FtpClient ftp = Client(server, connections: 1);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Root, Overwriting);
        Assert.Contains("is a link", Assert.Single(result.Failures).Failure!.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));

        IEnumerable<string> Swapping()
        {
            Directory.Delete(sub);
            Directory.CreateSymbolicLink(sub, elsewhere);
            yield return ListingServer.FileLine("evil", 4);
        }
    }

    [Fact]
    public async Task Row_33_a_file_here_that_is_a_link_is_replaced_and_not_written_through()
    {
        string victim = Path.Combine(_outside, "victim");
        await File.WriteAllTextAsync(victim, "mine");
        File.CreateSymbolicLink(Path.Combine(Root, "a"), victim);
        await using var server = new ListingServer { List = _ => [ListingServer.FileLine("a", 4)], Content = _ => "evil"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        (await ftp.DownloadTreeAsync("/t", Root, Overwriting)).EnsureSuccess();
        Assert.Equal("mine", await File.ReadAllTextAsync(victim));
        Assert.Null(new FileInfo(Path.Combine(Root, "a")).LinkTarget);
    }

    [Fact]
    public async Task Row_33_a_directory_that_contains_itself_ends_at_the_depth_that_is_allowed()
    {
        await using var server = new ListingServer { List = _ => [ListingServer.DirectoryLine("loop"), ListingServer.FileLine("f", 4)], Content = _ => "good"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DownloadTreeAsync("/t", Root, Overwriting with { MaxDepth = 5 });
        Assert.Contains("deeper than 5", Assert.Single(result.Failures).Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(5, result.Transferred);
    }

    [Theory]
    [InlineData("../other")]
    [InlineData("/etc")]
    [InlineData("..\\other")]
    public async Task Row_32_a_deletion_goes_nowhere_else_than_into_the_tree(string name)
    {
        await using var server = new ListingServer { List = path => path == "/t" ? [ListingServer.FileLine(name, 4), ListingServer.DirectoryLine(name)] : [] };
        await using FtpClient ftp = Client(server);
        FtpTreeResult result = await ftp.DeleteTreeAsync("/t");
        Assert.Equal(2, result.Failures.Count);
        Assert.DoesNotContain(server.Commands, command => command.StartsWith("DELE", StringComparison.Ordinal) || command.StartsWith("RMD", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_33_a_link_that_is_shown_as_a_directory_is_deleted_and_not_entered()
    {
        await using var server = new ListingServer
        {
            List = path => path == "/t" ? [ListingServer.DirectoryLine("link"), ListingServer.DirectoryLine("real")] : path == "/t/real" ? [] : [ListingServer.FileLine("precious", 4)],
            Reply = line => line == "DELE /t/real" ? "550 Is a directory" : null,
        };
        await using FtpClient ftp = Client(server);
        (await ftp.DeleteTreeAsync("/t")).EnsureSuccess();
        Assert.Equal(["DELE /t/link", "DELE /t/real", "RMD /t", "RMD /t/real"], server.Commands.Where(line => line.StartsWith("DELE", StringComparison.Ordinal) || line.StartsWith("RMD", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/abs")]
    [InlineData("..\\x")]
    [InlineData("C:x")]
    [InlineData("CON")]
    public async Task Row_31_and_32_a_sync_plans_nothing_under_a_name_that_is_not_one_segment_here(string name)
    {
        await using var server = new ListingServer { List = _ => [ListingServer.FileLine(name, 4), ListingServer.FileLine("good", 4)], Content = _ => "good"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(Root, "/t", new() { Direction = FtpSyncDirection.Down, DeleteExtra = true });
        FtpSyncStep refused = Assert.Single(plan.Problems);
        Assert.Equal((FtpSyncReason.UnsafeName, null), (refused.Reason, refused.Local));
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.Equal(["root/in/good"], Files());
        if (name is "C:x" or "CON") return;
        // Upwards it would be deleted, somewhere else.
        File.Delete(Path.Combine(Root, "good"));
        plan = await ftp.PlanSyncAsync(Root, "/t", new() { DeleteExtra = true });
        Assert.Equal("good", Assert.Single(plan.Steps, step => step.IsChange).Path);
    }

    [Fact]
    public async Task Row_32_a_plan_put_together_by_hand_leads_nowhere_else()
    {
        await File.WriteAllTextAsync(Path.Combine(_outside, "victim"), "mine");
        await using var server = new ListingServer { Content = _ => "evil"u8.ToArray() };
        await using FtpClient ftp = Client(server);
        FtpSyncFile? seen = new FtpSyncFile(FtpEntryKind.File, 4, new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(_outside, "victim"))), FtpTimePrecision.Tick);
        var plan = new FtpSyncPlan
        {
            Local = Root,
            Remote = "/t",
            Options = new() { Direction = FtpSyncDirection.Down },
            Steps =
            [
                new(FtpSyncAction.Download, "x", FtpSyncReason.New) { Remote = "/t/x", Local = Path.Combine(Root, "..", "x"), Source = new(FtpEntryKind.File, 4, null, FtpTimePrecision.None) },
                new(FtpSyncAction.Delete, "victim", FtpSyncReason.Extra) { Local = Path.Combine(_outside, "victim"), Target = seen },
            ],
        };
        FtpTreeResult first = await ftp.ApplyAsync(plan);
        FtpTreeResult second = await ftp.ApplyAsync(plan with { Steps = [plan.Steps[1]] });
        Assert.All((FtpTreeItem[])[.. first.Failures, .. second.Failures], item => Assert.Contains("outside", item.Failure!.Message, StringComparison.Ordinal));
        Assert.Equal(["victim"], Files());
    }

    [Fact]
    public async Task Row_33_a_sync_writes_through_no_link_and_deletes_none()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_outside, "elsewhere")).FullName;
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "precious"), "mine");
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(Root, "extra"), elsewhere);
        await using var server = new ListingServer
        {
            List = path => path == "/t" ? [ListingServer.DirectoryLine("sub"), "type=OS.unix=slink:/etc; etc"] : [ListingServer.FileLine("evil", 4)],
            Content = _ => "evil"u8.ToArray(),
        };
        await using FtpClient ftp = Client(server);
        FtpSyncPlan plan = await ftp.PlanSyncAsync(Root, "/t", new() { Direction = FtpSyncDirection.Down, DeleteExtra = true });
        Assert.All(plan.Steps, step => Assert.Equal((FtpSyncAction.Skip, FtpSyncReason.Link), (step.Action, step.Reason)));
        Assert.Equal(3, plan.Steps.Count);
        // A link that comes between the plan and its steps.
        Directory.Delete(Path.Combine(Root, "sub"));
        plan = await ftp.PlanSyncAsync(Root, "/t", new() { Direction = FtpSyncDirection.Down });
        Assert.Contains(plan.Steps, step => step is { Action: FtpSyncAction.Download, Path: "sub/evil" });
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub"), elsewhere);
        Assert.Equal(2, (await ftp.ApplyAsync(plan)).Failures.Count);
        Assert.Equal(["precious"], Directory.GetFiles(elsewhere).Select(Path.GetFileName));
    }

    private static FtpTreeOptions Overwriting => new() { Transfer = new() { WhenExists = ExistingFile.Overwrite, Durable = false } };

    private static FtpClient Client(ListingServer server, int connections = 2) => new(server.Url, new() { Resilience = ResilienceOptions.None, MaxConnections = connections });

    private string[] Files() => [.. Directory.GetFiles(_outside, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_outside, file)).Order(StringComparer.Ordinal)];
}
