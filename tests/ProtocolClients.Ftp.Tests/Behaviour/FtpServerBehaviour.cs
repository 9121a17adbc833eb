using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients.FtpTests;

/// <summary>What a client does with a server, whichever it is: the same on the mock server and on real ones.</summary>
public abstract class FtpServerBehaviour : IDisposable
{
    private readonly string _local = Directory.CreateTempSubdirectory("ftp-behaviour-").FullName;

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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task A_file_goes_there_and_comes_back(int length)
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        string file = Random(length);
        TransferResult sent = await ftp.UploadAsync(file, directory + "/a.bin");
        Assert.Equal(length, sent.Bytes);
        TransferResult came = await ftp.DownloadAsync(directory + "/a.bin", Local("back.bin"));
        Assert.Equal(length, came.Bytes);
        Assert.Equal(Hash(file), Hash(Local("back.bin")));
        Assert.Equal(["a.bin"], await NamesAsync(ftp, directory));
    }

    [Fact]
    public async Task A_stream_goes_there_and_is_read_in_memory()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(new MemoryStream("grüezi"u8.ToArray()), directory + "/t.txt");
        Assert.Equal("grüezi", await ftp.ReadTextAsync(directory + "/t.txt"));
        Assert.Equal("grüezi"u8.ToArray(), await ftp.ReadBytesAsync(directory + "/t.txt"));
    }

    [Fact]
    public async Task A_file_is_written_as_a_stream_and_appended_to()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await using (Stream stream = await ftp.OpenWriteAsync(directory + "/s.txt")) await stream.WriteAsync("one "u8.ToArray());
        await using (Stream stream = await ftp.OpenWriteAsync(directory + "/s.txt", FtpWriteMode.Append)) await stream.WriteAsync("two"u8.ToArray());
        Assert.Equal("one two", await ftp.ReadTextAsync(directory + "/s.txt"));
    }

    [Fact]
    public async Task A_range_is_read()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        string file = Random(4_000_000);
        await ftp.UploadAsync(file, directory + "/r.bin");
        byte[] expected = await File.ReadAllBytesAsync(file);
        await using (Stream range = await ftp.OpenReadAsync(directory + "/r.bin", offset: 1_000_000, length: 5_000))
        {
            using var bytes = new MemoryStream();
            await range.CopyToAsync(bytes);
            Assert.Equal(expected.AsSpan(1_000_000, 5_000).ToArray(), bytes.ToArray());
        }

        await using Stream rest = await ftp.OpenReadAsync(directory + "/r.bin", offset: 3_999_990);
        byte[] last = new byte[100];
        Assert.Equal(10, await rest.ReadAtLeastAsync(last, 100, throwOnEndOfStream: false));
        Assert.Equal(expected.AsSpan(3_999_990).ToArray(), last[..10]);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_leaves_a_client_that_works()
    {
        await using FtpClient ftp = await ConnectAsync(options => options with { MaxConnections = 1 });
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(Random(8_000_000), directory + "/l.bin");
        for (int i = 0; i < 3; i++)
        {
            await using (Stream stream = await ftp.OpenReadAsync(directory + "/l.bin")) Assert.True(await stream.ReadAsync(new byte[1000]) > 0);
            Assert.Equal(8_000_000, (await ftp.StatAsync(directory + "/l.bin")).Size);
        }
    }

    [Fact]
    public async Task A_directory_is_listed()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.CreateDirectoryAsync(directory + "/sub");
        await ftp.UploadAsync(new MemoryStream(new byte[123]), directory + "/a b.txt");
        await ftp.UploadAsync(new MemoryStream(new byte[5]), directory + "/ü.txt");
        List<FtpEntry> entries = await ftp.ListAsync(directory).ToListAsync();
        Assert.Equal(["a b.txt", "sub", "ü.txt"], entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        FtpEntry file = entries.Single(e => e.Name == "a b.txt");
        Assert.Equal((FtpEntryKind.File, 123L), (file.Kind, file.Size));
        Assert.Equal(FtpEntryKind.Directory, entries.Single(e => e.Name == "sub").Kind);
        Assert.Equal(directory + "/a b.txt", file.Path.ToString());
        Assert.Equal(5, (await ftp.ReadBytesAsync(entries.Single(e => e.Name == "ü.txt").Path)).Length);
    }

    [Fact]
    public async Task An_empty_directory_has_no_entries()
    {
        await using FtpClient ftp = await ConnectAsync();
        Assert.Empty(await NamesAsync(ftp, await FreshDirectoryAsync(ftp)));
    }

    [Fact]
    public async Task A_listing_that_is_left_early_leaves_a_client_that_works()
    {
        await using FtpClient ftp = await ConnectAsync(options => options with { MaxConnections = 1 });
        string directory = await FreshDirectoryAsync(ftp);
        for (int i = 0; i < 5; i++) await ftp.UploadAsync(new MemoryStream([1]), $"{directory}/f{i}");
        await foreach (FtpEntry entry in ftp.ListAsync(directory)) break;
        Assert.Equal(5, (await NamesAsync(ftp, directory)).Count);
    }

    [Fact]
    public async Task Facts_are_told_of_files_and_directories()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(new MemoryStream(new byte[42]), directory + "/f.bin");
        FtpEntry file = await ftp.StatAsync(directory + "/f.bin");
        Assert.Equal(("f.bin", FtpEntryKind.File, 42L), (file.Name, file.Kind, file.Size));
        Assert.NotNull(file.Modified);
        Assert.Equal(FtpEntryKind.Directory, (await ftp.StatAsync(directory)).Kind);
        FtpReplyException missing = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.StatAsync(directory + "/missing"));
        Assert.Equal(550, missing.Code);
    }

    [Fact]
    public async Task Names_change_and_go()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(new MemoryStream([1]), directory + "/old");
        await ftp.RenameAsync(directory + "/old", directory + "/new");
        Assert.Equal(["new"], await NamesAsync(ftp, directory));
        await ftp.DeleteAsync(directory + "/new");
        Assert.Empty(await NamesAsync(ftp, directory));
        FtpReplyException gone = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteAsync(directory + "/new"));
        Assert.Equal((550, Delivery.Refused), (gone.Code, gone.Delivery));
    }

    [Fact]
    public async Task Directories_are_made_with_those_above_and_deleted()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.CreateDirectoryAsync(directory + "/x/y/z", parents: true);
        await ftp.CreateDirectoryAsync(directory + "/x/y/z", parents: true);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.CreateDirectoryAsync(directory + "/x"));
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DeleteDirectoryAsync(directory + "/x"));
        await ftp.DeleteDirectoryAsync(directory + "/x/y/z");
        Assert.Equal(["y"], await NamesAsync(ftp, directory + "/x"));
    }

    [Fact]
    public async Task Times_are_set_and_kept()
    {
        if (!SetsTimes) return;
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        var then = new DateTimeOffset(2020, 2, 29, 12, 34, 56, TimeSpan.Zero);
        string file = Random(10);
        File.SetLastWriteTimeUtc(file, then.UtcDateTime);
        await ftp.UploadAsync(file, directory + "/t", new() { KeepTime = true });
        Assert.Equal(then, (await ftp.StatAsync(directory + "/t")).Modified);
        await ftp.DownloadAsync(directory + "/t", Local("t"), new() { KeepTime = true });
        Assert.Equal(then.UtcDateTime, File.GetLastWriteTimeUtc(Local("t")));
        await ftp.SetModifiedAsync(directory + "/t", then.AddYears(1));
        Assert.Equal(then.AddYears(1), (await ftp.StatAsync(directory + "/t")).Modified);
    }

    [Fact]
    public async Task A_file_that_is_there_stays_unless_it_may_go()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(new MemoryStream("one"u8.ToArray()), directory + "/f.txt");
        await Assert.ThrowsAsync<IOException>(() => ftp.UploadAsync(new MemoryStream("two"u8.ToArray()), directory + "/f.txt"));
        Assert.Equal("one", await ftp.ReadTextAsync(directory + "/f.txt"));
        TransferResult skipped = await ftp.UploadAsync(new MemoryStream("two"u8.ToArray()), directory + "/f.txt", new() { WhenExists = ExistingFile.Skip });
        Assert.Equal(TransferOutcome.Skipped, skipped.Outcome);
        TransferResult renamed = await ftp.UploadAsync(new MemoryStream("three"u8.ToArray()), directory + "/f.txt", new() { WhenExists = ExistingFile.Rename });
        Assert.Equal(directory + "/f (1).txt", renamed.Path);
        await ftp.UploadAsync(new MemoryStream("four"u8.ToArray()), directory + "/f.txt", new() { WhenExists = ExistingFile.Overwrite });
        Assert.Equal("four", await ftp.ReadTextAsync(directory + "/f.txt"));
        Assert.Equal("three", await ftp.ReadTextAsync(directory + "/f (1).txt"));
    }

    [Fact]
    public async Task A_part_that_another_program_left_stays()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.UploadAsync(new MemoryStream("mine"u8.ToArray()), directory + "/p.txt");
        await File.WriteAllTextAsync(Local("p.txt.part"), "a browser's");
        await ftp.DownloadAsync(directory + "/p.txt", Local("p.txt"));
        Assert.Equal(("mine", "a browser's"), (await File.ReadAllTextAsync(Local("p.txt")), await File.ReadAllTextAsync(Local("p.txt.part"))));
        Assert.Equal(2, Directory.GetFiles(_local).Length);
    }

    [Fact]
    public async Task Text_has_its_line_ends_translated()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await File.WriteAllTextAsync(Local("lines.txt"), "one\ntwo\n");
        await ftp.UploadAsync(Local("lines.txt"), directory + "/lines.txt", new() { Type = FtpDataType.Ascii });
        await ftp.DownloadAsync(directory + "/lines.txt", Local("back.txt"), new() { Type = FtpDataType.Ascii });
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(Local("back.txt")));
    }

    [Fact]
    public async Task Many_tasks_share_a_client()
    {
        await using FtpClient ftp = await ConnectAsync(options => options with { MaxConnections = 3 });
        string directory = await FreshDirectoryAsync(ftp);
        await Parallel.ForEachAsync(Enumerable.Range(0, 24), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
        {
            byte[] content = Encoding.ASCII.GetBytes($"content {i}");
            await ftp.UploadAsync(new MemoryStream(content), $"{directory}/f{i}", cancellationToken: token);
            Assert.Equal(content, await ftp.ReadBytesAsync($"{directory}/f{i}", token));
        });
        Assert.Equal(24, (await NamesAsync(ftp, directory)).Count);
    }

    [Fact]
    public async Task A_session_has_a_directory_and_commands_of_its_own()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        await ftp.CreateDirectoryAsync(directory + "/in");
        await using FtpSession session = await ftp.OpenSessionAsync();
        await session.ChangeDirectoryAsync(directory + "/in");
        await session.UploadAsync(new MemoryStream("x"u8.ToArray()), "rel.txt");
        Assert.Equal("x", await ftp.ReadTextAsync(directory + "/in/rel.txt"));
        await session.ChangeDirectoryAsync("..");
        Assert.Equal(["in"], await session.ListAsync().Select(e => e.Name).ToListAsync());
        Assert.True((await session.SendAsync("NOOP")).IsPositive);
        Assert.True((await session.SendAsync("XNONSENSE")).Code >= 500);
        await Assert.ThrowsAsync<ArgumentException>(() => session.SendAsync("RETR x"));
        await Assert.ThrowsAsync<ArgumentException>(() => session.SendAsync("NOOP\r\nDELE x"));
    }

    [Fact]
    public async Task What_is_missing_is_refused_and_leaves_no_file()
    {
        await using FtpClient ftp = await ConnectAsync();
        string directory = await FreshDirectoryAsync(ftp);
        FtpReplyException refusal = await Assert.ThrowsAsync<FtpReplyException>(() => ftp.DownloadAsync(directory + "/missing", Local("m")));
        Assert.Equal(550, refusal.Code);
        await Assert.ThrowsAsync<FtpReplyException>(() => ftp.ReadTextAsync(directory + "/missing"));
        Assert.Empty(Directory.GetFiles(_local));
    }

    protected string Local(string name) => Path.Combine(_local, name);

    protected string Random(int length)
    {
        string path = Local("source-" + length);
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    protected static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    protected static async Task<IReadOnlyList<string>> NamesAsync(FtpClient ftp, FtpPath directory) =>
        [.. (await ftp.ListAsync(directory).Select(e => e.Name).ToListAsync()).Order(StringComparer.Ordinal)];
}
