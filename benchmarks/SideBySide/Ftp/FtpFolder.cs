namespace ProtocolClients.SideBySide;

/// <summary>Files for one run, in memory where there is any: the comparison is of clients, not of disks.</summary>
internal sealed class FtpFolder : IAsyncDisposable
{
    private readonly string _root;

    private FtpFolder(string root) => _root = root;

    /// <summary>What a server serves.</summary>
    public string Content => Path.Combine(_root, "content");

    public string Source => Path.Combine(Content, "big.bin");

    public string Target => Path.Combine(_root, "target.bin");

    /// <summary>The SHA-256 of <see cref="Source"/>.</summary>
    public string Hash { get; private init; } = string.Empty;

    public static async Task<FtpFolder> CreateAsync(long mebibytes)
    {
        string shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string root = Path.Combine(shared, "side-by-side-" + Environment.ProcessId);
        Directory.CreateDirectory(Path.Combine(root, "content"));
        string hash = await Download.GenerateAsync(Path.Combine(root, "content", "big.bin"), mebibytes);
        var folder = new FtpFolder(root) { Hash = hash };
        await folder.ManyAsync(1);
        return folder;
    }

    /// <summary>Files of 1 KiB: many/0000.bin and on.</summary>
    public async Task ManyAsync(int count)
    {
        Directory.CreateDirectory(Path.Combine(Content, "many"));
        for (int i = 0; i < count; i++) await File.WriteAllBytesAsync(Path.Combine(Content, FtpInside.Small(i)), new byte[1024]);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
