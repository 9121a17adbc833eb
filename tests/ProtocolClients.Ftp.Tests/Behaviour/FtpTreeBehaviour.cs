using System.Security.Cryptography;

namespace ProtocolClients.FtpTests;

/// <summary>What a client does with trees on a server, whichever it is: the same on the mock server and on real ones.</summary>
public abstract class FtpTreeBehaviour : IDisposable
{
    private readonly string _local = Directory.CreateTempSubdirectory("ftp-tree-behaviour-").FullName;

    /// <summary>A client of the server; its options changed where a test wants it.</summary>
    protected abstract Task<FtpClient> ConnectAsync(Func<FtpClientOptions, FtpClientOptions>? change = null);

    /// <summary>A directory that is empty, may be written, and is no other test's.</summary>
    protected abstract Task<string> FreshDirectoryAsync(FtpClient ftp);

    /// <summary>Whether the server tells and sets times of files.</summary>
    protected virtual bool SetsTimes => true;

    public void Dispose()
    {
        Directory.Delete(_local, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_tree_goes_there_and_comes_back()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        IReadOnlyDictionary<string, string> tree = Plant("up");
        FtpTreeResult up = (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        Assert.Equal(tree.Count, up.Transferred);
        FtpTreeResult down = (await ftp.DownloadTreeAsync(directory + "/site", Local("down"))).EnsureSuccess();
        Assert.Equal((up.Transferred, up.Bytes), (down.Transferred, down.Bytes));
        Assert.Equal(tree, Hashes("down"));
        Assert.True(Directory.Exists(Local("down/empty")));
    }

    [Fact]
    public async Task A_second_run_moves_nothing()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        IReadOnlyDictionary<string, string> tree = Plant("up");
        (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        FtpTreeResult up = (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        Assert.Equal((0, tree.Count), (up.Transferred, up.Skipped));
        (await ftp.DownloadTreeAsync(directory + "/site", Local("down"))).EnsureSuccess();
        FtpTreeResult down = (await ftp.DownloadTreeAsync(directory + "/site", Local("down"))).EnsureSuccess();
        Assert.Equal((0, tree.Count), (down.Transferred, down.Skipped));
    }

    [Fact]
    public async Task One_connection_is_enough()
    {
        await using FtpClient ftp = await ConnectAsync(options => options with { MaxConnections = 1 });
        string directory = await FreshDirectoryAsync(ftp);
        IReadOnlyDictionary<string, string> tree = Plant("up");
        (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        (await ftp.DownloadTreeAsync(directory + "/site", Local("down"))).EnsureSuccess();
        Assert.Equal(tree, Hashes("down"));
    }

    [Fact]
    public async Task A_tree_is_deleted()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        Plant("up");
        (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        await ftp.UploadAsync(new MemoryStream([1]), directory + "/stays");
        (await ftp.DeleteTreeAsync(directory + "/site")).EnsureSuccess();
        Assert.Equal(["stays"], await ftp.ListAsync(directory).Select(entry => entry.Name).ToListAsync());
    }

    [Fact]
    public async Task Times_come_along()
    {
        if (!SetsTimes) return;
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        Plant("up");
        (await ftp.UploadTreeAsync(Local("up"), directory + "/site")).EnsureSuccess();
        (await ftp.DownloadTreeAsync(directory + "/site", Local("down"))).EnsureSuccess();
        foreach (string name in Hashes("up").Keys)
        {
            TimeSpan apart = File.GetLastWriteTimeUtc(Local("up/" + name)) - File.GetLastWriteTimeUtc(Local("down/" + name));
            Assert.True(apart.Duration() < TimeSpan.FromSeconds(1), name + " " + apart);
        }
    }

    [Theory]
    [InlineData(FtpSyncComparison.SizeAndTime)]
    [InlineData(FtpSyncComparison.Size)]
    public async Task A_sync_up_and_one_down_give_the_same_tree_and_a_second_changes_nothing(FtpSyncComparison compare)
    {
        await using FtpClient ftp = await ConnectAsync();
        FtpPath remote = await FreshDirectoryAsync(ftp) + "/mirror";
        var up = new FtpSyncOptions { Compare = compare };
        FtpSyncOptions down = up with { Direction = FtpSyncDirection.Down };
        IReadOnlyDictionary<string, string> tree = Plant("up");
        FtpSyncPlan first = await ftp.PlanSyncAsync(Local("up"), remote, up);
        Assert.Empty(first.Problems);
        Assert.Equal(tree.Count, (await ftp.ApplyAsync(first)).EnsureSuccess().Transferred);
        FtpSyncPlan second = await ftp.PlanSyncAsync(Local("up"), remote, up);
        Assert.True(second.IsEmpty, second.ToString());
        (await ftp.ApplyAsync(await ftp.PlanSyncAsync(Local("down"), remote, down))).EnsureSuccess();
        Assert.Equal(tree, Hashes("down"));
        second = await ftp.PlanSyncAsync(Local("down"), remote, down);
        Assert.True(second.IsEmpty, second.ToString());
    }

    [Fact]
    public async Task A_sync_replaces_and_deletes_what_its_plan_says()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        Plant("up");
        (await ftp.UploadTreeAsync(Local("up"), directory)).EnsureSuccess();
        File.Delete(Local("up/a.txt"));
        Directory.Delete(Local("up/sub"), recursive: true);
        await File.WriteAllTextAsync(Local("up/zero"), "not any more");
        var options = new FtpSyncOptions { DeleteExtra = true };
        FtpSyncPlan plan = await ftp.PlanSyncAsync(Local("up"), directory, options);
        Assert.Equal((1, 7), (plan.Transfers, plan.Deletions));
        (await ftp.ApplyAsync(plan)).EnsureSuccess();
        Assert.True((await ftp.PlanSyncAsync(Local("up"), directory, options)).IsEmpty);
        (await ftp.DownloadTreeAsync(directory, Local("down"))).EnsureSuccess();
        Assert.Equal(Hashes("up"), Hashes("down"));
    }

    protected string Local(string name) => Path.Combine(_local, name);

    /// <summary>A tree with names that trip up who joins strings.</summary>
    protected IReadOnlyDictionary<string, string> Plant(string folder)
    {
        string[] names =
        [
            "a.txt", "with blank.txt", " ü-grüezi.txt".Trim(), "日本語.txt", "-dash", ".hidden", "percent%20.txt", "hash#1", "quote\".txt".Replace("\"", "'", StringComparison.Ordinal),
            "sub/one.bin", "sub/deeper/two.bin", "sub/deeper/.dot/three.bin", "-opt/four", "ein Ordner/fünf", "zero", "double  blank", "semi;colon=x; y", "[a]b",
        ];
        foreach (string name in names)
        {
            string path = Local(folder + "/" + name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes = new byte[name == "zero" ? 0 : (name.Length * 977) + (name.StartsWith("sub", StringComparison.Ordinal) ? 300_000 : 0)];
            new Random(name.Length).NextBytes(bytes);
            File.WriteAllBytes(path, bytes);
            File.SetLastWriteTimeUtc(path, new DateTime(2024, 2, 29, 12, 34, 56, DateTimeKind.Utc));
        }

        Directory.CreateDirectory(Local(folder + "/empty"));
        return Hashes(folder);
    }

    /// <summary>The files of a directory with their hashes.</summary>
    protected IReadOnlyDictionary<string, string> Hashes(string folder) => Directory.GetFiles(Local(folder), "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .ToDictionary(file => Path.GetRelativePath(Local(folder), file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);
}
