namespace ProtocolClients.UrlTests;

public sealed class TemporaryFolderTests : IDisposable
{
    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    private readonly string _root = Directory.CreateTempSubdirectory("temporary-folders-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_sweep_before_the_lock_leaves_the_folder_to_its_process()
    {
        TemporaryFolder folder = TemporaryFolder.Create(_root, _ => TemporaryFolder.Sweep(_root));
        AssertUsable(folder);
    }

    [Fact]
    public void A_folder_that_was_removed_before_its_lock_is_made_anew()
    {
        int steps = 0;
        TemporaryFolder folder = TemporaryFolder.Create(_root, path =>
        {
            if (++steps == 1) Directory.Delete(path);
        });
        AssertUsable(folder);
        Assert.Single(Directory.GetDirectories(_root));
    }

    [Fact]
    public void A_folder_whose_lock_another_process_took_first_is_made_anew()
    {
        // The other process has opened the file between its making and its lock, and holds it.
        FileStream? other = null;
        TemporaryFolder folder = TemporaryFolder.Create(_root, path =>
            other ??= new FileStream(Path.Combine(path, ".lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        AssertUsable(folder);
        other!.Dispose();
        TemporaryFolder.Sweep(_root);
        Assert.Single(Directory.GetDirectories(_root));
        AssertUsable(folder);
    }

    [Fact]
    public void A_folder_that_was_swept_between_its_making_and_its_lock_is_made_anew()
    {
        // The lock is one of a file that is gone already.
        int steps = 0;
        TemporaryFolder folder = TemporaryFolder.Create(_root, path =>
        {
            if (++steps != 2) return;
            File.Delete(Path.Combine(path, ".lock"));
            Directory.Delete(path);
        });
        AssertUsable(folder);
        Assert.Single(Directory.GetDirectories(_root));
    }

    [Fact]
    public void Who_can_never_lock_fails_with_a_sentence() =>
        Assert.Contains("temporary files", Assert.Throws<IOException>(() => TemporaryFolder.Create(_root, Directory.Delete)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_a_lock_is_removed_when_it_is_old()
    {
        string young = Directory.CreateDirectory(Path.Combine(_root, "protocolclients-1-young")).FullName;
        string old = Directory.CreateDirectory(Path.Combine(_root, "protocolclients-1-old")).FullName;
        string full = Directory.CreateDirectory(Path.Combine(_root, "protocolclients-1-full")).FullName;
        File.WriteAllText(Path.Combine(full, "mine.txt"), "precious");
        foreach (string folder in (string[])[old, full]) Directory.SetLastWriteTimeUtc(folder, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        TemporaryFolder.Sweep(_root);
        Assert.True(Directory.Exists(young));
        Assert.False(Directory.Exists(old));
        Assert.True(File.Exists(Path.Combine(full, "mine.txt")));
    }

    [Fact]
    public async Task Folders_that_are_made_while_others_sweep_are_all_usable()
    {
        using var stop = new CancellationTokenSource();
        Task[] sweepers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) TemporaryFolder.Sweep(_root);
        }))];
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (int i = 0; i < 250; i++)
                {
                    TemporaryFolder folder = TemporaryFolder.Create(_root);
                    AssertUsable(folder);
                    folder.Remove();
                }
            }))).WaitAsync(Safety);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(sweepers).WaitAsync(Safety);
        }
    }

    private void AssertUsable(TemporaryFolder folder)
    {
        string name = folder.NewName();
        File.WriteAllText(name, "here");
        TemporaryFolder.Sweep(_root);
        Assert.Equal("here", File.ReadAllText(name));
    }
}
