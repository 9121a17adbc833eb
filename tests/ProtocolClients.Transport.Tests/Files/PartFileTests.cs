using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Transport.Tests.Files;

public sealed class PartFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("part-file-").FullName;

    private string Target => Path.Combine(_folder, "a.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_committed_file_has_its_name_and_nothing_is_left_beside_it(bool nameless)
    {
        using (PartFile part = Create(nameless))
        {
            RandomAccess.Write(part.Handle, "hello"u8, 0);
            Assert.False(File.Exists(Target));
            // Whatever ended this process now, a file without a name would be gone.
            Assert.Equal(nameless && OperatingSystem.IsLinux() ? [] : [part.PartPath], Directory.GetFileSystemEntries(_folder));
            part.Commit();
        }

        Assert.Equal("hello", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        File.WriteAllText(Target + "2", "by the platform");
        if (!OperatingSystem.IsWindows()) Assert.Equal(File.GetUnixFileMode(Target + "2"), File.GetUnixFileMode(Target));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_uncommitted_file_leaves_nothing_unless_it_is_to_stay(bool nameless)
    {
        using (PartFile part = Create(nameless)) RandomAccess.Write(part.Handle, "hello"u8, 0);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        string kept;
        using (PartFile part = Create(nameless))
        {
            RandomAccess.Write(part.Handle, "hello"u8, 0);
            part.Keep = true;
            kept = part.PartPath;
        }

        Assert.Equal([kept], Directory.GetFileSystemEntries(_folder));
        Assert.Equal("hello", File.ReadAllText(kept));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_existing_file_is_not_replaced_unless_asked(bool nameless)
    {
        File.WriteAllText(Target, "old");
        Assert.Throws<IOException>(() => PartFile.Create(Target));
        Assert.Equal("old", File.ReadAllText(Target));
        using (PartFile part = Create(nameless, overwrite: true))
        {
            RandomAccess.Write(part.Handle, "new"u8, 0);
            part.Commit(durable: false);
        }

        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_name_taken_in_between_is_not_replaced(bool nameless)
    {
        using (PartFile part = Create(nameless))
        {
            File.WriteAllText(Target, "theirs");
            Assert.Equal($"'{Target}' exists already.", Assert.Throws<IOException>(() => part.Commit()).Message);
        }

        Assert.Equal("theirs", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        using (PartFile part = Create(nameless, path: Path.Combine(_folder, "b")))
        {
            File.WriteAllText(part.Path, "theirs");
            part.Commit(next: taken => Path.Combine(_folder, "b" + taken));
            Assert.Equal(Path.Combine(_folder, "b1"), part.Path);
        }

        Assert.Equal("theirs", File.ReadAllText(Path.Combine(_folder, "b")));
    }

    [Fact]
    public void A_folder_in_place_of_the_file_is_refused() => Assert.Throws<IOException>(() => PartFile.Create(_folder, overwrite: true));

    [Fact]
    public void Row_34_a_part_that_was_swapped_for_a_link_is_neither_committed_nor_deleted()
    {
        string victim = Path.Combine(_folder, "victim.txt");
        File.WriteAllText(victim, "precious");
        string swapped;
        using (PartFile part = Create(nameless: false))
        {
            RandomAccess.Write(part.Handle, "hello"u8, 0);
            swapped = part.PartPath;
            File.Delete(swapped);
            File.CreateSymbolicLink(swapped, victim);
            Assert.Throws<IOException>(() => part.Commit());
        }

        Assert.False(File.Exists(Target));
        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Equal(victim, new FileInfo(swapped).LinkTarget);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_reached_through_a_link_works(bool nameless)
    {
        string real = Directory.CreateDirectory(Path.Combine(_folder, "real")).FullName;
        string link = Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, real);
        using (PartFile part = Create(nameless, path: Path.Combine(link, "x"))) part.Commit();
        Assert.True(File.Exists(Path.Combine(real, "x")));
    }

    [Fact]
    public void A_final_name_of_255_bytes_works()
    {
        string path = Path.Combine(_folder, new string('n', 255));
        using (PartFile part = PartFile.Create(path))
        {
            RandomAccess.Write(part.Handle, Encoding.ASCII.GetBytes("x"), 0);
            part.Commit();
        }

        Assert.Equal(1, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reserved_room_does_not_show_in_the_file(bool nameless)
    {
        using (PartFile part = Create(nameless))
        {
            part.Reserve(8 * 1024 * 1024);
            Assert.Equal(0, RandomAccess.GetLength(part.Handle));
            RandomAccess.Write(part.Handle, "hello"u8, 0);
            part.Commit();
        }

        Assert.Equal(5, new FileInfo(Target).Length);
    }

    [Fact]
    public void A_part_that_is_to_be_continued_stays_is_found_again_and_is_locked_meanwhile()
    {
        using (PartFile part = PartFile.OpenOrCreate(Target))
        {
            RandomAccess.Write(part.Handle, "hello"u8, 0);
            Assert.Contains("under way", Assert.Throws<IOException>(() => PartFile.OpenOrCreate(Target)).Message, StringComparison.Ordinal);
        }

        Assert.Equal([Target + ".part"], Directory.GetFileSystemEntries(_folder));
        using (PartFile part = PartFile.OpenOrCreate(Target))
        {
            Assert.Equal(5, RandomAccess.GetLength(part.Handle));
            part.Commit();
        }

        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
        Assert.Equal("hello", File.ReadAllText(Target));
    }

    [Fact]
    public void A_part_that_is_not_the_callers_stays_and_the_next_name_is_taken()
    {
        File.WriteAllText(Target + ".part", "theirs");
        string used;
        using (PartFile part = PartFile.OpenOrCreate(Target, isOwn: static part => RandomAccess.GetLength(part.Handle) == 0))
        {
            used = part.PartPath;
            part.Commit();
        }

        Assert.Equal(Target + ".1.part", used);
        Assert.Equal(PartFile.PartPathsOf(Target).Take(2), [Target + ".part", used]);
        Assert.Contains("other programs'", Assert.Throws<IOException>(() => PartFile.OpenOrCreate(Target, true, static _ => false)).Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(Target + ".part"));
        // What was made to be asked about is gone again.
        Assert.Equal([Target, Target + ".part"], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("dangling link")]
    [InlineData("second name")]
    [InlineData("folder")]
    public void Row_34_a_part_that_waits_under_its_name_and_is_no_plain_file_is_refused_and_untouched(string kind)
    {
        string victim = Path.Combine(_folder, "victim.txt");
        string part = Target + ".part";
        if (kind != "dangling link") File.WriteAllText(victim, "precious");
        if (kind == "folder") Directory.CreateDirectory(part);
        else if (kind != "second name") File.CreateSymbolicLink(part, victim);
        else if (!OperatingSystem.IsLinux()) return;
        else System.Diagnostics.Process.Start("ln", [victim, part]).WaitForExit();
        Assert.Throws<IOException>(() => PartFile.OpenOrCreate(Target));
        Assert.Equal(kind != "dangling link", File.Exists(victim));
        if (kind != "dangling link") Assert.Equal("precious", File.ReadAllText(victim));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void Row_34_a_continued_part_that_was_swapped_for_a_link_is_not_committed()
    {
        string victim = Path.Combine(_folder, "victim.txt");
        File.WriteAllText(victim, "precious");
        using (PartFile part = PartFile.OpenOrCreate(Target))
        {
            File.Delete(part.PartPath);
            File.CreateSymbolicLink(part.PartPath, victim);
            Assert.Throws<IOException>(() => part.Commit());
            part.Keep = false;
        }

        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Equal(victim, new FileInfo(Target + ".part").LinkTarget);
        Assert.False(File.Exists(Target));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_missing_folder_is_told_by_its_own_name(bool keeps)
    {
        string folder = Path.Combine(_folder, "none");
        var failure = Assert.Throws<DirectoryNotFoundException>(() => Make(Path.Combine(folder, "a.bin"), keeps));
        Assert.Equal($"There is no folder '{folder}'.", failure.Message);
        File.WriteAllText(folder, "a file");
        failure = Assert.Throws<DirectoryNotFoundException>(() => Make(Path.Combine(folder, "a.bin"), keeps));
        Assert.Equal($"There is no folder '{folder}'.", failure.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_that_takes_no_file_is_told_by_the_path_that_was_asked_for(bool keeps)
    {
        // The kernel's own folder takes no file of anybody, root included.
        var failure = Assert.Throws<IOException>(() => Make("/proc/a.bin", keeps));
        Assert.Equal("'/proc/a.bin' cannot be made: the folder '/proc' does not take it.", failure.Message);
        Assert.NotNull(failure.InnerException);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_that_is_too_long_is_told_as_it_was_asked_for(bool overwrite)
    {
        string path = Path.Combine(_folder, new string('n', 300));
        using PartFile part = PartFile.Create(path, overwrite);
        IOException failure = Assert.ThrowsAny<IOException>(() => part.Commit());
        Assert.Contains($"'{path}'", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".part", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_files_without_a_name_that_want_the_same_one_gets_it()
    {
        const int Wanting = 8;
        for (int round = 0; round < 50; round++)
        {
            string target = Path.Combine(_folder, $"target{round}");
            PartFile[] parts = [.. Enumerable.Range(0, Wanting).Select(_ => PartFile.Create(target))];
            using var start = new Barrier(Wanting);
            bool[] got = await Task.WhenAll(parts.Select(part => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    using (part)
                    {
                        try
                        {
                            part.Commit(durable: false);
                            return true;
                        }
                        catch (IOException)
                        {
                            return false;
                        }
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(got, static got => got);
        }

        Assert.Equal(50, Directory.GetFileSystemEntries(_folder).Length);
    }

    // By the handle on kernels since 6.10, or for the mighty; by the entry in /proc on older ones.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_file_without_a_name_is_given_one_that_is_free(bool byHandle)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone knows such files.");
        using Microsoft.Win32.SafeHandles.SafeFileHandle? file = NamelessFile.TryCreate(_folder);
        Assert.NotNull(file);
        RandomAccess.Write(file, "hello"u8, 0);
        File.WriteAllText(Target + "2", "theirs");
        Assert.False(NamelessFile.TryName(file, Target + "2", byHandle));
        IOException failure = Assert.Throws<IOException>(() => NamelessFile.TryName(file, Path.Combine(_folder, "none", "a"), byHandle));
        Assert.Contains("'" + Path.Combine(_folder, "none", "a") + "' cannot be made", failure.Message, StringComparison.Ordinal);
        Assert.True(NamelessFile.TryName(file, Target, byHandle));
        Assert.Equal(("hello", "theirs"), (File.ReadAllText(Target), File.ReadAllText(Target + "2")));
        Assert.Null(NamelessFile.TryCreate("/proc"));
    }

    private PartFile Create(bool nameless, bool overwrite = false, string? path = null) => PartFile.Create(path ?? Target, overwrite, length: 0, nameless);

    private static void Make(string path, bool keeps)
    {
        using PartFile part = keeps ? PartFile.OpenOrCreate(path) : PartFile.Create(path);
        part.Keep = false;
    }
}
